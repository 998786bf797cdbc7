_FIRST_WAIT_S = 0.1
_LONGEST_WAIT_S = 2
_LOG_AGAIN_S = 300
_STEADY_S = 10
"""How long a connection must last, so that the waits begin from the shortest again."""


class Outage:
    """How long to wait after a connection that was lost or never made, and what to log: the first failure, one each five
    minutes, and the end. Pure: times are in seconds, on a monotonic clock."""

    _failures = 0
    _logged_at = 0.0
    _is_logged = False

    def fail(self, now: float, lasted_s: float, chance: float) -> tuple[float, bool]:
        """A wait that doubles, and is anywhere below that by chance, so that a fleet does not come back at once; and
        whether to log the failure. `lasted_s` is for how long there was a connection, `chance` is in [0, 1)."""
        if lasted_s >= _STEADY_S:
            self._failures = 0
        is_to_log = self._failures == 0 or now - self._logged_at >= _LOG_AGAIN_S
        if is_to_log:
            self._logged_at, self._is_logged = now, True
        most = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(self._failures, 10))
        self._failures += 1
        return chance * most, is_to_log

    def note_connected(self) -> bool:
        """True if an outage that was logged is over."""
        is_to_log, self._is_logged = self._is_logged, False
        return is_to_log
