"""What tests of workers look at, and the made-up work they enqueue."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import text

from app.db import jobs
from app.db.engine import Sessions
from app.domain.ids import TenantId
from app.domain.jobs import JobKind


@dataclass(frozen=True, slots=True)
class MadeUp:
    """Work of no use case: what it does is the test's own."""

    tenant_id: TenantId
    name: str
    kills: bool = False
    kind: JobKind = "publish-document"

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.name}"

    def to_payload(self) -> bytes:
        return orjson.dumps({"name_id": self.name, "kills": self.kills})


async def enqueue(sessions: Sessions, *work: MadeUp) -> None:
    async with sessions.begin(work[0].tenant_id) as tx:
        await jobs.enqueue(tx, *work, trace={})


async def rows(sessions: Sessions, tenant: TenantId, statement: str, **named: Any) -> list[Any]:
    async with sessions.begin(tenant) as tx:
        return list((await tx.session.execute(text(statement), named)).all())


async def execute(sessions: Sessions, tenant: TenantId, statement: str, **named: Any) -> None:
    async with sessions.begin(tenant) as tx:
        await tx.session.execute(text(statement), named)


async def until(holds: Callable[[], Awaitable[bool]], *, within_s: float = 30) -> None:
    deadline = time.monotonic() + within_s
    while not await holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)
