from collections.abc import Callable, Iterator

from .claim import Claim


class ClaimBoard:
    """The claims of this node, one per subtask, in order of arrival. A claim waits for a slot, or runs."""

    def __init__(self) -> None:
        self._held: dict[str, Claim] = {}

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[Claim]:
        return iter(list(self._held.values()))

    def add(self, claim: Claim) -> None:
        self._held[claim.subtask.subtask_id] = claim

    def find(self, subtask_id: str) -> Claim | None:
        return self._held.get(subtask_id)

    def holds(self, claim: Claim) -> bool:
        return self._held.get(claim.subtask.subtask_id) is claim

    def remove(self, claim: Claim) -> None:
        if self.holds(claim):
            del self._held[claim.subtask.subtask_id]

    def count_running(self) -> int:
        return sum(claim.run is not None for claim in self._held.values())

    def count_active(self, is_paused: Callable[[str], bool]) -> int:
        """Claims that run or may start at any moment. Claims of paused tasks that wait are not counted."""
        return sum(claim.run is not None or not is_paused(claim.subtask.task_id) for claim in self._held.values())
