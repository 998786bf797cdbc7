import asyncio
import unittest

from cyberstroll_sdk.outbox import Outbox


class StubPublisher:
    """Hands each envelope to the test, which says what becomes of it."""

    def __init__(self):
        self.sent = asyncio.Queue()

    async def take_next(self):
        return await asyncio.wait_for(self.sent.get(), 120)

    async def publish_updates(self, body):
        confirm = asyncio.get_running_loop().create_future()
        self.sent.put_nowait((body, confirm))
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
        body, _ = await self.publisher.take_next()
        self.assertEqual([each["status"] for each in body["updates"]], ["COMPLETED", "SCANNING"])

    async def test_keeps_an_update_that_is_newer_than_the_confirmed_one(self):
        first = self.outbox.report(to_update("a", "SCANNING"))
        _, confirm = await self.publisher.take_next()
        self.outbox.report(to_update("a", "COMPLETED"))
        confirm.set_result(None)
        await first
        body, _ = await self.publisher.take_next()
        self.assertEqual(body["updates"], [to_update("a", "COMPLETED")])

    async def test_sends_again_what_came_back(self):
        self.outbox.note_trace("t", "00-trace")
        confirmed = self.outbox.report(to_update("a"))
        body, confirm = await self.publisher.take_next()
        self.assertEqual(body["traces"], {"t": "00-trace"})
        confirm.set_exception(ConnectionError())
        _, confirm = await self.publisher.take_next()
        self.assertFalse(confirmed.done())
        confirm.set_result(None)
        await confirmed

    async def test_puts_500_updates_into_an_envelope(self):
        for i in range(501):
            self.outbox.report(to_update(str(i)))
        seen = []
        while len(seen) < 2:
            body, confirm = await self.publisher.take_next()
            seen.append(len(body["updates"]))
            confirm.set_result(None)
        self.assertEqual(seen, [500, 1])
