"""Transactions: one tenant each, its personal data opened through the vault."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app.domain.ids import TenantId
from app.domain.privacy import Vault

APPLICATION_ROLE = "rationale_app"
STATEMENT_TIMEOUT_MS = 30_000


@dataclass(frozen=True, slots=True)
class Tx:
    """An open transaction that sees one tenant's rows and no other's."""

    session: AsyncSession
    tenant_id: TenantId
    vault: Vault

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undo what the block did, and that alone, where it raises."""
        async with self.session.begin_nested():
            yield

    async def driver_connection(self) -> Any:  # noqa: ANN401 -- asyncpg ships no types
        """The asyncpg connection inside this transaction, for the queue library.

        SQLAlchemy sends BEGIN with the first statement; `Sessions.begin` has sent one, and
        the assertion holds that whatever the queue writes is rolled back with the rest.
        """
        connection = await self.session.connection()
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None  # noqa: S101 -- an invariant of the pool, not a check of input
        assert raw.is_in_transaction()  # noqa: S101 -- see above
        return raw


class Sessions:
    """Opens transactions as the application role, under row-level security."""

    def __init__(self, engine: AsyncEngine, vault: Vault) -> None:
        self.engine = engine
        self._make = async_sessionmaker(engine, expire_on_commit=False)
        self._vault = vault

    @asynccontextmanager
    async def begin(self, tenant_id: TenantId) -> AsyncIterator[Tx]:
        """Open a transaction for a tenant; commit at the end, undo all on an exception."""
        async with self._make.begin() as session:
            await session.execute(
                text("select set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant_id)}
            )
            yield Tx(session, tenant_id, self._vault)

    @asynccontextmanager
    async def begin_session(self, tenant_id: TenantId) -> AsyncIterator[AsyncSession]:
        """Open the same transaction for `retrieval`, which knows sessions alone."""
        async with self.begin(tenant_id) as tx:
            yield tx.session


def connect(database_url: str, *, pool_size: int = 10) -> AsyncEngine:
    """Make the engine. Connections take the application role, which cannot pass the policies."""
    return create_async_engine(
        database_url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={
            "server_settings": {
                "role": APPLICATION_ROLE,
                "application_name": "rationale",
                "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                "timezone": "UTC",
            }
        },
    )
