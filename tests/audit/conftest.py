"""What the tests of the chain share: a tenant of its own, events, and a way round all rules."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest
import uuid_utils.compat

from app.db import audit
from app.db.engine import Sessions, Tx
from app.db.upgrade import to_asyncpg
from app.domain.audit import AuditEvent
from app.domain.ids import EventId, TenantId
from app.embedded import postgres
from app.use_cases.seal_events import Mark, Sealed, seal_events


@dataclass(slots=True)
class Trail:
    """One tenant's audit trail and one sealer of it."""

    sessions: Sessions
    tenant: TenantId
    mark: Mark | None = None

    def event(self, action: str = "tried") -> AuditEvent:
        return AuditEvent(
            EventId(uuid_utils.compat.uuid7()),
            self.tenant,
            "test",
            action,
            uuid4(),
            datetime.now(UTC),
            (("why", "a test"),),
        )

    async def append(self, tx: Tx, action: str = "tried") -> EventId:
        event = self.event(action)
        await audit.append(tx, event)
        return event.id

    async def write(self, count: int = 1) -> list[EventId]:
        """Commit events, each in a transaction of its own."""
        written = []
        for _ in range(count):
            async with self.sessions.begin(self.tenant) as tx:
                written.append(await self.append(tx))
        return written

    async def seal(self) -> Sealed:
        sealed = await seal_events(
            self.tenant, self.mark, sessions=self.sessions, clock=lambda: datetime.now(UTC)
        )
        self.mark = sealed.mark
        return sealed


@pytest.fixture
def trail(sessions: Sessions) -> Trail:
    return Trail(sessions, TenantId(uuid4()))


@pytest.fixture(scope="module")
async def superuser(server: dict[str, str], database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection past row-level security and past every trigger."""
    connection = await asyncpg.connect(to_asyncpg(postgres.url(server, "superuser", database)))
    await connection.execute("set session_replication_role = replica")
    yield connection
    await connection.close()
