"""A scanner node on aio-pika: TCP connect scans, after docs/node-contract.md. Configured by the environment."""
import asyncio, collections, contextlib, json, os, signal, socket, sys, time, uuid
from datetime import datetime, timezone
import aio_pika
from job import may_scan, queue_arguments, read_job
from scan import measure_machine, scan

env = os.environ.get
URL = env("RABBITMQ_URL", "amqp://127.0.0.1")
NODE_ID, INSTANCE_ID = env("NODE_ID") or f"{socket.gethostname()}-{os.getpid()}", str(uuid.uuid4())
POOLS, CAPACITY = env("POOLS", "default").split(","), int(env("CAPACITY", "64"))
INTERVAL, LEASE = int(env("HEARTBEAT_INTERVAL_MS", "5000")) / 1000, int(env("LEASE_MS", "15000")) / 1000
DRAIN_TIMEOUT, PAUSE_HOLDS, ENDED_HOLDS, REMEMBERED = int(env("DRAIN_TIMEOUT_MS", "5000")) / 1000, 30, 300, 2000


def now(): return datetime.now(timezone.utc).isoformat()
def settle(futures): [future.set_result(None) for future in futures if not future.done()]


class Node:
    def __init__(self):
        self.claims, self.outbox, self.recent = {}, {}, collections.OrderedDict()
        self.paused, self.ended, self.returned = {}, {}, collections.Counter()
        self.publisher, self.confirmed_at, self.has_lease = None, time.monotonic(), True
        self.stopping, self.exit_code, self.sees_pauses, self.listens_since = asyncio.Event(), 0, True, None

    def is_paused(self, task_id): return self.paused.get(task_id, 0) > time.monotonic()
    def is_ended(self, task_id): return self.ended.get(task_id, 0) > time.monotonic()
    def may_start(self): return self.has_lease and self.sees_pauses and not self.stopping.is_set()

    def count_active(self):
        return sum(1 for claim in self.claims.values() if claim["run"] or not self.is_paused(claim["update"]["task_id"]))

    def report(self, update):
        """Keeps the newest update of an attempt until it is confirmed; the future says when."""
        key, future = update["lease_id"], asyncio.get_running_loop().create_future()
        self.outbox[key] = (dict(update), [*self.outbox.get(key, (None, []))[1], future])
        return future

    def end(self, claim, status, error=None, **fields):
        update = {**claim["update"], "status": status, "completed_time": now(), **fields}
        if error:
            update["error_info"] = {"error_code": error, "error_message": error.lower().replace("_", " ")}
        self.drop(claim)
        self.recent[update["subtask_id"]] = update
        while len(self.recent) > REMEMBERED:
            self.recent.popitem(last=False)
        return self.report(update)

    def drop(self, claim):
        self.claims.pop(claim["update"]["subtask_id"], None)
        if claim["run"] and claim["run"] is not asyncio.current_task():
            claim["run"].cancel()
        self.start_more()

    def forget(self, claim):
        """Drops a claim that the server has given up, with what was not reported of it."""
        settle(self.outbox.pop(claim["update"]["lease_id"], (None, []))[1])
        self.drop(claim)

    def start_more(self):
        running = sum(1 for claim in self.claims.values() if claim["run"])
        for claim in list(self.claims.values()) if self.may_start() else []:
            if running < CAPACITY and not claim["run"] and not self.is_paused(claim["update"]["task_id"]):
                claim["run"], running = asyncio.create_task(self.run(claim)), running + 1

    async def run(self, claim):
        claim["update"].update(status="SCANNING", started_time=now())
        self.report(claim["update"])
        try:
            result = await asyncio.wait_for(scan(claim["update"]["ip"], claim["ports"]), claim["timeout"])
            self.end(claim, "COMPLETED", scan_result=result)
        except asyncio.TimeoutError:
            self.end(claim, "TIMEOUT", "SUBTASK_TIMEOUT")
        except Exception:
            self.end(claim, "FAILED", "INTERNAL_ERROR")

    def claim(self, job, subtask):
        held, last = self.claims.get(subtask["subtask_id"]), self.recent.get(subtask["subtask_id"])
        for known in filter(None, (held and held["update"], last)):
            if known["attempt"] == subtask["attempt"]:
                return self.report(known)
            if known["attempt"] > subtask["attempt"]:
                return None
        if held:
            self.forget(held)
        update = {"task_id": job["task_id"], "subtask_id": subtask["subtask_id"], "attempt": subtask["attempt"],
                  "lease_id": str(uuid.uuid4()), "status": "ASSIGNED", "assigned_time": now()}
        claim = {"update": update, "ports": job["parsed_ports"], "timeout": job.get("subtask_timeout"), "run": None}
        if job["invalid"]:
            return self.end(claim, "FAILED", "INVALID_JOB")
        update["ip"] = subtask["ip"]
        if not may_scan(job, subtask["ip"]):
            return self.end(claim, "FAILED", "OUT_OF_SCOPE")
        if job["scan"]["method"] != "connect":
            return self.end(claim, "FAILED", "SCANNER_MISSING")
        self.claims[update["subtask_id"]] = claim
        return self.report(update)

    async def on_job(self, message):
        try:
            job = read_job(message.body)
        except ValueError:
            return await message.reject(requeue=False)
        task_id, key = job["task_id"], (job["subtasks"][0]["subtask_id"], job["subtasks"][0]["attempt"])
        if job.get("avoid_node") == NODE_ID:
            self.returned[key] += 1
            if self.returned[key] <= 3:
                await asyncio.sleep(1 if self.returned[key] == 2 else 0)
                return await message.nack(requeue=True)
        # A job whose connection is lost goes to another node, and so does one that this node must not claim any more.
        while not self.may_start() or self.count_active() >= CAPACITY:
            if self.stopping.is_set() or message.channel.is_closed:
                return
            if self.may_start() and (self.is_paused(task_id) or self.is_ended(task_id)):
                break
            await asyncio.sleep(0.05)
        if not (self.is_paused(task_id) or self.is_ended(task_id)):
            claims = [self.claim(job, subtask) for subtask in job["subtasks"]]
            self.start_more()
            await asyncio.gather(*filter(None, claims))
        await message.ack()

    async def on_control(self, message):
        control = json.loads(message.body)
        state, task_id = control.get("state"), control.get("task_id")
        if state == "paused":
            self.ended.pop(task_id, None)
            self.paused[task_id] = time.monotonic() + PAUSE_HOLDS
        elif state == "running":
            self.paused.pop(task_id, None), self.ended.pop(task_id, None)
        elif state == "ended":
            self.paused.pop(task_id, None)
            self.ended[task_id] = time.monotonic() + ENDED_HOLDS
        elif state == "repeated" and self.listens_since is not None:
            self.sees_pauses |= control["within_ms"] / 1000 < time.monotonic() - self.listens_since
        elif state == "superseded" and (control["node_id"], control["instance_id"]) == (NODE_ID, INSTANCE_ID):
            self.exit_code = self.stopping.set() or 1
        for claim in list(self.claims.values()):
            if (state == "ended" and claim["update"]["task_id"] == task_id) or (
                    state == "lost" and claim["update"]["lease_id"] in control["lease_ids"]):
                self.forget(claim)
        self.start_more()

    async def publish(self, exchange, key, body):
        message = aio_pika.Message(json.dumps(body).encode(), delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await self.publisher[exchange].publish(message, key, mandatory=True)

    async def send_updates(self):
        while True:
            await asyncio.sleep(0.05)
            batch = dict(list(self.outbox.items())[:500])
            if not batch or not self.publisher:
                continue
            try:
                await self.publish("cs.state", "updates", {
                    "node_id": NODE_ID, "instance_id": INSTANCE_ID, "sent_time": now(),
                    "updates": [update for update, _ in batch.values()]})
            except Exception:  # Lost with its connection, or returned: sent again, or what has replaced it.
                await asyncio.sleep(0.3)
                continue
            for key, (update, futures) in batch.items():
                if key in self.outbox and self.outbox[key][0] is update:
                    del self.outbox[key]
                settle(futures)

    async def beat(self, status=None):
        sent_at, listed = time.monotonic(), {}
        for update, _ in self.outbox.values():
            listed[update["subtask_id"]] = {"subtask_id": update["subtask_id"], "status": "scanning", "progress": 100}
        for key, claim in self.claims.items():
            listed[key] = {"subtask_id": key, "status": "scanning" if claim["run"] else "assigned", "progress": 0}
        busy = "busy" if self.count_active() >= CAPACITY else "online"
        with contextlib.suppress(Exception):
            await self.publish("cs.heartbeats", "heartbeat", {
                "node_id": NODE_ID, "instance_id": INSTANCE_ID, "timestamp": int(time.time() * 1000), "contract": 1,
                "status": status or ("draining" if self.stopping.is_set() else busy), "capacity": CAPACITY,
                "pools": POOLS, "version": "python 1", "current_tasks": list(listed.values())[:10000],
                "system_info": {**measure_machine(), "active_threads": len(self.claims)}})
            self.confirmed_at, self.has_lease = max(self.confirmed_at, sent_at), True
            self.start_more()

    async def keep_lease(self):
        while True:
            await asyncio.sleep(0.1)
            self.start_more()  # A pause that nobody repeats is over.
            if self.listens_since and time.monotonic() - self.listens_since > 10:
                self.sees_pauses = True
            if self.has_lease and time.monotonic() - self.confirmed_at > LEASE:
                self.has_lease = False
                for claim in list(self.claims.values()):
                    self.end(claim, "FAILED", "NODE_LOST")

    async def beat_on(self):
        while True:
            if self.publisher:
                asyncio.create_task(self.beat())
            await asyncio.sleep(INTERVAL if self.publisher else 0.05)

    async def session(self):
        async with await aio_pika.connect(URL, heartbeat=10, timeout=5) as connection:
            lost = asyncio.Event()
            connection.close_callbacks.add(lambda *_: lost.set())
            updates, jobs, control = [await connection.channel(on_return_raises=True) for _ in range(3)]
            publisher = {name: await updates.get_exchange(name, ensure=False) for name in ("cs.state", "cs.heartbeats")}
            own = await control.declare_queue(exclusive=True)
            await own.bind("cs.control")
            await own.consume(self.on_control, no_ack=True)
            self.publisher, self.listens_since = publisher, time.monotonic()
            await jobs.set_qos(1)
            for pool in POOLS:
                queue = await jobs.declare_queue(f"cs.jobs.{pool}", durable=True, arguments=queue_arguments(pool))
                await queue.bind("cs.jobs", pool)
                await queue.consume(self.on_job)
            ends = [asyncio.create_task(event.wait()) for event in (lost, self.stopping)]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if not lost.is_set():
                await self.drain(jobs)

    async def drain(self, jobs):
        for claim in [each for each in self.claims.values() if not each["run"]]:
            self.end(claim, "FAILED", "NODE_DRAINING")
        runs = [claim["run"] for claim in self.claims.values()]
        if runs:
            await asyncio.wait(runs, timeout=DRAIN_TIMEOUT)
        for claim in list(self.claims.values()):
            self.end(claim, "FAILED", "NODE_DRAINING")
        until = time.monotonic() + 5
        while self.outbox and time.monotonic() < until:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.1)  # The acks follow the confirms.
        await jobs.close()
        await self.beat("offline")

    async def main(self):
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, self.stopping.set)
        _loops = [asyncio.create_task(each) for each in (self.send_updates(), self.beat_on(), self.keep_lease())]
        while not self.stopping.is_set():
            try:
                await self.session()
            except Exception as error:  # The broker is away, or no service has declared the exchanges yet.
                print("connection:", error, file=sys.stderr)
            self.publisher, self.sees_pauses = None, False
            await asyncio.sleep(0.3)
        return self.exit_code


sys.exit(asyncio.run(Node().main()))
