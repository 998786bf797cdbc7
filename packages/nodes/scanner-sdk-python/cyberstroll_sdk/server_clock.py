"""The server's clock, and whether the node knows what may begin. Pure."""

_KNOWN_FOR_MS = 2_000
_WINDOW_MS = 30_000


class ServerClock:
    """Each `repeated` has the time of the server. It can only arrive late, so the largest difference to the node's
    clock is the best one. Only the last 30 to 60 s count: so the node follows a server clock that was set back. `now`
    is in seconds on a monotonic clock, since the wall clock of a node may be wrong, and may jump. Times of the server
    are in milliseconds since 1970."""

    def __init__(self) -> None:
        self._listening_since_ms = float("inf")
        self._is_complete = False
        """Since the node listens, all that holds was repeated."""
        self._said_at = float("-inf")
        """`server_time` of the last `repeated`."""
        self._jobs_since = float("-inf")
        """`jobs_since` of the last `repeated`."""
        self._window_since_ms = float("-inf")
        self._ahead_ms = self._ahead_before_ms = float("-inf")
        """The largest difference in this window, and in the one before."""

    def note_listening(self, is_listening: bool, now: float) -> None:
        """Control messages begin to arrive, or stop arriving."""
        self._listening_since_ms = now * 1_000 if is_listening else float("inf")
        self._is_complete = False

    def note_repeated(
        self, within_ms: float, server_time: float, now: float, jobs_since: float = float("-inf")
    ) -> None:
        now_ms = now * 1_000
        if now_ms - self._window_since_ms >= _WINDOW_MS:
            self._window_since_ms = now_ms
            self._ahead_ms, self._ahead_before_ms = float("-inf"), self._ahead_ms
        self._ahead_ms = max(self._ahead_ms, server_time - now_ms)
        # A leader of before has spoken, which had been stalled: it may have lifted what a later one has said.
        if server_time < self._said_at:
            self.note_listening(self._listening_since_ms <= now_ms, now)
        self._said_at, self._jobs_since = server_time, jobs_since
        # By its own time: a late message may be of the time before the node listened.
        late_ms = self._to_server_time(now) - server_time
        if now_ms - late_ms - within_ms >= self._listening_since_ms:
            self._is_complete = True

    def knows_rules(self, now: float) -> bool:
        """Whether the node knows everything that must not begin now. If not, nothing may begin."""
        return self._is_complete and self._to_server_time(now) < self._said_at + _KNOWN_FOR_MS

    def has_come(self, server_time: float, now: float) -> bool:
        """Whether this time has come for the server."""
        return self._to_server_time(now) >= server_time

    def is_over(self, not_after: float, rules_time: float, now: float) -> bool:
        """Whether nothing of a job may begin any more."""
        return self.has_come(not_after, now) or rules_time < self._jobs_since

    def _to_server_time(self, now: float) -> float:
        return now * 1_000 + max(self._ahead_ms, self._ahead_before_ms)
