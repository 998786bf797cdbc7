"""What a scan knows of a port, and what else it found: more than numbers of open ports and lines of text."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .limits import (
    LOWER_CASE_NAME,
    MAX_FINDING_DATA_BYTES,
    MAX_FINDINGS,
    MAX_HOSTNAMES,
    MAX_SERVICES,
    MAX_STRUCTURE_BYTES,
)

_PROTOCOLS = ("tcp", "udp", "sctp")
_STATES = ("open", "closed", "filtered", "open|filtered")
_SEVERITIES = (None, "info", "low", "medium", "high", "critical")
_TLS = {"version": 20, "subject": 512, "issuer": 512, "not_before": 40, "not_after": 40}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_MAX_DATA_DEPTH = 8


@dataclass(frozen=True, kw_only=True)
class PortResult:
    """What a scan knows of one port."""

    port: int
    protocol: str = "tcp"
    """`tcp`, `udp` or `sctp`."""
    state: str = "open"
    """`open`, `closed`, `filtered` or `open|filtered`."""
    service: str | None = None
    """Its name, such as `http`: 100 characters at most."""
    product: str | None = None
    """200 characters at most."""
    version: str | None = None
    """100 characters at most."""
    banner: str | None = None
    """What it sent: 512 characters at most."""
    tls: Mapping[str, str] | None = None
    """Of its certificate: `version`, `subject`, `issuer`, and the ISO 8601 times `not_before` and `not_after`."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that a scan found and that is more than an open port."""

    id: str
    """The same for the same finding in each scan, such as the name of a rule: 200 characters at most."""
    kind: str
    """What it is about, such as `cve`: lower-case letters, digits, `_` and `-`."""
    title: str
    """512 characters at most."""
    severity: str | None = None
    """`info`, `low`, `medium`, `high` or `critical`."""
    port: int | None = None
    protocol: str | None = None
    data: Mapping[str, Any] | None = None
    """The scanner's own: 8,192 bytes of JSON and 8 levels at most; no name begins with `$`."""


def to_json(item: PortResult | Finding) -> dict[str, Any]:
    return {name: value for name, value in asdict(item).items() if value is not None}


def find_structure_fault(ports: Any, hostnames: Any, findings: Any) -> str | None:
    """What the server would refuse. Each list may be empty."""
    for name, items, most in (
        ("ports", ports, MAX_SERVICES),
        ("hostnames", hostnames, MAX_HOSTNAMES),
        ("findings", findings, MAX_FINDINGS),
    ):
        if len(items) > most:
            return f"{name} has more than {most} entries"
    if not all(_is_text(name, 253) for name in hostnames):
        return "hostnames"
    if not all(isinstance(port, PortResult) and _is_port(port) for port in ports):
        return "ports"
    if not all(isinstance(finding, Finding) and _is_finding(finding) for finding in findings):
        return "findings"
    parts = [[to_json(port) for port in ports], list(hostnames), [to_json(finding) for finding in findings]]
    if _count_bytes(parts) > MAX_STRUCTURE_BYTES:
        return f"ports, hostnames and findings have more than {MAX_STRUCTURE_BYTES} bytes as JSON"
    return None


def _is_port(port: PortResult) -> bool:
    texts = ((port.service, 100), (port.product, 200), (port.version, 100), (port.banner, 512))
    return (
        _is_number(port.port)
        and port.protocol in _PROTOCOLS
        and port.state in _STATES
        and all(text is None or _is_text(text, most, 0) for text, most in texts)
        and (port.tls is None or _is_tls(port.tls))
    )


def _is_tls(tls: Mapping[str, str]) -> bool:
    return all(name in _TLS and _is_text(text, _TLS[name], 0) for name, text in tls.items()) and all(
        _TIME.fullmatch(tls[name]) for name in ("not_before", "not_after") if name in tls
    )


def _is_finding(finding: Finding) -> bool:
    return (
        _is_text(finding.id, 200)
        and isinstance(finding.kind, str)
        and LOWER_CASE_NAME.fullmatch(finding.kind) is not None
        and _is_text(finding.title, 512)
        and finding.severity in _SEVERITIES
        and (finding.port is None or _is_number(finding.port))
        and (finding.protocol is None or finding.protocol in _PROTOCOLS)
        and (finding.data is None or _is_data(finding.data))
    )


def _is_number(port: Any) -> bool:
    return type(port) is int and 1 <= port <= 65_535


def _is_text(text: Any, most: int, least: int = 1) -> bool:
    return isinstance(text, str) and least <= len(text) <= most


def _is_data(data: Any) -> bool:
    try:
        return isinstance(data, Mapping) and _is_shallow(data, 1) and _count_bytes(data) <= MAX_FINDING_DATA_BYTES
    except (TypeError, ValueError):
        return False


def _is_shallow(value: Any, depth: int) -> bool:
    if isinstance(value, Mapping):
        names = all(isinstance(name, str) and not name.startswith("$") and "\0" not in name for name in value)
        return depth <= _MAX_DATA_DEPTH and names and all(_is_shallow(each, depth + 1) for each in value.values())
    if isinstance(value, list | tuple):
        return depth <= _MAX_DATA_DEPTH and all(_is_shallow(each, depth + 1) for each in value)
    return True


def _count_bytes(value: Any) -> int:
    """As UTF-8; raises for what is no JSON."""
    return len(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())
