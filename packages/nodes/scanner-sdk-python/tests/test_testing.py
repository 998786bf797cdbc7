import asyncio
import unittest

from cyberstroll_sdk import ScanAbort, ScanError, ScanResult
from cyberstroll_sdk.testing import run_scan


def code_of(run):
    return run.last["error_info"]["error_code"]


class AScanFunctionInRunScan(unittest.IsolatedAsyncioTestCase):
    async def test_gets_the_job_as_a_node_passes_it_and_what_it_finds_is_reported(self):
        async def scan(target):
            target.progress(50)
            self.assertEqual((target.ip, target.ports, target.method), ("127.0.0.9", (22, 23, 80), "nmap"))
            self.assertEqual(target.options, {"rate": 5})
            return ScanResult(open_ports=[22])

        how = {"method": "nmap", "options": {"rate": 5}, "methods": ["connect", "nmap"]}
        run = await run_scan(scan, ip="127.0.0.9", ports="80,22-23", **how)
        self.assertEqual([each["status"] for each in run.updates], ["ASSIGNED", "SCANNING", "COMPLETED"])
        self.assertEqual((run.last["scan_result"]["open_ports"], run.progress, run.ended), ([22], [50], True))

    async def test_does_not_get_what_a_node_refuses(self):
        async def scan(target):
            raise AssertionError("it was called")

        for job, code in [
            ({"ip": "192.0.2.1"}, "OUT_OF_SCOPE"),
            ({"ports": "0"}, "INVALID_JOB"),
            ({"method": "nmap"}, "METHOD_UNSUPPORTED"),
        ]:
            self.assertEqual(code_of(await run_scan(scan, **job)), code)

    async def test_fails_with_the_code_of_its_error_or_times_out(self):
        async def fails(target):
            raise ScanError("NETWORK_UNREACHABLE", "no route")

        async def sleeps(target):
            await asyncio.Event().wait()

        self.assertEqual(code_of(await run_scan(fails)), "NETWORK_UNREACHABLE")
        self.assertEqual((await run_scan(sleeps, timeout_s=0.01)).last["status"], "TIMEOUT")

    async def test_learns_why_it_is_cancelled(self):
        reasons = []

        async def scan(target):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError as error:
                reasons.append(error.args[0])
                raise

        for abort, status in [
            (ScanAbort.CANCELLED, "SCANNING"),
            (ScanAbort.LEASE_LOST, "FAILED"),
            (ScanAbort.DRAINING, "FAILED"),
        ]:
            run = await run_scan(scan, abort=abort, abort_after_s=0.01)
            self.assertEqual((run.last["status"], run.ended, reasons[-1]), (status, True, abort))

    async def test_that_ignores_its_cancellation_is_found_out(self):
        released = asyncio.Event()

        async def scan(target):
            while not released.is_set():
                try:
                    await released.wait()
                except asyncio.CancelledError:
                    pass
            return ScanResult()

        run = await run_scan(scan, abort=ScanAbort.DRAINING, abort_after_s=0.01, end_within_s=0.01)
        self.assertEqual((code_of(run), run.ended), ("NODE_DRAINING", False))
        released.set()
