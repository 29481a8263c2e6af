"""Backpressure: so many requests at once, a short queue before them, and a clear no behind it.

Requests that mostly wait (explanations being written, streams of events) are counted apart, so
that many of them leave the others their places, and the others leave them theirs.
"""

import asyncio
from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.busy import overloaded
from app.observability import metrics

HEALTH = frozenset({"/livez", "/readyz", "/metrics"})
WAIT_S = 1.0  # whoever would wait longer does better to come again
QUEUED_PER_PLACE = 2
FULL = "The service has as many requests as it can serve"


class Places:
    """As many places as may be taken at once, and a bounded queue of those who wait for one."""

    def __init__(self, name: str, most: int, *, wait_s: float = WAIT_S) -> None:
        self.name = name
        self._free = asyncio.Semaphore(most)
        self._wait_s = wait_s
        self._most_waiting = most * QUEUED_PER_PLACE
        self._waiting = 0

    async def take(self) -> bool:
        """Take a place; False where none came free in time or too many wait already."""
        if not self._free.locked():
            return await self._free.acquire()
        if self._waiting >= self._most_waiting:
            return False
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_s):
                return await self._free.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1

    def give_back(self) -> None:
        """Let the next one in."""
        self._free.release()


class Admission:
    """Lets a request in where there is a place for it, and answers 503 where there is none."""

    def __init__(
        self, app: ASGIApp, *, most: int, most_long: int, long_paths: Collection[str] = ()
    ) -> None:
        self._app = app
        self._long_paths = long_paths
        self._short = Places("request", most)
        self._long = Places("long", most_long)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the request in its place. Probes and metrics need none."""
        if scope["type"] != "http" or scope["path"] in HEALTH:
            await self._app(scope, receive, send)
            return
        is_long = scope["path"] in self._long_paths or waits_long(scope)
        places = self._long if is_long else self._short
        if not await places.take():
            metrics.REFUSED.labels(reason=f"full-{places.name}").inc()
            await overloaded(FULL)(scope, receive, send)
            return
        metrics.IN_FLIGHT.labels(kind=places.name).inc()
        try:
            await self._app(scope, receive, send)
        finally:
            metrics.IN_FLIGHT.labels(kind=places.name).dec()
            places.give_back()


def waits_long(scope: Scope) -> bool:
    """Whether answering takes waiting rather than work: an explanation, or a stream of events."""
    if scope["method"] != "POST":
        return False
    if scope["path"].endswith("/explanations"):
        return True
    return any(
        name == b"accept" and b"text/event-stream" in value.lower()
        for name, value in scope["headers"]
    )
