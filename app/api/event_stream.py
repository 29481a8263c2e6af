"""Server-sent events: what happens is sent as it happens, and a reader who leaves ends the work."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TypeVar

import orjson
import structlog
from starlette.responses import StreamingResponse
from starlette.types import Send
from typing_extensions import override

from app.api.busy import outage
from app.api.problems import STATUS, problem, unexpected
from app.db.outages import DatabaseUnavailable
from app.domain.errors import DomainError

T = TypeVar("T")
MEDIA_TYPE = "text/event-stream"
HEARTBEAT_S = 10.0  # proxies commonly close what was silent for a minute, some after 30 s
HEARTBEAT = b": still writing\n\n"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

log = structlog.get_logger()


def wants_events(accept: str | None) -> bool:
    """Whether a client asks for a stream of events."""
    return accept is not None and MEDIA_TYPE in accept.lower()


def encode(event: str, data: object, event_id: str) -> bytes:
    """Write one event. JSON holds no line ends, so that one `data` line is enough."""
    return b"event: %b\nid: %b\ndata: %b\n\n" % (
        event.encode(),
        event_id.encode(),
        orjson.dumps(data),
    )


class EventStream(StreamingResponse):
    """Streams events and heartbeats; the work is cancelled when the client has gone."""

    def __init__(self, events: AsyncGenerator[T, None], encoded: Callable[[T], bytes]) -> None:
        self._chunks = _chunks(events, encoded, HEARTBEAT_S)
        super().__init__(self._chunks, media_type=MEDIA_TYPE, headers=HEADERS)

    @override
    async def stream_response(self, send: Send) -> None:
        async with aclosing(self._chunks):  # also where the client left while we were sending
            await super().stream_response(send)


async def _chunks(
    events: AsyncGenerator[T, None], encoded: Callable[[T], bytes], heartbeat_s: float
) -> AsyncGenerator[bytes, None]:
    """Work in a task of its own, so that a heartbeat never waits for it."""
    ready: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=1)

    async def work() -> None:
        try:
            async with aclosing(events):
                async for event in events:
                    await ready.put(encoded(event))
        except DomainError as error:
            refusal = problem(error.code, STATUS[type(error)], str(error))
            await ready.put(_failure(bytes(refusal.body)))
        except DatabaseUnavailable as error:
            await ready.put(_failure(bytes(outage(error).body)))
        except Exception as error:  # noqa: BLE001 -- the reader is told, whatever it was
            log.error("stream.failed", error=type(error).__name__)  # noqa: TRY400 -- a message may hold an applicant's data
            await ready.put(_failure(bytes(unexpected().body)))
        await ready.put(None)

    task = asyncio.create_task(work())
    try:
        yield HEARTBEAT  # the status and headers go out before the first statement is proved
        while (chunk := await _next(ready.get, heartbeat_s)) is not None:
            yield chunk
    finally:
        task.cancel()  # not awaited: the client has gone, and with it the scope of this request


async def _next(get: Callable[[], Awaitable[bytes | None]], heartbeat_s: float) -> bytes | None:
    try:
        async with asyncio.timeout(heartbeat_s):
            return await get()
    except TimeoutError:
        return HEARTBEAT


def _failure(body: bytes) -> bytes:
    return b"event: error\nid: error\ndata: " + body + b"\n\n"
