"""Lines that arrive in pieces and answers that leave while more arrive, in bounded memory."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from typing_extensions import override

MEDIA_TYPE = "application/x-ndjson"
# Common clients send a whole body before they read: so much of the answer waits for them.
MOST_WAITING = 16_000_000  # bytes
STALLED_S = 60.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Line:
    """A line by its number in the body, from 1; `content` is None where it was too long."""

    number: int
    content: bytes | None


class LineSplitter:
    """Cuts pieces of any size into the same lines; blank ones are counted and left out."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._number = 1
        self._begun = bytearray()
        self._is_too_long = False

    def feed(self, piece: bytes) -> list[Line]:
        """Return the lines that end in this piece."""
        *ended, rest = piece.split(b"\n")
        found = []
        for end in ended:
            self._append(end)
            found += self._cut()
        self._append(rest)
        return found

    def end(self) -> list[Line]:
        """Return the last line, where the body did not end in a line feed."""
        return self._cut()

    def _append(self, part: bytes) -> None:
        if self._is_too_long or len(self._begun) + len(part) > self._longest:
            self._is_too_long = True
            self._begun.clear()
        else:
            self._begun += part

    def _cut(self) -> list[Line]:
        content = None if self._is_too_long else bytes(self._begun)
        line = Line(self._number, content)
        self._number += 1
        self._is_too_long = False
        self._begun.clear()
        return [line] if content is None or content.strip() else []


class LinesResponse(StreamingResponse):
    """Sends lines as they are made, while the request's own body is still being read.

    The work runs ahead of a client that does not read, by `most_waiting` bytes; one that takes
    nothing for `stalled_s` seconds after that is let go.
    """

    def __init__(
        self,
        lines: AsyncGenerator[bytes, None],
        *,
        most_waiting: int = MOST_WAITING,
        stalled_s: float = STALLED_S,
    ) -> None:
        self._lines = lines
        self._ready: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._waiting = 0
        self._most_waiting = most_waiting
        self._stalled_s = stalled_s
        self._has_room = asyncio.Event()
        super().__init__(self._sent(), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send. What StreamingResponse does would read the body to see the client leave."""
        try:
            async with asyncio.TaskGroup() as tasks:
                work = tasks.create_task(self._work())
                await self.stream_response(send)
                work.cancel()
        except BaseExceptionGroup as failed:
            error = failed.exceptions[0]
            if not isinstance(error, ClientDisconnect | TimeoutError):
                raise error from failed  # whoever is outside knows errors, not groups of them
            log.warning("lines.client_gone", error=type(error).__name__)

    async def _work(self) -> None:
        async with aclosing(self._lines):
            async for line in self._lines:
                while self._waiting >= self._most_waiting:
                    self._has_room.clear()
                    async with asyncio.timeout(self._stalled_s):
                        await self._has_room.wait()
                self._waiting += len(line)
                self._ready.put_nowait(line)
        self._ready.put_nowait(None)

    async def _sent(self) -> AsyncGenerator[bytes, None]:
        while (line := await self._ready.get()) is not None:
            yield line
            self._waiting -= len(line)
            self._has_room.set()
