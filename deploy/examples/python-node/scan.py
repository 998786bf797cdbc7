"""The scan of one address: TCP connects to its ports, and the first line that each open port sends."""
import asyncio, contextlib, os, re, time

CONNECT_TIMEOUT = int(os.environ.get("CONNECT_TIMEOUT_MS", "1500")) / 1000
PORT_CONCURRENCY = int(os.environ.get("PORT_CONCURRENCY", "16"))


async def probe(ip, port):
    """None for closed, else the banner. A time-out that fires late proves nothing: the port is probed once more."""
    for _ in range(2):
        began, writer = time.monotonic(), None
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection(ip, port), CONNECT_TIMEOUT)
            if writer.get_extra_info("sockname") == writer.get_extra_info("peername"):
                return None
            with contextlib.suppress(asyncio.TimeoutError, ConnectionError):
                return await asyncio.wait_for(reader.read(120), 0.3)
            return b""
        except ConnectionResetError:
            return b""
        except asyncio.TimeoutError:
            if time.monotonic() - began < CONNECT_TIMEOUT + 0.5:
                return None
        except OSError:
            return None
        finally:
            if writer:
                writer.close()


async def scan(ip, ports):
    slots, found, began = asyncio.Semaphore(PORT_CONCURRENCY), {}, time.monotonic()

    async def one(port):
        async with slots:
            banner = await probe(ip, port)
            if banner is not None:
                found[port] = re.sub(rb"[^\x20-\x7e].*", b"", banner, flags=re.S).decode()

    await asyncio.gather(*(one(port) for port in ports))
    services = [f"{port}/tcp unknown {found[port]}".strip() for port in sorted(found)]
    elapsed = round((time.monotonic() - began) * 1000, 1) if found else 0
    return {"open_ports": sorted(found), "services": services[:1024], "response_time": elapsed}


def measure_machine():
    load = min(100, os.getloadavg()[0] / (os.cpu_count() or 1) * 100)
    return {"cpu_usage": load, "memory_usage": 100 - 100 * os.sysconf("SC_AVPHYS_PAGES") / os.sysconf("SC_PHYS_PAGES")}
