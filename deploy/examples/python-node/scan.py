"""What a job asks for, and the scan of one address: TCP connects to its ports."""
import asyncio, ipaddress, json, os, time

SCOPE = [ipaddress.ip_network(text) for text in os.environ.get("SCAN_SCOPE", "127.0.0.0/8").split(",")]
CONNECT_TIMEOUT = int(os.environ.get("CONNECT_TIMEOUT_MS", "1500")) / 1000
PORT_CONCURRENCY = int(os.environ.get("PORT_CONCURRENCY", "16"))


def read_job(body):
    """Adds `numbers`, `excluded` and `invalid`. Raises ValueError if not even its subtasks can be named."""
    try:
        job = json.loads(body)
        [(job["task_id"], each["subtask_id"], each["attempt"]) for each in job["subtasks"]]
    except (KeyError, TypeError) as error:
        raise ValueError(error) from error
    job.update(numbers=[], excluded=[], invalid=None)
    try:
        job["numbers"] = list(parse_ports(job["scan"]["ports"]))
        job["excluded"] = list(parse_excluded(job.get("exclude_target", "")))
    except (ValueError, KeyError, TypeError) as error:
        job["invalid"] = str(error)
    return job


def parse_ports(text):
    for part in text.replace(",", " ").split():
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def parse_excluded(text):
    for entry in text.replace(",", " ").split():
        first, dash, last = entry.partition("-")
        if dash:
            last = f"{first.rpartition('.')[0]}.{last}" if last.isdigit() else last
            yield from ipaddress.summarize_address_range(ipaddress.ip_address(first), ipaddress.ip_address(last))
        else:
            yield ipaddress.ip_network(entry, strict=False)


def may_scan(job, ip):
    address = ipaddress.ip_address(ip)
    return any(address in each for each in SCOPE) and not any(address in each for each in job["excluded"])


async def is_open(ip, port):
    """A time-out that fires late proves nothing: the port is probed once more."""
    began = time.monotonic()
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(ip, port), CONNECT_TIMEOUT)
        is_own_socket = writer.get_extra_info("sockname") == writer.get_extra_info("peername")
        writer.close()
        return not is_own_socket
    except asyncio.TimeoutError:
        return time.monotonic() - began > CONNECT_TIMEOUT + 0.5 and await is_open(ip, port)
    except OSError as error:
        return isinstance(error, ConnectionResetError)


async def scan(ip, ports):
    slots, times = asyncio.Semaphore(PORT_CONCURRENCY), {}

    async def probe(port):
        async with slots:
            began = time.monotonic()
            if await is_open(ip, port):
                times[port] = round((time.monotonic() - began) * 1000, 1)

    await asyncio.gather(*(probe(port) for port in ports))
    services = [f"{port}/tcp unknown" for port in sorted(times)]
    return {"open_ports": sorted(times), "services": services[:1024], "response_time": min(times.values(), default=0)}
