"""Heartbeats: what the node is, and all that it holds."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from .claim import Claim, Update
from .limits import CONTRACT, MAX_CURRENT_TASKS
from .options import Options
from .publisher import Publisher
from .system_load import sample_system_load
from .wake_signal import WakeSignal

log = logging.getLogger(__name__)


def to_current_tasks(held: Iterable[Claim], unconfirmed: Iterable[Update]) -> list[dict[str, Any]]:
    """The claims, and the subtasks that are finished but whose last update is unconfirmed. A subtask that is missing
    here counts as a zombie, and goes to another node."""
    tasks = {
        update["subtask_id"]: {"subtask_id": update["subtask_id"], "status": "scanning", "progress": 100}
        for update in unconfirmed
    }
    for claim in held:
        subtask_id, status = claim.subtask.subtask_id, "scanning" if claim.run else "assigned"
        tasks[subtask_id] = {"subtask_id": subtask_id, "status": status, "progress": claim.progress}
    return list(tasks.values())[:MAX_CURRENT_TASKS]


class HeartbeatSender:
    """Sends a heartbeat at each connection and every `heartbeat_interval_ms`."""

    def __init__(
        self,
        options: Options,
        publisher: Publisher,
        describe: Callable[[], tuple[str, int, list[dict[str, Any]]]],
        on_confirmed: Callable[[float], None],
    ):
        self._options = options
        self._publisher = publisher
        self._describe = describe
        """Gives the status, the number of running scans and the current tasks."""
        self._on_confirmed = on_confirmed
        """Gets the time at which a confirmed heartbeat was sent, on the clock of `time.monotonic`."""
        self._due = WakeSignal()
        self._sending: set[asyncio.Task[None]] = set()
        self._is_over = False

    def beat_soon(self) -> None:
        self._due.wake()

    async def beat_forever(self) -> None:
        while not self._is_over:
            if self._publisher.is_connected:
                # The next one is due although this one may never be confirmed.
                sending = asyncio.create_task(self.beat())
                self._sending.add(sending)
                sending.add_done_callback(self._sending.discard)
            await self._due.wait(self._options.heartbeat_interval_ms / 1_000)

    async def say_offline(self) -> None:
        """The last heartbeat."""
        self._is_over = True
        await self.beat("offline")

    async def beat(self, as_status: str | None = None) -> None:
        status, running, current_tasks = self._describe()
        sent_at = time.monotonic()
        heartbeat = {
            "contract": CONTRACT,
            "timestamp": int(time.time() * 1_000),
            "status": as_status or status,
            "capacity": self._options.capacity,
            "pools": list(self._options.pools),
            "methods": list(self._options.methods),
            "version": self._options.version,
            "current_tasks": current_tasks,
            "system_info": {**sample_system_load(), "active_threads": running},
        }
        try:
            await self._publisher.publish_heartbeat(heartbeat)
        except Exception as error:  # Lost with its connection: the next connection begins with another one.
            log.debug("a heartbeat was not confirmed: %r", error)
        else:
            self._on_confirmed(sent_at)
