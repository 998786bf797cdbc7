"""Builds a node from its parts.

What it guarantees:
- A job message is acked when the broker has confirmed an update for each of its subtasks. So at any time either the
  queue or the server knows each subtask, and no delivery stays unacked for as long as a scan takes.
- Every claim has a random lease. Its updates count only under that lease.
- Every claim ends with a report, unless its task has ended, it is excluded, or the server has started another attempt.
- Nothing runs that another node may have: when the node's lease is over, it gives up all its claims.
- Nothing begins while the node does not know what must not begin: it knows that for 2 s after each `repeated`.
- Nothing grows without bound: jobs wait in the queue while `capacity` claims are open, and each claim has at most one
  update that is not confirmed.
"""

import asyncio
import logging
import random
import signal
import time
import uuid
from typing import Any

from .broker_urls import BrokerUrls
from .claim import Claim, Update
from .claim_board import ClaimBoard
from .control_listener import ControlListener
from .controlled_tasks import ControlledTasks
from .excluded import ExcludedNow
from .heartbeats import HeartbeatSender, to_current_tasks
from .job import JobPlan
from .job_consumer import JobConsumer
from .limits import MAX_CAPACITY
from .node_lease import NodeLease
from .options import Options
from .outage import Outage
from .outbox import Outbox
from .publisher import Publisher
from .recent_reports import RecentReports
from .scan import ScanAbort, ScanFunction
from .scan_runner import ScanRunner
from .server_clock import ServerClock
from .session import Session
from .targets import parse_scope
from .wake_signal import WakeSignal

_CONFIRM_TIMEOUT_S = 3
_DRAIN_SLACK_S = 5
"""After the scans: for the confirms, the acks and the last heartbeat. RabbitMQ may no longer answer."""
log = logging.getLogger(__name__)


class NodeSupersededError(Exception):
    """Another process was there first under this `node_id`. Give each node a `node_id` of its own."""


def run(scan: ScanFunction, **options: Any) -> None:
    """Runs a node until SIGTERM or SIGINT, then drains it. The environment has its options; `options` win: see
    `Options`. Raises NodeSupersededError after the node has handed back what it held."""
    asyncio.run(_run(Node(scan, Options.from_environment(**options))))


async def _run(node: "Node") -> None:
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, node.stop)
    await node.run()


class Node:
    """A scanner node. `await node.run()` returns when it is drained after `stop()`."""

    def __init__(self, scan: ScanFunction, options: Options):
        self._options = options
        self.instance_id = str(uuid.uuid4())
        """New for each process, so that the server can see a restart under the same node id."""
        self._urls = BrokerUrls(options.rabbitmq_url)
        self._outage = Outage()
        self._stopping = asyncio.Event()
        self._is_superseded = False
        self._changed = WakeSignal()
        self._board = ClaimBoard()
        self._recent = RecentReports()
        self._server_clock = ServerClock()
        self._tasks = ControlledTasks()
        self._excluded = ExcludedNow()
        self._publisher = Publisher(options.node_id, self.instance_id, self._urls.user)
        self._outbox = Outbox(self._publisher, options.flush_ms)
        self._lease = NodeLease(options.lease_ms, self._give_up_all)
        self._runner = ScanRunner(
            self._board,
            options.capacity,
            scan,
            self._may_start,
            self._report,
            self._changed,
            self._ports_left,
        )
        self._heartbeats = HeartbeatSender(options, self._publisher, self._describe, self._renew_lease)
        self._jobs = JobConsumer(
            node_id=options.node_id,
            board=self._board,
            recent=self._recent,
            outbox=self._outbox,
            scope=parse_scope(options.scope),
            methods=options.methods,
            changed=self._changed,
            state_of=self._state_of,
            is_over=self._is_over,
            ports_left=self._ports_left,
            has_room=self._has_room,
            report=self._report,
            on_claimed=self._runner.start_more,
            drop=lambda claim: self._drop(claim, ScanAbort.LEASE_LOST),
            longest_wait_s=options.consumer_timeout_ms / 1_000 * 5 / 6,
        )
        self._control = ControlListener(
            node_id=options.node_id,
            instance_id=self.instance_id,
            board=self._board,
            server_clock=self._server_clock,
            tasks=self._tasks,
            excluded=self._excluded,
            hand_back=self._runner.hand_back,
            drop=self._drop,
            on_change=self._try_again,
            on_superseded=self._end_superseded,
        )

    def stop(self) -> None:
        """Drains the node. May be called from a signal handler of the event loop."""
        self._stopping.set()

    async def run(self) -> None:
        """Raises NodeSupersededError after the node has handed back what it held."""
        self._lease.renew(time.monotonic())
        loops = (self._outbox.send_forever(), self._heartbeats.beat_forever())
        running = [asyncio.create_task(loop) for loop in loops]
        try:
            while not self._stopping.is_set():
                await self._connect_and_work()
        finally:
            self._lease.stop()
            for task in running:
                task.cancel()
        if self._is_superseded:
            raise NodeSupersededError(f"node id {self._options.node_id}; give each node a node id of its own")

    async def _connect_and_work(self) -> None:
        began, problem = time.monotonic(), ""
        try:
            session = await Session.open(self._urls.take_next())
            try:
                await self._work(session)
                if session.lost.is_set():
                    problem = "the connection was lost"
            finally:
                await session.close()
        except Exception as error:  # The broker is unavailable, or no service has declared the exchanges yet.
            problem = str(error) or repr(error)
        self._publisher.disconnect()
        self._server_clock.note_listening(False, time.monotonic())
        wait_s, is_to_log = self._outage.fail(time.monotonic(), time.monotonic() - began, random.random())
        if problem and is_to_log:
            log.warning("no connection to RabbitMQ, trying again: %s", problem)
        await _wait_for_any(self._stopping, timeout_s=wait_s)

    async def _work(self, session: Session) -> None:
        await session.consume_control(self._control.handle)
        self._server_clock.note_listening(True, time.monotonic())
        await self._publisher.connect(await session.open_channel())
        if self._outage.note_connected():
            log.info("connected to RabbitMQ again")
        self._heartbeats.beat_soon()
        await session.consume_jobs(self._options.pools, self._jobs.handle, self._wait_for_room, self._stopping)
        await _wait_for_any(session.lost, self._stopping)
        if not session.lost.is_set():
            async with asyncio.timeout(self._options.drain_timeout_ms / 1_000 + _DRAIN_SLACK_S):
                await self._drain(session)

    async def _drain(self, session: Session) -> None:
        """What was not claimed goes back to the queue first."""
        self._heartbeats.beat_soon()
        self._jobs.refuse()
        await session.cancel_jobs()
        self._jobs.give_back()
        await self._runner.drain(self._options.drain_timeout_ms / 1_000)
        await self._outbox.wait_until_empty(_CONFIRM_TIMEOUT_S)
        await self._jobs.wait_for_acks(_CONFIRM_TIMEOUT_S)
        await self._heartbeats.say_offline()

    def _has_room(self) -> bool:
        """Whether the node may claim another job."""
        is_able = self._publisher.is_connected and self._knows_rules() and self._lease.is_held()
        active = self._board.count_active(lambda task_id: self._state_of(task_id) == "paused")
        return is_able and active < self._options.capacity and len(self._board) < MAX_CAPACITY

    async def _wait_for_room(self) -> None:
        while not self._has_room() and not self._stopping.is_set():
            await self._changed.wait()

    def _may_start(self, claim: Claim) -> bool:
        if not (self._lease.is_held() and self._knows_rules()) or self._is_over(claim.plan):
            return False
        return self._state_of(claim.subtask.task_id) == "running"

    def _knows_rules(self) -> bool:
        return self._server_clock.knows_rules(time.monotonic())

    def _is_over(self, plan: JobPlan) -> bool:
        return self._server_clock.is_over(plan.not_after, plan.rules_time, time.monotonic())

    def _state_of(self, task_id: str) -> str:
        return self._tasks.state_of(task_id, time.monotonic())

    def _ports_left(self, ip: str, ports: tuple[int, ...]) -> tuple[int, ...]:
        return self._excluded.ports_left(ip, ports, time.monotonic())

    def _report(self, update: Update) -> asyncio.Future[None]:
        if "completed_time" in update:
            self._recent.note(update)
        return self._outbox.report(update)

    def _drop(self, claim: Claim, why: ScanAbort) -> None:
        """The server has given up this claim: nothing of it need be reported."""
        self._outbox.forget(claim.lease_id)
        self._runner.drop(claim, why)

    def _give_up_all(self) -> None:
        seconds = self._options.lease_ms / 1_000
        given_up = self._runner.give_up_all(f"node {self._options.node_id} was cut off from RabbitMQ for {seconds} s")
        log.warning("cut off from RabbitMQ for %s s: %s claims given up", seconds, given_up)

    def _renew_lease(self, sent_at: float) -> None:
        self._lease.renew(sent_at)
        self._try_again()

    def _end_superseded(self) -> None:
        log.error("another process was there first under the node id %s", self._options.node_id)
        self._is_superseded = True
        self.stop()

    def _try_again(self) -> None:
        for claim in self._board:
            if claim.run is None and self._is_over(claim.plan):
                self._runner.hand_back(claim, "TASK_HELD", "its job may no longer begin")
        self._runner.start_more()
        self._changed.wake()

    def _describe(self) -> tuple[str, int, list[dict[str, Any]]]:
        running = self._board.count_running()
        status = "busy" if running >= self._options.capacity else "online"
        if self._stopping.is_set():
            status = "draining"
        return status, running, to_current_tasks(self._board, self._outbox.unconfirmed())


async def _wait_for_any(*events: asyncio.Event, timeout_s: float | None = None) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
