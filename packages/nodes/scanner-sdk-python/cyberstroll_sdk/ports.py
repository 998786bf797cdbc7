import re
from functools import lru_cache

_PORT_RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


@lru_cache(maxsize=16)
def parse_ports(text: str) -> tuple[int, ...]:
    """`22,80 8000-8010` as numbers, ascending and without repeats. Raises a ValueError that names the entry at
    fault. The last texts are kept parsed."""
    ports: set[int] = set()
    for entry in text.replace(",", " ").split():
        found = _PORT_RANGE.fullmatch(entry)
        first = int(found[1]) if found else 0
        last = int(found[2] or found[1]) if found else 0
        if not 1 <= first <= last <= 65_535:
            raise ValueError(f"{entry[:40]} is not a port from 1 to 65535 or a range of ports")
        ports.update(range(first, last + 1))
    if not ports:
        raise ValueError("scan.ports has no port")
    return tuple(sorted(ports))
