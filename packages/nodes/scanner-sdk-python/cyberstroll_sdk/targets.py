"""Sets of addresses: what a job excludes, and what a node may scan. Only strict forms are read.

IPv4-mapped IPv6 (`::ffff:10.0.0.1`) is refused wherever an address is written: the kernel connects it over IPv4, so it
would be a second name for an address, past every rule that speaks of the first. So are zones (`fe80::1%eth0`).
"""

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache

DEFAULT_SCOPE = "127.0.0.0/8, ::1"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Point = tuple[int, int]
"""The version of an address and its number: addresses of one family are neighbours in this order."""


class TargetSet:
    """Addresses as disjoint intervals."""

    def __init__(self, intervals: Iterable[tuple[_Point, _Point]]):
        self._firsts: list[_Point] = []
        self._lasts: list[_Point] = []
        for first, last in sorted(intervals):
            if self._lasts and first <= self._lasts[-1]:
                self._lasts[-1] = max(self._lasts[-1], last)
            else:
                self._firsts.append(first)
                self._lasts.append(last)

    def has(self, address: Address) -> bool:
        point = _to_point(address)
        at = bisect_right(self._firsts, point) - 1
        return at >= 0 and point <= self._lasts[at]


class Scope:
    """The addresses that may be scanned: those that an entry allows and none denies."""

    def __init__(self, allowed: TargetSet, denied: TargetSet):
        self._allowed, self._denied = allowed, denied

    def allows(self, ip: str) -> bool:
        """Whether `ip` may be scanned; False for a text that is not an address."""
        try:
            address = parse_address(ip)
        except ValueError:
            return False
        return self._allowed.has(address) and not self._denied.has(address)


@lru_cache(maxsize=16)
def parse_targets(text: str) -> TargetSet:
    """Reads addresses, networks and ranges, separated by commas or white space. Raises a ValueError that names the
    entry that cannot be read. The last texts are kept parsed: all jobs of a task have the same."""
    return TargetSet(_parse_entry(entry) for entry in _to_entries(text))


def parse_scope(text: str) -> Scope:
    """Reads entries as parse_targets() does; `!` in front of one denies it, and deny wins."""
    entries = _to_entries(text)
    return Scope(
        TargetSet(_parse_entry(entry) for entry in entries if not entry.startswith("!")),
        TargetSet(_parse_entry(entry[1:]) for entry in entries if entry.startswith("!")),
    )


def parse_address(text: str) -> Address:
    """Raises a ValueError for any text that is not a plain IPv4 or IPv6 address."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or address.scope_id is not None):
        raise ValueError(f"{text}: IPv4-mapped addresses and zones are refused")
    return address


def _to_entries(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _parse_entry(entry: str) -> tuple[_Point, _Point]:
    try:
        first, last = _parse_network(entry) if "/" in entry else _parse_range(entry)
    except ValueError as error:
        raise ValueError(f"{entry} is not an address, network or range") from error
    if first.version != last.version or _to_point(last) < _to_point(first):
        raise ValueError(f"{entry} runs backwards or has two address families")
    return _to_point(first), _to_point(last)


def _parse_network(entry: str) -> tuple[Address, Address]:
    address, _, length = entry.partition("/")
    parse_address(address)
    if not _is_number(length) or length != str(int(length)):
        raise ValueError("the prefix length is not a plain number")
    network = ipaddress.ip_network(entry, strict=False)
    return network[0], network[-1]


def _parse_range(entry: str) -> tuple[Address, Address]:
    first, dash, last = entry.partition("-")
    low = parse_address(first)
    if not dash:
        return low, low
    is_octet = low.version == 4 and _is_number(last)
    return low, parse_address(f"{first.rpartition('.')[0]}.{last}" if is_octet else last)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _to_point(address: Address) -> _Point:
    return address.version, int(address)
