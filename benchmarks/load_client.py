"""An HTTP/1.1 client that costs little: what measures a service must not be what holds it up.

It keeps connections open and speaks only what the service answers with: a status, and a body of
a declared length.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class TransportError(Exception):
    """No answer came: the connection was refused, cut or silent."""


@dataclass(slots=True)
class LoadClient:
    """Sends each request over an idle connection, or a new one."""

    address: str
    token: str = ""
    timeout_s: float = 30.0
    _idle: list[Connection] = field(default_factory=list)

    async def ask(self, method: str, target: str, body: object = None) -> tuple[int, Any]:
        """Return status and body. Raises TransportError.

        A connection that the server has closed while it was idle is no error: another is opened.
        """
        content = b"" if body is None else json.dumps(body).encode()
        sent = (
            f"{method} {target} HTTP/1.1\r\nHost: load\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        ).encode() + content
        try:
            async with asyncio.timeout(self.timeout_s):
                while self._idle:
                    connection = self._idle.pop()
                    try:
                        return await self._exchange(connection, sent)
                    except (asyncio.IncompleteReadError, ConnectionError) as error:
                        connection[1].close()
                        if getattr(error, "partial", b""):
                            raise
                parts = urlsplit(self.address)
                return await self._exchange(
                    await asyncio.open_connection(parts.hostname, parts.port), sent
                )
        except (OSError, EOFError) as error:
            raise TransportError(type(error).__name__) from error

    async def _exchange(self, connection: Connection, sent: bytes) -> tuple[int, Any]:
        reader, writer = connection
        writer.write(sent)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        lines = head.split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if line)
        content = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection") == "close":
            writer.close()
        else:
            self._idle.append(connection)
        is_json = content and "json" in headers.get("content-type", "")
        return int(lines[0].split()[1]), json.loads(content) if is_json else None

    def close(self) -> None:
        """Let go of the connections."""
        for _, writer in self._idle:
            writer.close()
