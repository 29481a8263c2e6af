"""The last resort: what no route and no handler foresaw is answered, and logged without content.

An exception's message may quote what an applicant sent, and so may the values in a traceback.
What is logged is its type and the lines it passed.
"""

import asyncio
import traceback
from http import HTTPStatus

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.lifecycle import Lifecycle
from app.api.problems import problem, unexpected

FRAMES = 12  # of the innermost lines

log = structlog.get_logger()


class Failures:
    """Answers 500 for an exception, and 503 for a request that a shutdown cut off."""

    def __init__(self, app: ASGIApp, lifecycle: Lifecycle) -> None:
        self._app = app
        self._lifecycle = lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; nothing is raised to the server but a cancellation."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def watched_send(message: Message) -> None:
            nonlocal has_started
            has_started = True
            if self._lifecycle.is_draining and message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except asyncio.CancelledError:
            if has_started or not self._lifecycle.is_draining:
                raise
            leaving = problem(
                "shutting-down",
                HTTPStatus.SERVICE_UNAVAILABLE,
                "This process is shutting down; send the request again.",
            )
            await leaving(scope, receive, send)
        except Exception as error:  # noqa: BLE001 -- the last resort
            log.error("request.failed", error=type(error).__name__, at=_lines(error))  # noqa: TRY400 -- see the module's docstring
            if not has_started:
                await unexpected()(scope, receive, send)


def _lines(error: Exception) -> list[str]:
    passed = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno}" for frame in passed[-FRAMES:]]
