"""A bound on the body of every request, kept while it streams in."""

import contextlib
from collections.abc import Mapping
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import problem


class _TooLarge(Exception):
    pass


class BodyLimit:
    """Refuses bodies over `max_bytes` with 413, declared or not; `by_path` has exceptions."""

    def __init__(
        self, app: ASGIApp, max_bytes: int, by_path: Mapping[str, int] | None = None
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._by_path = by_path or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on while its body keeps within the bound."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        max_bytes = self._by_path.get(scope["path"], self._max_bytes)
        seen = 0
        has_started = False

        async def bounded_receive() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > max_bytes:
                raise _TooLarge
            return message

        async def watched_send(message: Message) -> None:
            nonlocal has_started
            if seen > max_bytes and not has_started:
                return  # whatever the route made of the broken body, the refusal below stands
            has_started = True
            await send(message)

        refusal = problem(
            "body-too-large",
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The body is larger than {max_bytes} bytes.",
        )
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > max_bytes:
            await refusal(scope, receive, send)
            return
        with contextlib.suppress(_TooLarge):
            await self._app(scope, bounded_receive, watched_send)
        if seen > max_bytes and not has_started:
            await refusal(scope, receive, send)
