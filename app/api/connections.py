"""HTTP/1.1 connections with bounds on what comes before there is a request.

The server's own parser takes a request line and headers of any size, for any time. Here a head has
a size and a deadline, a process has so many connections, and whoever does not read its answer
loses the connection. What is refused here is answered as a problem too.
"""

import asyncio
from http import HTTPStatus
from typing import Any, ClassVar

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.api.busy import soon_s
from app.api.problems import MEDIA_TYPE, problem
from app.api.security_headers import of_refused_connections
from app.observability import metrics

MAX_TARGET = 8_000  # bytes of path and query: RFC 9112 asks servers to take at least 8,000
MAX_HEAD = 32_000  # bytes of all headers
MAX_HEADERS = 100
HEAD_TIMEOUT_S = 10.0  # from the connection, or the first byte of the next request on it
STALL_S = 30.0  # for a client to read what waits for it
LINGER_S = 5.0  # for a client to notice that its body is not wanted any more

Refusal = tuple[str, HTTPStatus, str]
BAD_REQUEST: Refusal = (
    "bad-request",
    HTTPStatus.BAD_REQUEST,
    "The request is not well-formed HTTP/1.1.",
)
TARGET_TOO_LONG: Refusal = (
    "target-too-long",
    HTTPStatus.REQUEST_URI_TOO_LONG,
    f"The request's target is longer than {MAX_TARGET} bytes.",
)
HEAD_TOO_LARGE: Refusal = (
    "headers-too-large",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    f"There may be {MAX_HEADERS} headers of {MAX_HEAD} bytes in all.",
)
HEAD_TOO_SLOW: Refusal = (
    "request-too-slow",
    HTTPStatus.REQUEST_TIMEOUT,
    "The request's headers did not arrive in time.",
)
TOO_MANY_CONNECTIONS: Refusal = (
    "overloaded",
    HTTPStatus.SERVICE_UNAVAILABLE,
    "The service has as many connections as it can hold; nothing was done.",
)


class _RefusedHead(Exception):
    """Ends the parsing; the parser passes it on as an error of its own."""


class BoundedHttp(HttpToolsProtocol):
    """One connection. Pipelined requests are answered one after another."""

    most_connections: ClassVar[int] = 400
    head_timeout_s: ClassVar[float] = HEAD_TIMEOUT_S
    stall_s: ClassVar[float] = STALL_S

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- the server's own signature
        super().__init__(*args, **kwargs)
        self._refusal = BAD_REQUEST
        self._is_refused = False
        self._is_in_head = True
        self._messages = 0
        self._head_size = 0
        self._head_deadline: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as the parent does
        super().connection_made(transport)
        if len(self.connections) > 2 * self.most_connections:
            self._abort()  # so many that not even a refusal can be afforded
        elif len(self.connections) > self.most_connections:
            self._refuse(TOO_MANY_CONNECTIONS)
        else:
            self._await_head()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._head_deadline, self._stalled):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        if self._is_in_head and self._head_deadline is None:
            self._await_head()
        before = self._messages if self._is_in_head else None
        super().data_received(data)
        if before == self._messages and self._is_in_head and not self._is_refused:
            self._head_size += len(data)  # the parser shows no header before its last byte
            if self._head_size > MAX_TARGET + MAX_HEAD:
                self._refuse(HEAD_TOO_LARGE)

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head = True

    @override
    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > MAX_TARGET:
            self._end_parsing(TARGET_TOO_LONG)

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_in_head:
            return  # a trailer: what comes after the body is no header of the request
        super().on_header(name, value)
        size = sum(len(name) + len(value) for name, value in self.headers)
        if len(self.headers) > MAX_HEADERS or size > MAX_HEAD:
            self._end_parsing(HEAD_TOO_LARGE)

    @override
    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._messages += 1
        self._head_size = 0
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_in_head = True

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._is_in_head:  # the client still sends a body that was answered already
            self.loop.call_later(LINGER_S, self._abort)

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(self.stall_s, self._abort)

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    @override
    def send_400_response(self, msg: str) -> None:
        self._refuse(self._refusal)

    def _await_head(self) -> None:
        self._head_deadline = self.loop.call_later(self.head_timeout_s, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_deadline = None
        if self.cycle is None or self.cycle.response_complete:
            self._refuse(HEAD_TOO_SLOW)
        else:
            self.cycle.keep_alive = False  # the answer that is being given ends the connection

    def _end_parsing(self, refusal: Refusal) -> None:
        self._refusal = refusal
        raise _RefusedHead

    def _abort(self) -> None:
        self.transport.abort()

    def _refuse(self, refusal: Refusal) -> None:
        """Answer, and take no more.

        What the client still sends is let pass for a while: closing at once would reset the
        connection, and the answer would be lost with it.
        """
        if self._is_refused or self.transport.is_closing():
            return
        self._is_refused = True
        code, status, detail = refusal
        metrics.REFUSED.labels(reason=f"connection-{code}").inc()
        body = bytes(problem(code, status, detail).body)
        headers = [
            ("Content-Type", MEDIA_TYPE),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
            *of_refused_connections(),
        ]
        if status is HTTPStatus.SERVICE_UNAVAILABLE:
            headers.append(("Retry-After", str(soon_s())))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        self.transport.write(STATUS_LINE[status] + lines.encode("ascii") + b"\r\n" + body)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_S, self._abort)


def bounded(most_connections: int) -> type[BoundedHttp]:
    """Return the protocol for a process that holds so many connections at once."""
    return type("BoundedHttp", (BoundedHttp,), {"most_connections": most_connections})
