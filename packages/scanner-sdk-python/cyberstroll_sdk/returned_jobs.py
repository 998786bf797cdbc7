from .bounded_dict import BoundedDict
from .job import Job

_RETURN_AFTER_S = (0, 1, 0)
"""Seconds from each arrival to its return. At the arrival after these the job is taken."""


class ReturnedJobs:
    """Jobs that should avoid this node and came here. Each goes back to the queue three times, so that another node
    with a free slot can take it. Then this node takes it, because no other node does. Up to RabbitMQ 4.2 each return
    counts towards the queue's delivery limit."""

    def __init__(self) -> None:
        self._arrivals: BoundedDict[str | tuple[str, int], int] = BoundedDict(1_000)

    def count_arrival(self, job: Job) -> float | None:
        """The seconds until the job is to go back, or None if it is to be taken."""
        # A server of an earlier version sends no id.
        key = job.job_id or (job.subtasks[0].subtask_id, job.subtasks[0].attempt)
        before = self._arrivals.get(key, 0)
        self._arrivals[key] = before + 1
        return _RETURN_AFTER_S[before] if before < len(_RETURN_AFTER_S) else None
