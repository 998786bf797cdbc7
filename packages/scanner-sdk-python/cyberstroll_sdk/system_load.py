import os


def sample_system_load() -> dict[str, float]:
    """The load of the machine's processors and its memory in use, in percent. Zero where the system does not say."""
    try:
        cpu_usage = min(100.0, os.getloadavg()[0] / (os.cpu_count() or 1) * 100)
        free = os.sysconf("SC_AVPHYS_PAGES") / os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return {"cpu_usage": 0.0, "memory_usage": 0.0}
    return {"cpu_usage": round(cpu_usage, 1), "memory_usage": round(100 * (1 - free), 1)}
