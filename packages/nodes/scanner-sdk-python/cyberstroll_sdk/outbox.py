"""Updates on their way to the broker."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .bounded_dict import BoundedDict
from .claim import Update, now
from .limits import MAX_ENVELOPE_BYTES, MAX_UPDATES_PER_ENVELOPE
from .publisher import Publisher
from .wake_signal import WakeSignal

_TASKS_KEPT = 1_000
_RETRY_AFTER_S = 0.25
log = logging.getLogger(__name__)

UpdateReporter = Callable[[Update], asyncio.Future[None]]


@dataclass
class _Entry:
    update: Update
    confirmed: asyncio.Future[None]


class Outbox:
    """The newest unconfirmed update of each claim, by its lease: updates are cumulative, so it replaces earlier ones.
    One envelope at a time is sent and confirmed, so no update overtakes another. What could not be sent stays."""

    def __init__(self, publisher: Publisher, flush_ms: int):
        self._publisher = publisher
        self._flush_s = flush_ms / 1_000
        self._entries: dict[str, _Entry] = {}
        self._changed = WakeSignal()
        self._traces: BoundedDict[str, str] = BoundedDict(_TASKS_KEPT)
        """By task: the traceparent of its newest job."""

    def report(self, update: Update) -> asyncio.Future[None]:
        """Queues an update. The future is done when the broker confirms an update of this claim from now on."""
        entry = self._entries.get(update["lease_id"])
        if entry:
            entry.update = update
        else:
            entry = _Entry(update, asyncio.get_running_loop().create_future())
            self._entries[update["lease_id"]] = entry
        self._changed.wake()
        return entry.confirmed

    def forget(self, lease_id: str) -> None:
        """Drops what was not sent of a claim that the server has given up."""
        entry = self._entries.pop(lease_id, None)
        if entry:
            entry.confirmed.set_result(None)
            self._changed.wake()

    def note_trace(self, task_id: str, traceparent: str) -> None:
        self._traces[task_id] = traceparent

    def unconfirmed(self) -> Iterator[Update]:
        return (entry.update for entry in list(self._entries.values()))

    async def wait_until_empty(self, timeout_s: float) -> None:
        deadline = asyncio.get_running_loop().time() + timeout_s
        while self._entries and (rest := deadline - asyncio.get_running_loop().time()) > 0:
            await self._changed.wait(rest)

    async def send_forever(self) -> None:
        while True:
            if not self._entries:
                await self._changed.wait()
            await asyncio.sleep(self._flush_s)
            if self._entries and not await self._send_envelope():
                await asyncio.sleep(_RETRY_AFTER_S)

    async def _send_envelope(self) -> bool:
        batch = self._take_batch()
        updates = [update for _, update in batch]
        traces = {task: self._traces[task] for task in {each["task_id"] for each in updates} if task in self._traces}
        body = {"sent_time": now(), **({"traces": traces} if traces else {}), "updates": updates}
        try:
            await self._publisher.publish_updates(body)
        except Exception as error:
            log.debug("updates wait: %r", error)
            return False
        for entry, update in batch:
            self._confirm(entry, update)
        self._changed.wake()
        return True

    def _take_batch(self) -> list[tuple[_Entry, Update]]:
        """The oldest updates, within the limits of an envelope."""
        batch: list[tuple[_Entry, Update]] = []
        size = 0
        for entry in self._entries.values():
            size += len(json.dumps(entry.update))
            if batch and (len(batch) >= MAX_UPDATES_PER_ENVELOPE or size > MAX_ENVELOPE_BYTES):
                break
            batch.append((entry, entry.update))
        return batch

    def _confirm(self, entry: _Entry, update: Update) -> None:
        """The entry stays if a newer update came meanwhile, and is not there any more if its claim was dropped."""
        lease_id = update["lease_id"]
        if not entry.confirmed.done():
            entry.confirmed.set_result(None)
        if self._entries.get(lease_id) is not entry:
            return
        if entry.update is update:
            del self._entries[lease_id]
        else:
            entry.confirmed = asyncio.get_running_loop().create_future()
