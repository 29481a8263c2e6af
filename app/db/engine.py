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

from app.db.outages import outage_of
from app.domain.ids import TenantId
from app.domain.privacy import Vault

APPLICATION_ROLE = "rationale_app"
CONNECT_TIMEOUT_S = 5.0
LOCK_TIMEOUT_S = 10.0  # below a statement's: a lock not had is told apart from a slow statement
IDLE_IN_TRANSACTION_TIMEOUT_S = 60.0  # nothing is awaited inside a transaction but the database
GRACE_S = 5.0  # for a server that stopped answering, and so cannot end the statement itself


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
        """Open a transaction for a tenant; commit at the end, undo all on an exception.

        Raises DatabaseUnavailable where the database did not serve, whatever it said.
        """
        async with self._begin(tenant_id, {}) as tx:
            yield tx

    @asynccontextmanager
    async def begin_snapshot(self, tenant_id: TenantId) -> AsyncIterator[Tx]:
        """Open one that only reads, and sees the same instant throughout. Raises as `begin`."""
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        async with self._begin(tenant_id, options) as tx:
            yield tx

    @asynccontextmanager
    async def _begin(self, tenant_id: TenantId, options: dict[str, Any]) -> AsyncIterator[Tx]:
        is_connecting = True
        try:
            async with self._make.begin() as session:
                _ = await session.connection(execution_options=options)
                await session.execute(
                    text("select set_config('app.tenant', :tenant, true)"),
                    {"tenant": str(tenant_id)},
                )
                is_connecting = False
                yield Tx(session, tenant_id, self._vault)
        except Exception as error:
            outage = outage_of(error, is_connecting=is_connecting)
            if outage is None:
                raise
            raise outage from error

    @asynccontextmanager
    async def begin_session(self, tenant_id: TenantId) -> AsyncIterator[AsyncSession]:
        """Open the same transaction for `retrieval`, which knows sessions alone."""
        async with self.begin(tenant_id) as tx:
            yield tx.session


def connect(
    database_url: str,
    *,
    pool_size: int = 10,
    pool_timeout_s: float = 2.0,
    statement_timeout_s: float = 30.0,
) -> AsyncEngine:
    """Make the engine. Connections take the application role, which cannot pass the policies.

    Whoever finds no connection free within `pool_timeout_s` is told that the database is busy.
    """
    return create_async_engine(
        database_url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=pool_timeout_s,
        pool_pre_ping=True,
        hide_parameters=True,  # an exception's text would hold what an applicant sent
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            "command_timeout": statement_timeout_s + GRACE_S,
            "server_settings": {
                "role": APPLICATION_ROLE,
                "application_name": "rationale",
                "statement_timeout": _milliseconds(statement_timeout_s),
                "lock_timeout": _milliseconds(min(LOCK_TIMEOUT_S, statement_timeout_s)),
                "idle_in_transaction_session_timeout": _milliseconds(IDLE_IN_TRANSACTION_TIMEOUT_S),
                "timezone": "UTC",
            },
        },
    )


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
