import asyncio
import unittest

from cyberstroll_sdk.outbox import Outbox
from cyberstroll_sdk.publisher import Unroutable


class StubPublisher:
    """Hands each envelope to the test, which says what becomes of it."""

    def __init__(self):
        self.sent = asyncio.Queue()

    async def take_next(self):
        return await asyncio.wait_for(self.sent.get(), 120)

    async def publish_update(self, key, body):
        confirm = asyncio.get_running_loop().create_future()
        self.sent.put_nowait((key, body, confirm))
        await confirm


def to_update(lease_id, status="SCANNING", task_id="t"):
    return {"task_id": task_id, "subtask_id": "t-0", "lease_id": lease_id, "status": status}


class AnOutbox(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.publisher = StubPublisher()
        self.outbox = Outbox(self.publisher, flush_ms=0)
        sending = asyncio.create_task(self.outbox.send_forever())
        self.addCleanup(sending.cancel)

    async def test_sends_the_newest_update_of_each_claim(self):
        self.outbox.report(to_update("a", "ASSIGNED"))
        self.outbox.report(to_update("a", "COMPLETED"))
        self.outbox.report(to_update("b"))
        _, body, _ = await self.publisher.take_next()
        self.assertEqual([each["status"] for each in body["updates"]], ["COMPLETED", "SCANNING"])

    async def test_keeps_an_update_that_is_newer_than_the_confirmed_one(self):
        first = self.outbox.report(to_update("a", "SCANNING"))
        _, _, confirm = await self.publisher.take_next()
        self.outbox.report(to_update("a", "COMPLETED"))
        confirm.set_result(None)
        await first
        _, body, _ = await self.publisher.take_next()
        self.assertEqual(body["updates"], [to_update("a", "COMPLETED")])

    async def test_sends_again_what_came_back_by_the_first_key(self):
        self.outbox.note_job("t", "updates.1", "00-trace")
        confirmed = self.outbox.report(to_update("a"))
        key, body, confirm = await self.publisher.take_next()
        self.assertEqual((key, body["traces"]), ("updates.1", {"t": "00-trace"}))
        confirm.set_exception(Unroutable())
        key, _, confirm = await self.publisher.take_next()
        self.assertEqual((key, confirmed.done()), ("updates", False))
        confirm.set_result(None)
        await confirmed

    async def test_puts_updates_of_two_keys_into_two_envelopes_and_500_into_one(self):
        self.outbox.note_job("other", "updates.1", None)
        for i in range(501):
            self.outbox.report(to_update(str(i)))
        self.outbox.report(to_update("x", task_id="other"))
        seen = []
        while len(seen) < 3:
            key, body, confirm = await self.publisher.take_next()
            seen.append((key, len(body["updates"])))
            confirm.set_result(None)
        self.assertEqual(sorted(seen), [("updates", 1), ("updates", 500), ("updates.1", 1)])
