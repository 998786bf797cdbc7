import os
from collections.abc import Mapping


def sample_system_load() -> dict[str, float]:
    """The load of the machine's processors and its memory in use, in percent. Zero where the system does not say."""
    try:
        cpu_usage = min(100.0, os.getloadavg()[0] / (os.cpu_count() or 1) * 100)
        with open("/proc/meminfo", encoding="ascii") as file:
            memory_usage = to_memory_usage(file.read())
    except (AttributeError, OSError, ValueError, KeyError):
        return {"cpu_usage": 0.0, "memory_usage": 0.0}
    return {"cpu_usage": round(cpu_usage, 1), "memory_usage": memory_usage}


def to_memory_usage(meminfo: str) -> float:
    """MemAvailable counts what the kernel gives back when it is asked: caches are no memory in use."""
    fields: Mapping[str, str] = dict(line.split(":", 1) for line in meminfo.splitlines() if ":" in line)
    total, available = (float(fields[name].split()[0]) for name in ("MemTotal", "MemAvailable"))
    return round(100 * (1 - available / total), 1)
