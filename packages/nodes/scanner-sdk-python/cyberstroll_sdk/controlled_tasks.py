"""The tasks that control messages have paused or ended. Pure: `now` is in seconds, on a monotonic clock."""

from .bounded_dict import BoundedDict

_PAUSE_HOLDS_S = 30
_ENDED_FOR_S = 300
"""An operator may reopen an ended task. If the node misses `running`, it ignores the task for this long at most."""
_TASKS_KEPT = 100_000
"""More than a server has paused at a time: to forget a pause would let its scans begin."""


class ControlledTasks:
    """How each task stands: `running` unless a control message said otherwise. Only a bounded number is kept, each for
    a limited time."""

    def __init__(self) -> None:
        self._tasks: BoundedDict[str, tuple[str, float]] = BoundedDict(_TASKS_KEPT)

    def note(self, task_id: str, state: str, now: float) -> None:
        """`paused`, `ended` or `running`: of one task the newest message counts."""
        self._tasks.pop(task_id, None)
        if state != "running":
            self._tasks[task_id] = (state, now + (_PAUSE_HOLDS_S if state == "paused" else _ENDED_FOR_S))

    def state_of(self, task_id: str, now: float) -> str:
        state, until = self._tasks.get(task_id, ("running", float("inf")))
        return state if now < until else "running"
