"""The tasks that control messages have paused or ended. Pure: `now` is in seconds, on a monotonic clock."""

from .bounded_dict import BoundedDict

_PAUSE_HOLDS_S = 30
_ENDED_FOR_S = 300
"""An operator may reopen an ended task. If the node misses `running`, it ignores the task for this long at most."""
_WAIT_FOR_REPEAT_S = 10
_TASKS_KEPT = 10_000


class ControlledTasks:
    """How each task stands: `running` unless a control message said otherwise. Only a bounded number is kept, each for
    a limited time. Forgetting one is harmless, because control messages are repeated."""

    def __init__(self) -> None:
        self._listening_since = float("-inf")
        self._incomplete_until = float("-inf")
        """Control messages were missed. Until this time a task may be paused although it is not known here."""
        self._tasks: BoundedDict[str, tuple[str, float]] = BoundedDict(_TASKS_KEPT)

    def note(self, task_id: str, state: str, now: float) -> None:
        """`paused`, `ended` or `running`: of one task the newest message counts."""
        self._tasks.pop(task_id, None)
        if state != "running":
            self._tasks[task_id] = (state, now + (_PAUSE_HOLDS_S if state == "paused" else _ENDED_FOR_S))

    def note_listening(self, is_listening: bool, now: float) -> None:
        """Control messages begin to arrive, or stop arriving. The first time, none was missed."""
        if is_listening and self.is_complete(now):
            return
        self._listening_since = now if is_listening else float("inf")
        self._incomplete_until = self._listening_since + _WAIT_FOR_REPEAT_S

    def note_repeated(self, within_s: float, now: float) -> None:
        """Every pause was repeated within the last `within_s`."""
        if now - within_s >= self._listening_since:
            self._incomplete_until = now

    def is_complete(self, now: float) -> bool:
        """False after control messages were missed, until every pause has been repeated, for 10 s at most."""
        return now >= self._incomplete_until

    def state_of(self, task_id: str, now: float) -> str:
        state, until = self._tasks.get(task_id, ("running", float("inf")))
        return state if now < until else "running"
