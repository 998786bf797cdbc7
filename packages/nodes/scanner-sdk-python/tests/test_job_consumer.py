import asyncio
import unittest
from types import SimpleNamespace

from cyberstroll_sdk.claim_board import ClaimBoard
from cyberstroll_sdk.job import read_job
from cyberstroll_sdk.job_consumer import JobConsumer
from cyberstroll_sdk.recent_reports import RecentReports
from cyberstroll_sdk.returned_jobs import ReturnedJobs
from cyberstroll_sdk.targets import parse_scope
from cyberstroll_sdk.wake_signal import WakeSignal

from .sample_job import make_body


class StubMessage:
    headers: dict = {}

    def __init__(self, body):
        self.body, self.settled, self.channel = body, None, SimpleNamespace(is_closed=False)

    async def nack(self, requeue):
        self.settled = f"nack, requeue {requeue}"

    async def ack(self):
        self.settled = "ack"


class AJobConsumer(unittest.IsolatedAsyncioTestCase):
    def create(self, **options):
        return JobConsumer(
            **{
                **{"node_id": "n", "board": ClaimBoard(), "recent": RecentReports(), "outbox": None},
                **{"scope": parse_scope("127.0.0.0/8"), "changed": WakeSignal(), "state_of": lambda task: "running"},
                "methods": ("connect",),
                **{"has_room": lambda: False, "report": None, "on_claimed": None, "drop": None, "longest_wait_s": 0.01},
                **options,
            }
        )

    async def test_returns_a_job_that_finds_no_room_for_too_long(self):
        message = StubMessage(make_body())
        self.assertFalse(await self.create().handle(message))
        self.assertEqual(message.settled, "nack, requeue True")

    async def test_gives_back_what_waits_for_room_when_the_node_stops_and_no_job_comes_any_more(self):
        jobs, message = self.create(longest_wait_s=60), StubMessage(make_body())
        handling = asyncio.create_task(jobs.handle(message))
        await asyncio.sleep(0)
        jobs.refuse()
        for _ in range(3):
            await asyncio.sleep(0)
        self.assertIsNone(message.settled)
        jobs.give_back()
        await handling
        self.assertEqual(message.settled, "nack, requeue True")

    async def test_acks_a_job_of_an_ended_task_although_the_node_stops(self):
        jobs, message = self.create(state_of=lambda task: "ended"), StubMessage(make_body())
        jobs.refuse()
        jobs.give_back()
        await jobs.handle(message)
        self.assertEqual(message.settled, "ack")

    async def test_acks_a_job_unclaimed_whose_not_after_has_come_also_one_that_waits(self):
        now, changed = [999], WakeSignal()
        jobs = self.create(is_over=lambda plan: plan.not_after <= now[0], changed=changed, longest_wait_s=60)
        message = StubMessage(make_body(not_after=1_000))
        handling = asyncio.create_task(jobs.handle(message))
        for _ in range(3):
            await asyncio.sleep(0)
        self.assertIsNone(message.settled)
        now[0] = 1_000
        changed.wake()
        await handling
        self.assertEqual(message.settled, "ack")

    async def test_hands_a_job_of_another_method_back_that_no_other_node_takes(self):
        reports = []
        confirmed = asyncio.get_running_loop().create_future()
        confirmed.set_result(None)

        def report(update):
            reports.append(update)
            return confirmed

        outbox = SimpleNamespace(note_trace=lambda *job: None)
        jobs = self.create(report=report, outbox=outbox, on_claimed=lambda: None)
        message = StubMessage(make_body(scan={"ports": "22", "method": "later"}))
        await jobs.handle(message)
        self.assertEqual((message.settled, reports), ("nack, requeue True", []))
        # Other nodes have returned it so often that the queue's delivery limit is near.
        message.headers = {"x-delivery-count": 10}
        await jobs.handle(message)
        self.assertEqual(message.settled, "ack")
        self.assertEqual([each["error_info"]["error_code"] for each in reports], ["METHOD_UNSUPPORTED"])

    async def test_leaves_a_job_alone_whose_channel_is_closed(self):
        message = StubMessage(make_body())
        message.channel.is_closed = True
        self.assertTrue(await self.create(has_room=lambda: True).handle(message))
        self.assertIsNone(message.settled)


class AJobThatShouldAvoidThisNode(unittest.TestCase):
    def test_is_returned_three_times_and_known_by_its_id(self):
        returned = ReturnedJobs()

        def arrive(**fields):
            return returned.count_arrival(read_job(make_body(**fields)), None)

        self.assertEqual([arrive(job_id="first") for _ in range(4)], [0, 1, 0, None])
        self.assertEqual(arrive(job_id="second"), 0)
        # A job may have no id.
        self.assertEqual([arrive() for _ in range(4)], [0, 1, 0, None])
