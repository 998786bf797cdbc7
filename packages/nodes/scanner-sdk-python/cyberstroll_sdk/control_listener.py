import json
import logging
import time
from collections.abc import Callable
from typing import Any

from aio_pika.abc import AbstractIncomingMessage

from .claim import Claim
from .claim_board import ClaimBoard
from .controlled_tasks import ControlledTasks
from .excluded import ExcludedNow
from .scan import ScanAbort
from .server_clock import ServerClock

log = logging.getLogger(__name__)


class ControlListener:
    """Obeys control messages. Each says how some tasks stand, and is repeated:
    - `ended` drops the claims of the tasks, `paused` starts none of those that wait, `running` lifts both.
    - `lost` drops the claims under leases that no longer count.
    - `superseded` stops the node if it names this process.
    - `excluded` drops the claims of what is excluded now. A scan of a port that is excluded now is handed back.
    - `repeated` says that all that holds was repeated, and the time of the server: scans may begin for 2 s.
    """

    def __init__(
        self,
        *,
        node_id: str,
        instance_id: str,
        board: ClaimBoard,
        server_clock: ServerClock,
        tasks: ControlledTasks,
        excluded: ExcludedNow,
        hand_back: Callable[[Claim, str, str], None],
        drop: Callable[[Claim, ScanAbort], None],
        on_change: Callable[[], None],
        on_superseded: Callable[[], None],
    ):
        self._identity = (node_id, instance_id)
        self._board = board
        self._server_clock = server_clock
        self._tasks = tasks
        self._excluded = excluded
        self._hand_back = hand_back
        self._drop = drop
        self._on_change = on_change
        self._on_superseded = on_superseded

    async def handle(self, message: AbstractIncomingMessage) -> None:
        try:
            self.obey(json.loads(message.body))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            log.warning("a control message is not valid, and is ignored: %r", error)

    def obey(self, control: dict[str, Any]) -> None:
        """A message whose state is not known is ignored."""
        state = control.get("state")
        if state in ("paused", "ended", "running"):
            task_ids = {str(task_id) for task_id in control["task_ids"]}
            for task_id in task_ids:
                self._tasks.note(task_id, state, time.monotonic())
            if state == "ended":
                self._drop_all(lambda claim: claim.subtask.task_id in task_ids, ScanAbort.CANCELLED)
        elif state == "lost":
            lease_ids = set(control["lease_ids"])
            self._drop_all(lambda claim: claim.lease_id in lease_ids, ScanAbort.LEASE_LOST)
        elif state == "excluded":
            if self._excluded.note(control, time.monotonic()):
                self._obey_excluded(time.monotonic())
        elif state == "repeated":
            jobs_since = control.get("jobs_since", float("-inf"))
            self._server_clock.note_repeated(
                control["within_ms"], control["server_time"], time.monotonic(), jobs_since
            )
        elif state == "superseded" and (control["node_id"], control["instance_id"]) == self._identity:
            self._on_superseded()
        self._on_change()

    def _obey_excluded(self, now: float) -> None:
        # Those that wait come first: else a freed slot might start one of them.
        for claim in sorted(self._board, key=lambda each: each.run is not None):
            ip = claim.subtask.ip
            if not self._excluded.ports_left(ip, claim.plan.ports_of(ip), now):
                self._drop(claim, ScanAbort.CANCELLED)
            elif claim.run and self._excluded.ports_left(ip, claim.ports, now) != claim.ports:
                self._hand_back(claim, "NODE_DRAINING", "some of its ports are excluded now")

    def _drop_all(self, is_dropped: Callable[[Claim], bool], why: ScanAbort) -> None:
        for claim in filter(is_dropped, self._board):
            self._drop(claim, why)
