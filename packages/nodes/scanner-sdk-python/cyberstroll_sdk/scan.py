"""What the author of a node writes, gets and raises."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .findings import Finding, PortResult

_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,49}")


@dataclass(frozen=True, kw_only=True)
class ScanTarget:
    """One address to scan."""

    ip: str
    ports: Sequence[int]
    """Ascending, without duplicates."""
    method: str = "connect"
    """What the client asked for: one of the node's `methods`."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What the client gave the method, as it gave it: check it, and never make a shell's text of it."""
    task_id: str = ""
    subtask_id: str = ""
    attempt: int = 1
    timeout_s: float = 300.0
    """Seconds that the scan may take. Then the SDK reports TIMEOUT and cancels the scan."""
    deadline: float = float("inf")
    """When they are over, on the clock of the event loop: for `asyncio.timeout_at`."""
    progress: Callable[[float], None] = field(default=lambda percent: None, repr=False)
    """Says how far the scan is, 0 to 100. The next heartbeat shows it."""


@dataclass(frozen=True, kw_only=True)
class ScanResult:
    """What a scan found."""

    open_ports: Sequence[int] = ()
    services: Sequence[str] = ()
    """`<port>/<protocol> <name> [banner]`, 1,024 texts of 512 characters at most; printable characters only."""
    response_time: float = 0.0
    """The quickest answer in milliseconds; 0 if nothing answered."""
    ports: Sequence[PortResult] = ()
    """What is known of each port, 1,024 at most. The server adds to `open_ports` what is open; it makes
    `services` of them if that is empty."""
    hostnames: Sequence[str] = ()
    """Names of the address, 100 at most."""
    findings: Sequence[Finding] = ()
    """What else the scan found, 1,000 at most. With ports and hostnames 524,288 bytes of JSON at most."""


ScanFunction = Callable[[ScanTarget], Awaitable[ScanResult]]
"""Scans one address. Raise a ScanError for a failure that has a code; any other exception is reported as
INTERNAL_ERROR. The coroutine is cancelled when its result is no longer wanted: the argument of the CancelledError is a
ScanAbort."""


class ScanAbort(StrEnum):
    """Why a scan was cancelled."""

    CANCELLED = "cancelled"
    """The task has ended."""
    TIMED_OUT = "timed_out"
    """The scan took longer than its time-out."""
    LEASE_LOST = "lease_lost"
    """The node no longer has this attempt: it was cut off, or the server gave the subtask away."""
    DRAINING = "draining"
    """The node is stopping."""


class ScanError(Exception):
    """A failure that a scan function raises. The code decides whether the subtask is retried; `NODE_DRAINING` hands the
    subtask back. A code is one of the contract (NETWORK_UNREACHABLE, RESOURCE_EXHAUSTED, SCANNER_CRASHED,
    SCANNER_MISSING, PERMISSION_DENIED) or your own, which is retried. Raises a ValueError for a code that the server
    would refuse."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        if not _CODE.fullmatch(code):
            raise ValueError(f"the code of a ScanError must be 1 to 50 upper-case letters, digits or _: {code}")
        self.code = code
