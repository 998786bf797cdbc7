"""A scanner node on aio-pika: TCP connect scans, after docs/node-contract.md. Configured by the environment."""
import asyncio, collections, contextlib, json, os, signal, socket, sys, time, uuid
from datetime import datetime, timezone
import aio_pika
from scan import may_scan, read_job, scan

env = os.environ.get
URL, NODE_ID = env("RABBITMQ_URL", "amqp://127.0.0.1"), env("NODE_ID") or f"{socket.gethostname()}-{os.getpid()}"
INSTANCE_ID = str(uuid.uuid4())
POOLS, CAPACITY = env("POOLS", "default").split(","), int(env("CAPACITY", "64"))
INTERVAL, LEASE = int(env("HEARTBEAT_INTERVAL_MS", "5000")) / 1000, int(env("LEASE_MS", "15000")) / 1000
DRAIN_TIMEOUT, REMEMBERED, NEVER = int(env("DRAIN_TIMEOUT_MS", "5000")) / 1000, 2000, float("inf")


def now():
    return datetime.now(timezone.utc).isoformat()


class Claim:
    """The hold on one attempt of one subtask. Each change makes a new update, which has all that is known."""

    def __init__(self, job, subtask):
        self.job, self.id, self.run = job, subtask["subtask_id"], None
        self.confirmed = asyncio.Event()  # The broker has confirmed an update of it.
        self.update = {"task_id": job["task_id"], "subtask_id": self.id, "attempt": subtask["attempt"],
                       "lease_id": str(uuid.uuid4()), "status": "ASSIGNED", "assigned_time": now()}


class Node:
    def __init__(self):
        self.claims, self.recent = {}, {}  # By subtask: what is held, and what ended lately, for jobs that come twice.
        self.outbox = {}  # By lease: whose newest update is not confirmed.
        self.tasks = {}  # By task: paused or ended, and until when.
        self.returned = collections.Counter()
        self.publisher, self.beat_at, self.confirmed_at, self.sees_after = None, 0, time.monotonic(), 0
        self.stopping, self.exit_code = asyncio.Event(), 0

    def state_of(self, task_id):
        return self.tasks.get(task_id, ("running", 0))[0]

    def may_start(self):
        has_lease = time.monotonic() - self.confirmed_at < LEASE
        return has_lease and time.monotonic() >= self.sees_after and not self.stopping.is_set()

    def waits(self, claim):
        return not claim.run and self.state_of(claim.update["task_id"]) == "paused"

    def count_active(self):
        return sum(not self.waits(claim) for claim in self.claims.values())

    def report(self, claim, **changes):
        claim.update, self.outbox[claim.update["lease_id"]] = {**claim.update, **changes}, claim

    def end(self, claim, status, error=None, **fields):
        if error:
            fields["error_info"] = {"error_code": error, "error_message": error.lower().replace("_", " ")}
        self.report(claim, status=status, completed_time=now(), **fields)
        self.recent[claim.id] = claim
        if len(self.recent) > REMEMBERED:
            del self.recent[next(iter(self.recent))]
        self.drop(claim)
        claim.job = None  # It may have 65,535 ports.

    def drop(self, claim):
        if self.claims.get(claim.id) is claim:
            del self.claims[claim.id]
        if claim.run and claim.run is not asyncio.current_task():
            claim.run.cancel()
        self.start_more()

    def forget(self, claim):
        """Drops a claim that the server has given up, with what was not reported of it."""
        self.outbox.pop(claim.update["lease_id"], None)
        claim.confirmed.set()
        self.drop(claim)

    def start_more(self):
        running = sum(claim.run is not None for claim in self.claims.values())
        for claim in list(self.claims.values()) if self.may_start() else []:
            if running < CAPACITY and not claim.run and not self.waits(claim):
                self.report(claim, status="SCANNING", started_time=now())
                claim.run, running = asyncio.create_task(self.run(claim)), running + 1

    async def run(self, claim):
        try:
            found = scan(claim.update["ip"], claim.job["numbers"])
            self.end(claim, "COMPLETED", scan_result=await asyncio.wait_for(found, claim.job["subtask_timeout"]))
        except asyncio.TimeoutError:
            self.end(claim, "TIMEOUT", "SUBTASK_TIMEOUT")
        except Exception:
            self.end(claim, "FAILED", "INTERNAL_ERROR")

    def claim(self, job, subtask):
        """The claim whose update is to be confirmed before the ack; None for an older attempt."""
        held = self.claims.get(subtask["subtask_id"])
        known = held or self.recent.get(subtask["subtask_id"])
        if known and known.update["attempt"] > subtask["attempt"]:
            return None
        if known and known.update["attempt"] == subtask["attempt"]:
            known.confirmed.clear()
            self.report(known)
            return known
        if held:
            self.forget(held)
        claim = Claim(job, subtask)
        if job["invalid"]:
            self.end(claim, "FAILED", "INVALID_JOB")
        elif not may_scan(job, subtask["ip"]):
            self.end(claim, "FAILED", "OUT_OF_SCOPE")
        elif job["scan"]["method"] != "connect":
            self.end(claim, "FAILED", "SCANNER_MISSING")
        else:
            self.claims[claim.id] = claim
            self.report(claim, ip=subtask["ip"])
        return claim

    async def on_job(self, message):
        try:
            job = read_job(message.body)
        except ValueError:
            return await message.reject(requeue=False)
        if job.get("avoid_node") == NODE_ID:
            key = (job["subtasks"][0]["subtask_id"], job["subtasks"][0]["attempt"])
            self.returned[key] += 1
            if self.returned[key] <= 3:
                await asyncio.sleep(1 if self.returned[key] == 2 else 0)
                return await message.nack(requeue=True)
        # The job of a lost connection goes to another node, and so does one that this node must not claim any more.
        while not self.may_start() or (self.state_of(job["task_id"]) == "running" and self.count_active() >= CAPACITY):
            if self.stopping.is_set() or message.channel.is_closed:
                return
            await asyncio.sleep(0.05)
        if self.state_of(job["task_id"]) == "running":
            claims = [self.claim(job, subtask) for subtask in job["subtasks"]]
            self.start_more()
            await asyncio.gather(*(claim.confirmed.wait() for claim in claims if claim))
        await message.ack()

    async def on_control(self, message):
        control = json.loads(message.body)
        state, task_id = control.get("state"), control.get("task_id")
        if state in ("paused", "ended", "running"):
            self.tasks[task_id] = (state, time.monotonic() + (30 if state == "paused" else 300))
        elif state == "repeated" and time.monotonic() - control["within_ms"] / 1000 > self.sees_after - 10:
            self.sees_after = 0
        elif state == "superseded" and (control["node_id"], control["instance_id"]) == (NODE_ID, INSTANCE_ID):
            self.exit_code = 1
            self.stopping.set()
        for claim in list(self.claims.values()):
            is_ended = state == "ended" and claim.update["task_id"] == task_id
            if is_ended or (state == "lost" and claim.update["lease_id"] in control["lease_ids"]):
                self.forget(claim)
        self.start_more()

    async def publish(self, exchange, key, **body):
        body = json.dumps({"node_id": NODE_ID, "instance_id": INSTANCE_ID, **body}).encode()
        message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await self.publisher[exchange].publish(message, key, mandatory=True)

    async def send_updates(self):
        while True:
            await asyncio.sleep(0.05)
            batch = [(claim, claim.update) for claim in list(self.outbox.values())[:500]]
            if not batch or not self.publisher:
                continue
            try:
                await self.publish("cs.state", "updates", sent_time=now(), updates=[update for _, update in batch])
            except Exception:  # Lost with its connection, or returned: sent again, or what has replaced it.
                await asyncio.sleep(0.3)
            else:
                for claim, update in batch:
                    claim.confirmed.set()
                    if claim.update is update:
                        self.outbox.pop(update["lease_id"], None)

    async def beat(self, status=None):
        sent_at, held = time.monotonic(), {**{claim.id: claim for claim in self.outbox.values()}, **self.claims}
        busy = "busy" if self.count_active() >= CAPACITY else "online"
        load = min(100, os.getloadavg()[0] / (os.cpu_count() or 1) * 100)
        free = os.sysconf("SC_AVPHYS_PAGES") / os.sysconf("SC_PHYS_PAGES")
        with contextlib.suppress(Exception):
            await self.publish(
                "cs.heartbeats", "heartbeat", timestamp=int(time.time() * 1000), contract=1, version="python 1",
                status=status or ("draining" if self.stopping.is_set() else busy), capacity=CAPACITY, pools=POOLS,
                current_tasks=[{"subtask_id": key, "status": "scanning" if claim.run else "assigned",
                                "progress": 0 if key in self.claims else 100} for key, claim in held.items()],
                system_info={"cpu_usage": load, "memory_usage": 100 - 100 * free, "active_threads": len(self.claims)})
            self.confirmed_at = max(self.confirmed_at, sent_at)

    async def watch(self):
        """What happens because time passes: a heartbeat is due; a pause, the lease or the wait for `repeated` ends."""
        while True:
            await asyncio.sleep(0.05)
            if self.publisher and time.monotonic() >= self.beat_at:
                self.beat_at = time.monotonic() + INTERVAL
                asyncio.create_task(self.beat())
            self.tasks = {task: each for task, each in self.tasks.items() if each[1] > time.monotonic()}
            if time.monotonic() - self.confirmed_at > LEASE:
                self.end_all("NODE_LOST")
            self.start_more()

    def end_all(self, error, which=lambda claim: True):
        for claim in filter(which, list(self.claims.values())):
            self.end(claim, "FAILED", error)

    async def session(self):
        async with await aio_pika.connect(URL, heartbeat=10, timeout=5) as connection:
            lost = asyncio.Event()
            connection.close_callbacks.add(lambda *_: lost.set())
            updates, jobs, control = [await connection.channel(on_return_raises=True) for _ in range(3)]
            publisher = {name: await updates.get_exchange(name, ensure=False) for name in ("cs.state", "cs.heartbeats")}
            own = await control.declare_queue(exclusive=True)
            await own.bind("cs.control")
            await own.consume(self.on_control, no_ack=True)
            # A fresh node has missed no pause. After a lost connection it waits for `repeated`, 10 s at most.
            self.publisher, self.beat_at, self.sees_after = publisher, 0, min(self.sees_after, time.monotonic() + 10)
            await jobs.set_qos(1)
            for pool in POOLS:
                queue = await jobs.declare_queue(f"cs.jobs.{pool}", durable=True, arguments={
                    "x-queue-type": "quorum", "x-delivery-limit": 20, "x-overflow": "reject-publish",
                    "x-dead-letter-exchange": "cs.dead-letters", "x-dead-letter-routing-key": f"cs.jobs.{pool}",
                    "x-dead-letter-strategy": "at-least-once"})
                await queue.bind("cs.jobs", pool)
                await queue.consume(self.on_job)
            while not (lost.is_set() or self.stopping.is_set()):
                await asyncio.sleep(0.05)
            if not lost.is_set():
                await self.drain(jobs)

    async def drain(self, jobs):
        self.end_all("NODE_DRAINING", lambda claim: not claim.run)
        runs = [claim.run for claim in self.claims.values()]
        if runs:
            await asyncio.wait(runs, timeout=DRAIN_TIMEOUT)
        self.end_all("NODE_DRAINING")
        until = time.monotonic() + 5
        while self.outbox and time.monotonic() < until:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.1)  # The acks follow the confirms.
        await jobs.close()
        await self.beat("offline")

    async def main(self):
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, self.stopping.set)
        _loops = [asyncio.create_task(each) for each in (self.send_updates(), self.watch())]
        while not self.stopping.is_set():
            try:
                await self.session()
            except Exception as error:  # The broker is away, or no service has declared the exchanges yet.
                print("connection:", error, file=sys.stderr)
            self.publisher, self.sees_after = None, NEVER
            await asyncio.sleep(0.3)
        return self.exit_code


sys.exit(asyncio.run(Node().main()))
