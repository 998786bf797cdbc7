from .bounded_dict import BoundedDict
from .job import Job

_RETURN_AFTER_S = (0, 1, 0)
"""Seconds from each arrival to its return. At the arrival after these the job stays."""
_MOST_DELIVERIES = 10
"""After which a job stays: many nodes may return it, and the queue's delivery limit is 20."""


class ReturnedJobs:
    """Jobs that are for other nodes and came here. Each goes back to the queue three times, so that another node with a
    free slot can take it. Then it stays, because no other node takes it. Up to RabbitMQ 4.2 each return counts towards
    the queue's delivery limit."""

    def __init__(self) -> None:
        self._arrivals: BoundedDict[str | tuple[str, int], int] = BoundedDict(1_000)

    def count_arrival(self, job: Job, deliveries: object) -> float | None:
        """The seconds until the job is to go back, or None if it stays. `deliveries` is RabbitMQ's header
        `x-delivery-count`: how often the job was delivered before, to any node."""
        if isinstance(deliveries, int) and deliveries >= _MOST_DELIVERIES:
            return None
        # By the contract a job may have no id.
        key = job.job_id or (job.subtasks[0].subtask_id, job.subtasks[0].attempt)
        before = self._arrivals.get(key, 0)
        self._arrivals[key] = before + 1
        return _RETURN_AFTER_S[before] if before < len(_RETURN_AFTER_S) else None
