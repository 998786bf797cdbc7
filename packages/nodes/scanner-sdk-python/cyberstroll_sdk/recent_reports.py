from .bounded_dict import BoundedDict
from .claim import Update

_REPORTS_KEPT = 2_000
_LISTS = ("open_ports", "services", "ports", "findings")
_LARGEST_KEPT = 256
"""Entries of a result that is kept. A larger one is not worth its memory: its address is scanned again."""


class RecentReports:
    """The last update of each claim that ended recently. A job can come twice: its ack was lost, or the server missed
    the reports. Then the node sends the same update again under the same lease, which counts as a duplicate."""

    def __init__(self) -> None:
        self._reports: BoundedDict[str, Update] = BoundedDict(_REPORTS_KEPT)

    def note(self, update: Update) -> None:
        """Notes the last update of a claim."""
        result = update.get("scan_result", {})
        if sum(len(result.get(name, ())) for name in _LISTS) <= _LARGEST_KEPT:
            self._reports[update["subtask_id"]] = update

    def find(self, subtask_id: str, attempt: int) -> Update | None:
        update = self._reports.get(subtask_id)
        return update if update and update["attempt"] == attempt else None

    def find_attempt(self, subtask_id: str) -> int:
        """The newest attempt of a subtask that ended here; 0 for none."""
        update = self._reports.get(subtask_id)
        return update["attempt"] if update else 0
