"""A scanner node: TCP connect scans. The SDK does all the rest; here is only the scan of one address."""

import asyncio
import os
import time

from cyberstroll_sdk import ScanResult, ScanTarget, run

CONNECT_TIMEOUT_S = int(os.environ.get("CONNECT_TIMEOUT_MS", "1500")) / 1000
PORT_CONCURRENCY = int(os.environ.get("PORT_CONCURRENCY", "16"))
LATE_S = 0.5
MAX_SERVICES = 1024


async def is_open(ip: str, port: int) -> bool:
    """A time-out that fires late proves nothing, since the process stood still: the port is probed once more."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            _, writer = await asyncio.open_connection(ip, port)
    except TimeoutError:
        return time.monotonic() - began > CONNECT_TIMEOUT_S + LATE_S and await is_open(ip, port)
    except ConnectionResetError:  # Its peer closed it before we looked.
        return True
    except OSError:
        return False
    # A connect to a port of the own machine can connect to itself.
    is_own_socket = writer.get_extra_info("sockname") == writer.get_extra_info("peername")
    writer.close()
    return not is_own_socket


async def scan(target: ScanTarget) -> ScanResult:
    slots = asyncio.Semaphore(PORT_CONCURRENCY)
    took_ms: dict[int, float] = {}
    done = 0

    async def probe(port: int) -> None:
        nonlocal done
        async with slots:
            began = time.monotonic()
            if await is_open(target.ip, port):
                took_ms[port] = round((time.monotonic() - began) * 1000, 1)
            done += 1
            target.progress(100 * done / len(target.ports))

    async with asyncio.TaskGroup() as probes:
        for port in target.ports:
            probes.create_task(probe(port))
    open_ports = sorted(took_ms)
    services = [f"{port}/tcp unknown" for port in open_ports[:MAX_SERVICES]]
    return ScanResult(open_ports=open_ports, services=services, response_time=min(took_ms.values(), default=0))


if __name__ == "__main__":
    run(scan, version="python 1")
