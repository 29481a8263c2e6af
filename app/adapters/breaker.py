"""A circuit breaker that a cancelled call neither trips nor resets (ADR 13)."""

import time
from collections.abc import Callable


class Breaker:
    """Leaves an endpoint alone after `threshold` failures in a row, for `open_s` seconds.

    Then one call at a time may try; the others are still kept away. If that call fails the
    pause begins anew, if it succeeds the breaker closes, and if it is cancelled the next may try.
    """

    def __init__(
        self, threshold: int, open_s: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._threshold = threshold
        self._open_s = open_s
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0
        self._is_trying = False

    def may_call(self) -> bool:
        """Whether a call may be made now; one that may reports how it ended."""
        if self._failures < self._threshold and self._clock() >= self._open_until:
            return True
        if self._clock() < self._open_until or self._is_trying:
            return False
        self._is_trying = True
        return True

    def succeeded(self) -> None:
        """Close: the endpoint answers."""
        self._failures, self._open_until, self._is_trying = 0, 0.0, False

    def failed(self, *, leave_alone_s: float = 0.0) -> None:
        """Count a failure; the endpoint itself may say how long it wants to be left alone."""
        self._failures += 1
        self._is_trying = False
        pause = self._open_s if self._failures >= self._threshold else 0.0
        if max(pause, leave_alone_s):
            self._open_until = self._clock() + max(pause, leave_alone_s)

    def abandoned(self) -> None:
        """Nothing was learnt: the call was cancelled before it ended."""
        self._is_trying = False
