import json

TASK = "a" * 24


def make_body(**fields):
    job = {
        "contract": 1,
        "task_id": TASK,
        "scan": {"ports": "80,22-23 22", "method": "connect"},
        "subtask_timeout": 30,
        "subtasks": [{"subtask_id": f"{TASK}-0", "ip": "127.0.0.1", "attempt": 1}],
        "of_a_later_version": {"ports": "1"},
    }
    return json.dumps({**job, **fields}).encode()
