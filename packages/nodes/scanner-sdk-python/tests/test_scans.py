import asyncio
import unittest

from cyberstroll_sdk import Finding, PortResult, ScanAbort, ScanError, ScanResult
from cyberstroll_sdk.claim import Claim
from cyberstroll_sdk.claim_board import ClaimBoard
from cyberstroll_sdk.job import read_job
from cyberstroll_sdk.scan_runner import ScanRunner
from cyberstroll_sdk.wake_signal import WakeSignal

from .sample_job import make_body


class AScan(unittest.IsolatedAsyncioTestCase):
    def start(self, scan, **fields):
        job = read_job(make_body(**fields))
        self.board, self.reports = ClaimBoard(), asyncio.Queue()
        self.runner = ScanRunner(self.board, 1, scan, lambda claim: True, self.reports.put_nowait, WakeSignal())
        self.claim = Claim(job.subtasks[0], job.plan)
        self.board.add(self.claim)
        self.runner.start_more()

    async def last(self):
        while True:
            update = await asyncio.wait_for(self.reports.get(), 120)
            if "completed_time" in update:
                return update

    async def test_is_reported_with_its_result(self):
        async def scan(target):
            return ScanResult(open_ports=list(target.ports))

        self.start(scan)
        update = await self.last()
        self.assertEqual((update["status"], update["scan_result"]["open_ports"]), ("COMPLETED", [22, 23, 80]))
        self.assertEqual(len(self.board), 0)

    async def test_reports_ports_names_and_findings(self):
        async def scan(target):
            return ScanResult(
                ports=[PortResult(port=53, protocol="udp", service="domain")],
                hostnames=["ns.example"],
                findings=[Finding(id="open-resolver", kind="misconfiguration", title="Answers anyone", severity="low")],
            )

        self.start(scan)
        result = (await self.last())["scan_result"]
        self.assertEqual(result["ports"], [{"port": 53, "protocol": "udp", "state": "open", "service": "domain"}])
        self.assertEqual((result["hostnames"], result["findings"][0]["id"]), (["ns.example"], "open-resolver"))

    async def test_says_how_far_it_is(self):
        async def scan(target):
            for percent in (50, float("nan"), -1):
                target.progress(percent)
            return ScanResult()

        self.start(scan)
        await self.last()
        self.assertEqual(self.claim.progress, 50)

    async def test_fails_with_the_code_of_a_scan_error_or_else_with_internal_error(self):
        for outcome, code in [
            (ScanError("NETWORK_UNREACHABLE", "no route"), "NETWORK_UNREACHABLE"),
            (RuntimeError("x" * 5_000), "INTERNAL_ERROR"),
            (TimeoutError(), "INTERNAL_ERROR"),
            (ScanResult(open_ports=[0]), "INTERNAL_ERROR"),
            (ScanResult(services=["x" * 513]), "INTERNAL_ERROR"),
            (ScanResult(response_time=float("nan")), "INTERNAL_ERROR"),
            (ScanResult(ports=[PortResult(port=53, protocol="icmp")]), "INTERNAL_ERROR"),
            (ScanResult(findings=[Finding(id="a", kind="Bad Kind", title="b")]), "INTERNAL_ERROR"),
            (ScanResult(findings=[Finding(id="a", kind="b", title="c", data={"$ref": 1})]), "INTERNAL_ERROR"),
            (ScanResult(findings=[Finding(id="a", kind="b", title="c", data={"d": "x" * 8_192})]), "INTERNAL_ERROR"),
            (ScanResult(hostnames=["x" * 254]), "INTERNAL_ERROR"),
            (None, "INTERNAL_ERROR"),
        ]:

            async def scan(target):
                if isinstance(outcome, Exception):
                    raise outcome
                return outcome

            self.start(scan)
            error = (await self.last())["error_info"]
            self.assertEqual(error["error_code"], code, outcome)
            self.assertLessEqual(len(error["error_message"]), 2_000)

    async def test_knows_why_it_was_cancelled(self):
        reasons = asyncio.Queue()

        async def scan(target):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError as error:
                reasons.put_nowait(error.args[0])
                raise

        self.start(scan, subtask_timeout=0.01)
        self.assertEqual((await self.last())["status"], "TIMEOUT")
        self.assertEqual(await asyncio.wait_for(reasons.get(), 120), ScanAbort.TIMED_OUT)
        self.start(scan)
        await asyncio.sleep(0)
        self.runner.give_up_all("cut off")
        self.assertEqual((await self.last())["error_info"]["error_code"], "NODE_LOST")
        self.assertEqual(await asyncio.wait_for(reasons.get(), 120), ScanAbort.LEASE_LOST)

    async def test_that_ignores_its_cancellation_gives_its_slot_away_and_is_not_reported_twice(self):
        released = asyncio.Event()

        async def scan(target):
            while not released.is_set():
                try:
                    await released.wait()
                except asyncio.CancelledError:
                    pass
            return ScanResult()

        self.start(scan, subtask_timeout=0.01)
        run = self.claim.run
        self.assertEqual((await self.last())["status"], "TIMEOUT")
        self.assertEqual(self.board.count_running(), 0)
        released.set()
        await run
        self.assertTrue(self.reports.empty())

    def test_error_has_a_code_that_the_server_takes(self):
        with self.assertRaises(ValueError):
            ScanError("no route", "")
