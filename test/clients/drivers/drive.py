"""What people do first, by the client that openapi-python-client makes. Arguments: URL, API key, an open port."""

import json
import sys
import time

from cyberstroll_client import AuthenticatedClient
from cyberstroll_client.api.results import list_task_results
from cyberstroll_client.api.tasks import cancel_task, create_task, get_task, get_task_status, list_tasks, retry_task
from cyberstroll_client.models import (
    CreateTask,
    CreateTaskFrom,
    ErrorInfoSpec,
    Problem,
    ResultPage,
    RetriedTask,
    ScanSpec,
    Task,
    TaskCommandResult,
    TaskConfigChange,
    TaskPage,
    TaskState,
    TaskStatusView,
)

url, key, port = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=key)
LABEL = "by python"


def create(body: CreateTask | CreateTaskFrom) -> Task:
    task = create_task.sync(client=client, body=body)
    assert isinstance(task, Task), task
    return task


def wait_for(task_id: str, wanted: TaskState) -> TaskState:
    while True:
        view = get_task_status.sync(task_id, client=client)
        assert isinstance(view, TaskStatusView), view
        if view.status == wanted or view.status in (TaskState.FAILED, TaskState.TIMEOUT):
            return view.status
        time.sleep(0.1)


first = create(
    CreateTask(
        task_target="127.0.0.1-2",
        task_initiator="tester",
        labels=[LABEL],
        scan=ScanSpec(ports=port, method="connect"),
        error_info=ErrorInfoSpec(error_threshold="50%"),
    )
)
ended = wait_for(first.task_id, TaskState.COMPLETED)
results = list_task_results.sync(first.task_id, client=client, port=int(port))
assert isinstance(results, ResultPage), results
retried = retry_task.sync(first.task_id, client=client)
assert isinstance(retried, RetriedTask), retried

second = create(
    CreateTaskFrom(
        from_task=first.task_id, task_initiator="tester", labels=[LABEL], config=TaskConfigChange(pool="nobody")
    )
)
cancelled = cancel_task.sync(second.task_id, client=client, if_match="*")
assert isinstance(cancelled, TaskCommandResult), cancelled
page = list_tasks.sync(client=client, label=[LABEL], status=[TaskState.COMPLETED, TaskState.CANCELLED])
assert isinstance(page, TaskPage), page
missing = get_task.sync("0" * 24, client=client)
assert isinstance(missing, Problem), missing

print(
    json.dumps(
        {
            "ended": ended.value,
            "results": [[result.ip, result.open_ports] for result in results.items],
            "retried": retried.retried,
            "cancelled": cancelled.status.value,
            "listed": [task.status.value for task in page.items],
            "problem": missing.code.value,
        }
    )
)
