"""Headers that tell browsers to do nothing with an answer but what was asked for.

They follow the OWASP secure headers project for an API. Pages set a policy of their own.
"""

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "accelerometer=(), camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
}
STRICT_TRANSPORT = "max-age=63072000; includeSubDomains"  # two years


def of_refused_connections() -> Sequence[tuple[str, str]]:
    """Return the headers of answers given before there is a request to speak of."""
    return (
        *ALWAYS.items(),
        ("Content-Security-Policy", POLICY),
        ("Cache-Control", "no-store"),
    )


class SecurityHeaders:
    """Adds the headers to every answer; nothing is cached unless a route says that it may be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add to what is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def adding_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    headers[name] = value
                headers.setdefault("Content-Security-Policy", POLICY)
                headers.setdefault("Cache-Control", "no-store")
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = STRICT_TRANSPORT
            await send(message)

        await self._app(scope, receive, adding_send)
