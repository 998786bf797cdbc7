import asyncio
import time
from collections.abc import Callable


class NodeLease:
    """How long the node may keep its claims: until `lease_ms` after it sent the last heartbeat that the broker
    confirmed. The server counts from the time at which it reads that heartbeat, which is later, so this node stops
    before another one starts. The state of the connection is not enough: a dead network is noticed late, and a broker
    with an alarm keeps the connection but takes no heartbeat."""

    def __init__(self, lease_ms: int, on_lapsed: Callable[[], None]):
        self._lease_s = lease_ms / 1_000
        self._on_lapsed = on_lapsed
        self._held_until = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    def is_held(self) -> bool:
        return time.monotonic() < self._held_until

    def renew(self, sent_at: float) -> None:
        """The broker has confirmed the heartbeat that was sent at `sent_at`, on the clock of `time.monotonic`."""
        held_until = sent_at + self._lease_s
        if held_until <= max(self._held_until, time.monotonic()):
            return
        self._held_until = held_until
        self.stop()
        self._timer = asyncio.get_running_loop().call_later(held_until - time.monotonic(), self._on_lapsed)

    def stop(self) -> None:
        if self._timer:
            self._timer.cancel()
