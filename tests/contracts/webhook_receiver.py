"""A receiver of webhooks on 127.0.0.1 that answers as it is told, and keeps what it was sent."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer, once `held` is set and after `seconds`.

    `closes` without an answer; `pours` out endless text.
    """

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    closes: bool = False
    pours: bool = False
    held: asyncio.Event | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came over the wire."""

    line: str
    headers: dict[str, str]
    body: bytes
    server_name: str | None

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]

    def verified_by(self, secret: str) -> Any:
        """Verify with the library that receivers use; it also checks the time. Returns the body."""
        return Webhook(secret).verify(self.body, self.headers)


class Receiver:
    """Answers with the next of `answers`, and with `usual` once they are used up."""

    def __init__(self, *answers: Answer, usual: Answer | None = None) -> None:
        self.answers = deque(answers)
        self.usual = usual or Answer()
        self.received: list[Received] = []
        self.port = 0
        self.server_name: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in"

    async def wait_for(self, count: int, seconds: float = 20) -> list[Received]:
        """Wait until so many requests have come."""
        await until(lambda: len(self.received) >= count, seconds)
        return self.received

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._serve(reader, writer)
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:])
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.received.append(Received(head[0], headers, body, self.server_name))
        answer = self.answers.popleft() if self.answers else self.usual
        if answer.held is not None:
            await answer.held.wait()
        await asyncio.sleep(answer.seconds)
        if answer.closes:
            return
        lines = [
            f"HTTP/1.1 {answer.status} Said",
            *(f"{k}: {v}" for k, v in answer.headers.items()),
        ]
        length = [] if answer.pours or answer.status == 204 else ["Content-Length: 0"]
        writer.write("\r\n".join([*lines, *length, "", ""]).encode())
        await writer.drain()
        while answer.pours:
            writer.write(b"x" * 65536)
            await writer.drain()


@asynccontextmanager
async def receiving(
    *answers: Answer,
    usual: Answer | None = None,
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
) -> AsyncIterator[Receiver]:
    """Serve on a free port of a loopback address until the end."""
    receiver = Receiver(*answers, usual=usual)
    if tls is not None:

        def note(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
            receiver.server_name = name

        tls.sni_callback = note
    server = await asyncio.start_server(receiver.serve, host, 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


async def until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is so, and fail where it does not become so."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 -- what is waited for happens elsewhere
            await asyncio.sleep(0.02)
