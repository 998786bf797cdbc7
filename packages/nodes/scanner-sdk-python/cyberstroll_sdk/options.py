import difflib
import os
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from .broker_urls import BrokerUrls
from .limits import LOWER_CASE_NAME, MAX_CAPACITY, MAX_METHODS, MAX_VERSION_LENGTH, NAME
from .targets import DEFAULT_SCOPE, parse_scope
from .version import VERSION


def _make_node_id() -> str:
    host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname()).lstrip(".-")
    return f"{host[:80]}-{os.getpid()}"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a node needs to know. Raises a ValueError that names the option which is not valid."""

    rabbitmq_url: str = "amqp://127.0.0.1"
    """`amqp://user:password@host1:5672,host2:5672/vhost`, or `amqps://`, with one host or several of one cluster. TLS
    is configured as aio-pika has it: `?cafile=…`."""
    node_id: str = field(default_factory=_make_node_id)
    """The node's name: the same after a restart, unique in the fleet. Where the server checks it (CHECK_NODE_USERS), it
    is the RabbitMQ user of the URL, or begins with it and a dot. Default: host and process id."""
    pools: Sequence[str] = ("default",)
    """The pools whose jobs the node takes."""
    capacity: int = 64
    """Addresses scanned at once, 1 to 9,500."""
    scope: str = DEFAULT_SCOPE
    """The networks that may be scanned; `!` before a network excludes it. Any other address is refused, whatever the
    jobs say. Default: loopback."""
    methods: Sequence[str] = ("connect",)
    """The methods that your coroutine scans by; its target says which one is asked for. A job of any other method goes
    to another node: your coroutine is never called for it."""
    version: str = f"python-sdk/{VERSION}"
    """Version of your program, at most 50 characters, shown by `cyberstroll node list`. Default: that of the SDK."""
    heartbeat_interval_ms: int = 5_000
    """Milliseconds between heartbeats."""
    lease_ms: int = 15_000
    """Milliseconds that the node may hold its claims after the last heartbeat that the broker confirmed; then it gives
    them all up. No more than the server's HEARTBEAT_TIMEOUT_MS: after that time others get the work."""
    consumer_timeout_ms: int = 1_800_000
    """RabbitMQ's `consumer_timeout` in milliseconds. A job that finds no free slot for five sixths of it goes back to
    the queue."""
    flush_ms: int = 50
    """Milliseconds that updates are gathered before they are sent."""
    drain_timeout_ms: int = 5_000
    """Milliseconds that running scans may take to end when the node stops; then they are cancelled and handed back."""

    def __new__(cls, **options: Any) -> "Options":
        """Raises a TypeError that names an option which there is not."""
        names = [each.name for each in fields(cls)]
        for unknown in options:
            if unknown not in names:
                nearest = difflib.get_close_matches(unknown, names, n=1)
                hint = f"did you mean `{nearest[0]}`?" if nearest else f"there are {', '.join(names)}"
                raise TypeError(f"unknown option `{unknown}`; {hint}")
        return super().__new__(cls)

    def __post_init__(self) -> None:
        _check("node_id", bool(NAME.fullmatch(self.node_id)), "must be 1 to 100 letters, digits or . _ : @ -")
        is_list = not isinstance(self.pools, str) and 1 <= len(self.pools) <= 50
        _check(
            "pools",
            is_list and all(LOWER_CASE_NAME.fullmatch(pool) for pool in self.pools),
            "must be 1 to 50 names of 1 to 50 lower-case letters, digits, - or _",
        )
        _check("capacity", 1 <= self.capacity <= MAX_CAPACITY, f"must be a whole number from 1 to {MAX_CAPACITY}")
        has_methods = not isinstance(self.methods, str) and 1 <= len(self.methods) <= MAX_METHODS
        _check(
            "methods",
            has_methods and all(LOWER_CASE_NAME.fullmatch(method) for method in self.methods),
            "must be 1 to 50 names of 1 to 50 lower-case letters, digits, - or _",
        )
        has_fitting_version = len(self.version) <= MAX_VERSION_LENGTH
        _check("version", has_fitting_version, f"has more than {MAX_VERSION_LENGTH} characters")
        interval = self.heartbeat_interval_ms
        _check("heartbeat_interval_ms", interval > 0, "must be more than 0")
        _check("lease_ms", self.lease_ms > interval, f"must be more than heartbeat_interval_ms, {interval}")
        for option, parse in (("scope", parse_scope), ("rabbitmq_url", BrokerUrls)):
            try:
                parse(getattr(self, option))
            except ValueError as error:
                raise ValueError(f"{option}: {error}") from error

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, **overrides: Any) -> "Options":
        """Reads the variables of the node contract: RABBITMQ_URL, NODE_ID, POOLS, CAPACITY, SCAN_SCOPE,
        HEARTBEAT_INTERVAL_MS, LEASE_MS, DRAIN_TIMEOUT_MS. One that is empty counts as absent. `overrides` win."""
        read: dict[str, Any] = {}
        for name, (variable, convert) in _VARIABLES.items():
            text = environment.get(variable, "").strip()
            if not text:
                continue
            try:
                read[name] = convert(text)
            except ValueError as error:
                raise ValueError(f"{variable} is not valid: {error}") from error
        return cls(**{**read, **overrides})


_VARIABLES = {
    "rabbitmq_url": ("RABBITMQ_URL", str),
    "node_id": ("NODE_ID", str),
    "pools": ("POOLS", lambda text: re.split(r"[\s,]+", text.strip(" ,"))),
    "capacity": ("CAPACITY", int),
    "scope": ("SCAN_SCOPE", str),
    "heartbeat_interval_ms": ("HEARTBEAT_INTERVAL_MS", int),
    "lease_ms": ("LEASE_MS", int),
    "drain_timeout_ms": ("DRAIN_TIMEOUT_MS", int),
}


def _check(option: str, is_good: bool, limit: str) -> None:
    if not is_good:
        raise ValueError(f"{option} {limit}")
