"""What the tests of the chain share: a tenant of its own, events, and a way round all rules."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import uuid_utils.compat
from sqlalchemy import text

from app.adapters.checkpoint_files import CheckpointFiles
from app.adapters.checkpoint_signer import Ed25519CheckpointSigner
from app.adapters.receipt_keys import KeyFolder
from app.db import audit
from app.db.engine import Sessions, Tx
from app.db.upgrade import to_asyncpg
from app.domain.audit import AuditEvent
from app.domain.audit_reading import Verification
from app.domain.checkpoints import SignedCheckpoint
from app.domain.ids import EventId, TenantId
from app.embedded import postgres
from app.use_cases.checkpoint_chain import checkpoint_chain
from app.use_cases.seal_events import Mark, Sealed, seal_events
from app.use_cases.verify_chain import verify_chain

CHAIN = text("select * from audit_chain order by seq")


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Trail:
    """One tenant's audit trail, one sealer of it, and its folder of checkpoints."""

    sessions: Sessions
    tenant: TenantId
    folder: Path
    mark: Mark | None = None

    @property
    def signer(self) -> Ed25519CheckpointSigner:
        return Ed25519CheckpointSigner(KeyFolder(self.folder / "keys"), now)

    @property
    def outside(self) -> CheckpointFiles:
        return CheckpointFiles(self.folder / "checkpoints")

    @property
    def file(self) -> Path:
        return self.outside.path(self.tenant)

    async def append(self, tx: Tx, action: str = "tried") -> EventId:
        event = AuditEvent(
            EventId(uuid_utils.compat.uuid7()),
            self.tenant,
            "test",
            action,
            uuid4(),
            now(),
            (("why", "a test"),),
        )
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
        sealed = await seal_events(self.tenant, self.mark, sessions=self.sessions, clock=now)
        self.mark = sealed.mark
        return sealed

    async def chain(self) -> list[Any]:
        async with self.sessions.begin(self.tenant) as tx:
            return list((await tx.session.execute(CHAIN)).all())

    async def seal_all(self, wanted: int) -> list[EventId]:
        """Seal until so many are: others on the server may hold transactions for a moment."""
        sealed = 0
        for _ in range(600):
            sealed = len(await self.chain())
            if sealed >= wanted:
                return [row.event_id for row in await self.chain()]
            await self.seal()
            await asyncio.sleep(0.01)
        message = f"of {wanted} events {sealed} were sealed"
        raise AssertionError(message)

    async def grow(self, count: int) -> None:
        """Write and seal events, and sign a checkpoint over them."""
        before = len(await self.chain())
        await self.write(count)
        await self.seal_all(before + count)
        assert isinstance(await self.checkpoint(), SignedCheckpoint)

    async def checkpoint(self) -> Any:
        return await checkpoint_chain(
            self.tenant,
            sessions=self.sessions,
            signer=self.signer,
            outside=self.outside,
            clock=now,
        )

    async def verify(self) -> Verification:
        return await verify_chain(
            self.tenant, sessions=self.sessions, signer=self.signer, outside=self.outside
        )

    async def defects(self) -> list[tuple[str, int, int]]:
        """What a verification finds: the defect, and the first and last link it names."""
        verified = await self.verify()
        assert verified.is_whole is (not verified.findings)
        assert all("\n" not in found.line for found in verified.findings)
        return [(found.defect, found.first, found.last) for found in verified.findings]


@pytest.fixture
def trail(sessions: Sessions, tmp_path: Path) -> Trail:
    return Trail(sessions, TenantId(uuid4()), tmp_path)


@pytest.fixture(scope="module")
async def superuser(server: dict[str, str], database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection past row-level security and past every trigger."""
    connection = await asyncpg.connect(to_asyncpg(postgres.url(server, "superuser", database)))
    await connection.execute("set session_replication_role = replica")
    yield connection
    await connection.close()
