import asyncio
from collections.abc import Callable

from .claim import Claim, Update, now
from .claim_board import ClaimBoard
from .scan import ScanAbort, ScanFunction, ScanTarget
from .wake_signal import WakeSignal

_LATE_S = 0.5
"""A timer that is late by more proves nothing: the process stood still, and answers wait in its sockets. The scan gets
that time back."""


class ScanRunner:
    """Runs the claimed scans, `capacity` at once, in order of arrival. A claim that leaves the board has been reported,
    unless it was dropped. A slot is free as soon as its scan is reported: a scan that ignores its cancellation keeps
    running, and its result is ignored."""

    def __init__(
        self,
        board: ClaimBoard,
        capacity: int,
        scan: ScanFunction,
        may_start: Callable[[Claim], bool],
        report: Callable[[Update], object],
        freed: WakeSignal,
        ports_left: Callable[[str, tuple[int, ...]], tuple[int, ...]] = lambda ip, ports: ports,
    ):
        self._board = board
        self._capacity = capacity
        self._scan = scan
        self._may_start = may_start
        self._report = report
        self._freed = freed
        self._ports_left = ports_left
        self._is_draining = False

    def start_more(self) -> None:
        """Starts claims that wait, while slots are free."""
        free = self._capacity - self._board.count_running()
        for claim in self._board:
            if free <= 0 or self._is_draining:
                return
            if claim.run is None and self._may_start(claim):
                self._start(claim)
                free -= 1

    def drop(self, claim: Claim, why: ScanAbort) -> None:
        """Gives up a claim without an update."""
        self._end(claim, None, why)

    def give_up_all(self, message: str) -> int:
        """The lease of the node is over: reports every claim as NODE_LOST. Returns their number."""
        claims = list(self._board)
        for claim in claims:
            self._end(claim, claim.to_failed_update("NODE_LOST", message), ScanAbort.LEASE_LOST)
        return len(claims)

    async def drain(self, timeout_s: float) -> None:
        """Starts nothing more, hands back the claims that wait, and after `timeout_s` those that still run."""
        self._is_draining = True
        for claim in self._board:
            if claim.run is None:
                self._hand_back(claim)
        runs = [claim.run for claim in self._board if claim.run]
        if runs:
            await asyncio.wait(runs, timeout=timeout_s)
        for claim in self._board:
            self._hand_back(claim)

    def hand_back(self, claim: Claim, code: str, message: str) -> None:
        """Gives up a claim: another attempt does it."""
        self._end(claim, claim.to_failed_update(code, message), ScanAbort.DRAINING)

    def _hand_back(self, claim: Claim) -> None:
        self.hand_back(claim, "NODE_DRAINING", "the node is stopping")

    def _start(self, claim: Claim) -> None:
        claim.started_time = now()
        claim.ports = self._ports_left(claim.subtask.ip, claim.plan.ports_of(claim.subtask.ip))
        claim.run = asyncio.create_task(self._run(claim))
        self._report(claim.to_open_update())

    async def _run(self, claim: Claim) -> None:
        timer = self._start_timer(claim, claim.plan.timeout_s)
        target = ScanTarget(
            ip=claim.subtask.ip,
            ports=claim.ports,
            method=claim.plan.method,
            options=claim.plan.options,
            task_id=claim.subtask.task_id,
            subtask_id=claim.subtask.subtask_id,
            attempt=claim.subtask.attempt,
            timeout_s=claim.plan.timeout_s,
            deadline=timer.when(),
            progress=lambda percent: _note_progress(claim, percent),
        )
        try:
            update = claim.to_result_update(await self._scan(target))
        except (Exception, asyncio.CancelledError) as error:
            update = claim.to_error_update(error)
        finally:
            claim.timer.cancel()
        self._end(claim, update, None)

    def _start_timer(self, claim: Claim, seconds: float) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()
        claim.timer = loop.call_later(seconds, self._time_out, claim, loop.time() + seconds)
        return claim.timer

    def _time_out(self, claim: Claim, due: float) -> None:
        late_s = asyncio.get_running_loop().time() - due
        if late_s > _LATE_S:
            self._start_timer(claim, late_s)
            return
        message = f"the scan did not end within {claim.plan.timeout_s} s"
        self._end(claim, claim.to_failed_update("SUBTASK_TIMEOUT", message), ScanAbort.TIMED_OUT)

    def _end(self, claim: Claim, last: Update | None, why: ScanAbort | None) -> None:
        """`why` is given where the scan may still run."""
        if not self._board.holds(claim):
            return
        self._board.remove(claim)
        if last:
            self._report(last)
        if why and claim.run:
            claim.run.cancel(why)
        self.start_more()
        self._freed.wake()


def _note_progress(claim: Claim, percent: float) -> None:
    if percent >= 0:  # Not NaN, which JSON does not have.
        claim.progress = min(percent, 100.0)
