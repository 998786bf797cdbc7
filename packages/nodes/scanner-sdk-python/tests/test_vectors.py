"""The vectors of nodes in packages/contracts/vectors/node."""

import asyncio
import json
import unittest
from pathlib import Path
from types import SimpleNamespace

from cyberstroll_sdk.claim_board import ClaimBoard
from cyberstroll_sdk.job_consumer import JobConsumer
from cyberstroll_sdk.ports import parse_ports
from cyberstroll_sdk.recent_reports import RecentReports
from cyberstroll_sdk.targets import parse_address, parse_scope, parse_targets
from cyberstroll_sdk.wake_signal import WakeSignal

VECTORS = Path(__file__).parents[3] / "contracts/vectors/node"


def read_vectors(file):
    return json.loads((VECTORS / f"{file}.json").read_text())["vectors"]


def try_to(read, *arguments):
    """The value, or None where it is refused."""
    try:
        return read(*arguments)
    except ValueError:
        return None


class StubMessage:
    headers: dict = {}
    channel = SimpleNamespace(is_closed=False)

    def __init__(self, body):
        self.body, self.is_rejected = body, False

    async def reject(self, requeue):
        self.is_rejected = not requeue

    async def ack(self):
        pass


class Vectors(unittest.IsolatedAsyncioTestCase):
    def check_addresses(self, file, parse, has):
        for vector in read_vectors(file):
            with self.subTest(vector["name"]):
                found = try_to(parse, vector["text"])
                self.assertEqual(found is None, vector.get("unreadable", False))
                ips = vector.get("inside", []) + vector.get("outside", [])
                self.assertEqual([ip for ip in ips if has(found, ip)], vector.get("inside", []))

    def test_targets(self):
        def has(targets, ip):
            address = try_to(parse_address, ip)
            return address is not None and targets.has(address)

        self.check_addresses("targets", parse_targets, has)

    def test_scopes(self):
        self.check_addresses("scopes", parse_scope, lambda scope, ip: scope.allows(ip))

    def test_ports(self):
        for vector in read_vectors("ports"):
            with self.subTest(vector["name"]):
                found = try_to(parse_ports, vector["text"])
                self.assertEqual(found and list(found), vector.get("ports"))

    async def test_jobs(self):
        for vector in read_vectors("jobs"):
            with self.subTest(vector["name"]):
                self.assertEqual(await self.take(vector), vector["becomes"])

    async def take(self, vector):
        reported = []

        def report(update):
            reported.append(update)
            confirmed = asyncio.get_running_loop().create_future()
            confirmed.set_result(None)
            return confirmed

        jobs = JobConsumer(
            node_id="node-1",
            board=ClaimBoard(),
            recent=RecentReports(),
            outbox=SimpleNamespace(note_trace=lambda *_: None),
            scope=parse_scope(vector["scope"]),
            methods=("connect", "nmap"),
            changed=WakeSignal(),
            state_of=lambda task: "running",
            has_room=lambda: True,
            report=report,
            on_claimed=lambda: None,
            drop=None,
            longest_wait_s=60,
        )
        message = StubMessage(vector.get("text", json.dumps(vector.get("body"))).encode())
        await jobs.handle(message)
        if message.is_rejected:
            return "rejected"
        return ["scan" if each["status"] == "ASSIGNED" else each["error_info"]["error_code"] for each in reported]
