"""For tests of a scan function, without RabbitMQ: `run_scan` runs it by the same parts as a node."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from .claim import Update
from .claim_board import ClaimBoard
from .job_consumer import JobConsumer
from .recent_reports import RecentReports
from .scan import ScanAbort, ScanFunction, ScanResult, ScanTarget
from .scan_runner import ScanRunner
from .targets import DEFAULT_SCOPE, parse_scope
from .wake_signal import WakeSignal

_TASK = "0" * 24


@dataclass(frozen=True, kw_only=True)
class ScanRun:
    """What a node would have reported of a scan."""

    updates: Sequence[Update]
    """In their order: ASSIGNED or SCANNING first."""
    progress: Sequence[float]
    """The percents that the scan gave to `progress`."""
    ended: bool
    """False if the coroutine still ran `end_within_s` after its cancellation: it ignores it."""

    @property
    def last(self) -> Update:
        """The result. It is SCANNING after `cancelled`, because the node then reports nothing more."""
        return self.updates[-1]


async def run_scan(
    scan: ScanFunction,
    *,
    ip: str = "127.0.0.1",
    ports: str = "80",
    method: str = "connect",
    options: Mapping[str, Any] | None = None,
    timeout_s: float = 60,
    scope: str = DEFAULT_SCOPE,
    methods: Sequence[str] = ("connect",),
    abort: ScanAbort | None = None,
    abort_after_s: float = 0,
    end_within_s: float = 1,
) -> ScanRun:
    """Runs a scan function for one address as a node does. With `abort` (any but TIMED_OUT) the scan is cancelled for
    that reason, `abort_after_s` after its start."""
    updates: list[Update] = []
    progress: list[float] = []
    started, returned = asyncio.Event(), asyncio.Event()
    board, wake = ClaimBoard(), WakeSignal()

    def report(update: Update) -> asyncio.Future[None]:
        updates.append(update)
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        confirmed.set_result(None)
        return confirmed

    async def watched(target: ScanTarget) -> ScanResult:
        def note(percent: float) -> None:
            progress.append(percent)
            target.progress(percent)

        started.set()
        try:
            return await scan(ScanTarget(**{**vars(target), "progress": note}))
        finally:
            returned.set()

    runner = ScanRunner(board, 1, watched, lambda claim: True, report, wake)
    jobs = JobConsumer(
        node_id="test",
        board=board,
        recent=RecentReports(),
        outbox=SimpleNamespace(note_trace=lambda *job: None),
        scope=parse_scope(scope),
        methods=methods,
        changed=wake,
        state_of=lambda task_id: "running",
        has_room=lambda: True,
        report=report,
        on_claimed=runner.start_more,
        drop=lambda claim: None,
        longest_wait_s=0,
    )
    asked = {"ports": ports, "method": method, "options": dict(options or {})}
    await jobs.handle(_StubMessage(ip=ip, scan=asked, timeout_s=timeout_s))
    claims = list(board)
    if not claims:
        return ScanRun(updates=updates, progress=progress, ended=True)
    [claim] = claims
    if abort:
        await started.wait()
        await asyncio.wait([claim.run], timeout=abort_after_s)
        if abort == ScanAbort.CANCELLED:
            runner.drop(claim, abort)
        elif abort == ScanAbort.LEASE_LOST:
            runner.give_up_all("the node was cut off")
        else:
            await runner.drain(0)
    while board.holds(claim):
        await wake.wait()
    try:
        async with asyncio.timeout(end_within_s):
            await returned.wait()
    except TimeoutError:
        pass
    return ScanRun(updates=updates, progress=progress, ended=returned.is_set())


class _StubMessage:
    """A job of one address, which every other node has returned."""

    headers = {"x-delivery-count": 1_000}
    channel = SimpleNamespace(is_closed=False)

    def __init__(self, *, ip: str, scan: dict[str, Any], timeout_s: float):
        job = {
            "task_id": _TASK,
            "scan": scan,
            "subtask_timeout": timeout_s,
            "subtasks": [{"subtask_id": f"{_TASK}-0", "ip": ip, "attempt": 1}],
        }
        self.body = json.dumps(job).encode()

    async def ack(self) -> None:
        pass
