"""A service of its own with limits as a test wants them: real HTTP, the shared database."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from app.domain.access import Role
from app.embedded.serving import listen, serving
from app.embedded.start import DEMO_TENANT, Started, start
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Limited:
    started: Started
    port: int
    http: httpx.AsyncClient

    def token(self, role: Role = Role.SERVICE, tenant: Any = DEMO_TENANT) -> dict[str, str]:
        assert self.started.issuer is not None
        token = self.started.issuer.issue(role, tenant, now=datetime.now(UTC))
        return {"Authorization": f"Bearer {token}"}

    async def raw(self, sent: bytes, *, within_s: float = 20) -> tuple[int, dict[str, str], Any]:
        """Send bytes as they are and read the one answer until the connection ends."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        async with asyncio.timeout(within_s):
            answer = await reader.read()
        writer.close()
        return parsed(answer)


def parsed(answer: bytes) -> tuple[int, dict[str, str], Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    return int(status.split()[1]), headers, json.loads(body)


@asynccontextmanager
async def limited(
    state: Path, *, with_worker: bool = False, **limits: Any
) -> AsyncIterator[Limited]:
    settings = Settings(home=state, llm_disabled=True, **limits)
    started = await start(settings)
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    try:
        async with (
            serving(started, settings, listening, with_worker=with_worker),
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http,
        ):
            yield Limited(started, port, http)
    finally:
        await started.close()


def is_problem(answer: httpx.Response, status: int, code: str) -> bool:
    return (
        answer.status_code == status
        and answer.headers["content-type"] == "application/problem+json"
        and answer.json()["type"] == f"/errors/{code}"
    )
