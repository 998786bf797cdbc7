"""Turns job messages into claims."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection

from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import AMQPError

from .claim import Claim
from .claim_board import ClaimBoard
from .job import Job, JobPlan, Subtask, UnreadableJob, read_job
from .outbox import Outbox, UpdateReporter
from .recent_reports import RecentReports
from .returned_jobs import ReturnedJobs
from .targets import Scope
from .wake_signal import WakeSignal

log = logging.getLogger(__name__)


class JobConsumer:
    """A job waits here, unclaimed, until the node has room, so that other nodes can take it. The subtasks of a job are
    claimed in one step, without an await inside. The message is acked when the broker has confirmed an update for each
    of them: so at any time either the queue or the server knows each subtask."""

    def __init__(
        self,
        *,
        node_id: str,
        board: ClaimBoard,
        recent: RecentReports,
        outbox: Outbox,
        scope: Scope,
        methods: Collection[str],
        changed: WakeSignal,
        state_of: Callable[[str], str],
        is_over: Callable[[JobPlan], bool] = lambda plan: False,
        ports_left: Callable[[str, tuple[int, ...]], tuple[int, ...]] = lambda ip, ports: ports,
        has_room: Callable[[], bool],
        report: UpdateReporter,
        on_claimed: Callable[[], None],
        drop: Callable[[Claim], None],
        longest_wait_s: float,
    ):
        self._node_id = node_id
        self._board = board
        self._recent = recent
        self._outbox = outbox
        self._scope = scope
        self._methods = methods
        self._changed = changed
        self._state_of = state_of
        self._is_over = is_over
        self._ports_left = ports_left
        self._has_room = has_room
        self._report = report
        self._on_claimed = on_claimed
        self._drop = drop
        self._longest_wait_s = longest_wait_s
        self._returned = ReturnedJobs()
        self._is_refusing = False
        self._are_consumers_cancelled = asyncio.Event()
        self._settling: set[asyncio.Task[None]] = set()

    def refuse(self) -> None:
        """The node stops: no job is claimed any more."""
        self._is_refusing = True
        self._changed.wake()

    def give_back(self) -> None:
        """The consumers are cancelled: jobs that wait for room go back to the queue. Before, they would come again."""
        self._are_consumers_cancelled.set()

    async def wait_for_acks(self, timeout_s: float) -> None:
        """Waits for the acks of what was claimed."""
        if self._settling:
            await asyncio.wait(self._settling, timeout=timeout_s)

    async def handle(self, message: AbstractIncomingMessage) -> bool:
        """False if the job found no room for longer than RabbitMQ lets a message wait: it went back to the queue."""
        try:
            return await self._handle(message)
        except AMQPError as error:  # The channel is lost, and the message with it.
            log.debug("a job was not settled: %r", error)
            return True

    async def _handle(self, message: AbstractIncomingMessage) -> bool:
        try:
            job = read_job(message.body)
        except UnreadableJob as error:
            log.warning("a job cannot be read, and is rejected: %s", error)
            await message.reject(requeue=False)
            return True
        is_for_others = job.avoid_node == self._node_id or self._is_unsupported(job)
        deliveries = message.headers.get("x-delivery-count")
        return_after_s = self._returned.count_arrival(job, deliveries) if is_for_others else None
        due = time.monotonic() + self._longest_wait_s
        while True:
            # The job of a lost connection goes to another node: a claim here would mean a second scan.
            if message.channel.is_closed:
                return True
            # Acked without a claim: the server cancels the subtasks of an ended task, and sends the others again when
            # they may begin. Also by a node that stops: the next one may have missed the message.
            if self._state_of(job.task_id) != "running" or (job.plan and self._is_over(job.plan)):
                await message.ack()
                return True
            if self._is_refusing:
                await self._are_consumers_cancelled.wait()
                await message.nack(requeue=True)
                return True
            if return_after_s is not None:
                await asyncio.sleep(return_after_s)
                await message.nack(requeue=True)
                return True
            # What is refused needs no slot.
            if self._has_room() or self._is_unsupported(job):
                break
            if time.monotonic() >= due:
                await message.nack(requeue=True)
                return False
            await self._changed.wait(due - time.monotonic())
        await self._claim_job(job, message)
        return True

    async def _claim_job(self, job: Job, message: AbstractIncomingMessage) -> None:
        traceparent = message.headers.get("traceparent")
        if isinstance(traceparent, str):
            self._outbox.note_trace(job.task_id, traceparent)
        reports = [self._claim(job, subtask) for subtask in job.subtasks]
        self._on_claimed()
        settling = asyncio.current_task()
        self._settling.add(settling)
        try:
            confirms = {confirmed for confirmed in reports if confirmed}
            if confirms:
                await asyncio.wait(confirms)
            if not message.channel.is_closed:
                await message.ack()
        finally:
            self._settling.discard(settling)

    def _claim(self, job: Job, subtask: Subtask) -> asyncio.Future[None] | None:
        """The confirm of the update that stands for the subtask; None for an older attempt, and for what is excluded
        now."""
        held = self._board.find(subtask.subtask_id)
        if held and held.subtask.attempt == subtask.attempt:
            return self._report(held.to_open_update())
        known = self._recent.find(subtask.subtask_id, subtask.attempt)
        if known:
            return self._report(known)
        newest = max(held.subtask.attempt if held else 0, self._recent.find_attempt(subtask.subtask_id))
        if newest > subtask.attempt:
            return None
        if held:
            self._drop(held)
        claim = Claim(subtask, job.plan)
        if job.plan is None:
            return self._report(claim.to_failed_update("INVALID_JOB", job.problem))
        if self._is_unsupported(job):
            message = f"node {self._node_id} takes no {job.plan.method} scans"
            return self._report(claim.to_failed_update("METHOD_UNSUPPORTED", message))
        refusal = self._find_refusal(job.plan, subtask.ip)
        if refusal:
            return self._report(claim.to_failed_update("OUT_OF_SCOPE", refusal))
        # Control messages exclude it: the server cancels it, as it does the subtasks of an ended task.
        if not self._ports_left(subtask.ip, job.plan.ports_of(subtask.ip)):
            return None
        self._board.add(claim)
        return self._report(claim.to_open_update())

    def _is_unsupported(self, job: Job) -> bool:
        return job.plan is not None and job.plan.method not in self._methods

    def _find_refusal(self, plan: JobPlan, ip: str) -> str | None:
        if not self._scope.allows(ip):
            return f"{ip} is outside the scope of this node"
        if plan.excludes(ip):
            return f"{ip} is excluded by the task"
        return None if plan.ports_of(ip) else f"all ports of {ip} are excluded by the task"
