"""What is never scanned: addresses, and ports of some of the others. Pure: `now` is in seconds, on a monotonic
clock."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from .limits import MAX_EXCLUDE_PORTS
from .ports import parse_ports
from .targets import TargetSet, parse_address, parse_targets

_HOLDS_S = 30


@dataclass(frozen=True)
class Excluded:
    addresses: TargetSet
    ports: tuple[tuple[TargetSet, frozenset[int]], ...] = ()

    def has(self, ip: str) -> bool:
        return self.addresses.has(parse_address(ip))

    def ports_left(self, ip: str, ports: tuple[int, ...]) -> tuple[int, ...]:
        """Those of an address's ports that may be scanned."""
        if not self.ports:
            return ports
        address = parse_address(ip)
        own: list[Collection[int]] = [excluded for targets, excluded in self.ports if targets.has(address)]
        return tuple(port for port in ports if not any(port in excluded for excluded in own)) if own else ports


def read_excluded(message: dict[str, Any]) -> Excluded:
    """Reads `exclude_target` and `exclude_ports` of a message. Raises a ValueError or a TypeError for what cannot be
    read."""
    target, ports = message.get("exclude_target", ""), message.get("exclude_ports", [])
    if not isinstance(target, str) or not isinstance(ports, list):
        raise TypeError("exclude_target or exclude_ports has another type")
    if len(ports) > MAX_EXCLUDE_PORTS:
        raise ValueError(f"exclude_ports has more than {MAX_EXCLUDE_PORTS} entries")
    return Excluded(parse_targets(target), tuple(_read_entry(each) for each in ports))


def _read_entry(entry: Any) -> tuple[TargetSet, frozenset[int]]:
    if not isinstance(entry, dict) or not all(isinstance(entry.get(name), str) for name in ("target", "ports")):
        raise TypeError("an entry of exclude_ports has no target or no ports")
    return parse_targets(entry["target"]), frozenset(parse_ports(entry["ports"]))


class ExcludedNow:
    """What the last control message excludes, for jobs that were sent before it. Without a repeat it ends."""

    def __init__(self) -> None:
        self._said: tuple[Any, Any] = (None, None)
        self._excluded = Excluded(TargetSet(()))
        self._until = float("-inf")

    def note(self, message: dict[str, Any], now: float) -> bool:
        """True if it says something else than the one before. Raises for what cannot be read, and keeps the one
        before."""
        said = (message.get("exclude_target"), message.get("exclude_ports"))
        is_new = said != self._said or now >= self._until
        if is_new:
            self._excluded = read_excluded(message)
        self._said, self._until = said, now + _HOLDS_S
        return is_new

    def ports_left(self, ip: str, ports: tuple[int, ...], now: float) -> tuple[int, ...]:
        """What of these ports may be scanned now: none of an address that is excluded."""
        if now >= self._until:
            return ports
        return () if self._excluded.has(ip) else self._excluded.ports_left(ip, ports)
