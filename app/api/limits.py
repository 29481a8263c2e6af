"""Bounds on the body of every request, kept while it is taken in whole, before it gets a place.

A body that comes slowly costs its sender's connection and no place among the requests served.
A body that is a stream is passed on as it comes, within the same bound on its size.
"""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.busy import overloaded
from app.api.problems import problem
from app.observability import metrics

BYTES_PER_S = 50_000  # what a sender must keep up with once the first seconds are over
MOST_HELD = 256_000_000  # bytes of all bodies in memory at once
STREAM_IDLE_S = 60.0  # how long the next piece of a stream may be waited for
# A client that still sends when its connection is reset never reads why: so much of what is too
# large is read and thrown away first.
DISCARDED = 64_000_000  # bytes
DISCARD_S = 3.0


class _Refused(Exception):
    def __init__(self, reason: str, answer: JSONResponse) -> None:
        super().__init__(reason)
        self.reason = reason
        self.answer = answer


class _Left(Exception):
    """The client has gone; nobody waits for an answer."""


@dataclass(slots=True)
class _Held:
    """How many bytes the bodies in memory take."""

    size: int = 0


class BodyLimit:
    """Takes the body in, and refuses one that is too large, too slow, or one too many.

    `max_bytes` bounds every body, declared or not (413); `by_path` has exceptions, and `streamed`
    the paths that read their body while they answer. The first
    `timeout_s` are free; then it must average BYTES_PER_S (408), as Apache's RequestReadTimeout.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_bytes: int,
        by_path: Mapping[str, int] | None = None,
        *,
        streamed: Collection[str] = (),
        timeout_s: float = 10.0,
        most_held: int = MOST_HELD,
        stream_idle_s: float = STREAM_IDLE_S,
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._by_path = by_path or {}
        self._streamed = streamed
        self._stream_idle_s = stream_idle_s
        self._timeout_s = timeout_s
        self._most_held = most_held
        self._held = _Held()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body, which the bounds were kept for."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = bytearray()
        try:
            if scope["path"] in self._streamed:
                await self._pass_on(scope, receive, send)
                return
            await self._read(scope, receive, body)
            await self._app(scope, _replay(bytes(body), receive), send)
        except _Refused as refused:
            metrics.REFUSED.labels(reason=refused.reason).inc()
            if refused.reason == "body-too-large":
                await _discard(scope, receive)
            refused.answer.headers["Connection"] = "close"  # the rest of the body is not read
            await refused.answer(scope, receive, send)
        except _Left:
            return
        finally:
            self._held.size -= len(body)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a stream on piece by piece; where it breaks a bound mid-answer, answering ends."""
        max_bytes = self._by_path.get(scope["path"], self._max_bytes)
        size = 0
        has_begun = False

        async def bounded() -> Message:
            nonlocal size
            try:
                async with asyncio.timeout(self._stream_idle_s):
                    message = await receive()
            except TimeoutError:
                raise _too_slow() from None
            size += len(message.get("body", b""))
            if size > max_bytes:
                raise _too_large(max_bytes)
            return message

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, bounded, watched)
        except _Refused as refused:
            if not has_begun:
                raise
            metrics.REFUSED.labels(reason=refused.reason).inc()

    async def _read(self, scope: Scope, receive: Receive, body: bytearray) -> None:
        max_bytes = self._by_path.get(scope["path"], self._max_bytes)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > max_bytes:
            raise _too_large(max_bytes)
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout_at(began + self._timeout_s) as timeout:
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _Left
                    chunk = message.get("body", b"")
                    body += chunk
                    self._held.size += len(chunk)
                    if len(body) > max_bytes:
                        raise _too_large(max_bytes)
                    if self._held.size > self._most_held:
                        raise _too_many()
                    if not message.get("more_body", False):
                        return
                    timeout.reschedule(began + self._timeout_s + len(body) / BYTES_PER_S)
        except TimeoutError:
            raise _too_slow() from None


async def _discard(scope: Scope, receive: Receive) -> None:
    """Read what is still being sent, within bounds; a client that asks first has sent nothing."""
    if any(name == b"expect" for name, _ in scope["headers"]):
        return
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_S):
            while size < DISCARDED:
                message = await receive()
                size += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hand the body out once; afterwards say what the connection says."""
    is_given = False

    async def replay() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _too_large(max_bytes: int) -> _Refused:
    return _Refused(
        "body-too-large",
        problem(
            "body-too-large",
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The body is larger than {max_bytes} bytes.",
        ),
    )


def _too_slow() -> _Refused:
    return _Refused(
        "body-too-slow",
        problem("body-too-slow", HTTPStatus.REQUEST_TIMEOUT, "The body did not arrive in time."),
    )


def _too_many() -> _Refused:
    return _Refused("full-bodies", overloaded("The service is taking in as much as it can hold"))
