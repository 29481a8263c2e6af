"""Whose turn it is to do something periodic for a tenant, among several workers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert

from app.db.engine import Sessions
from app.db.job_tables import schedule_runs
from app.domain.ids import TenantId


@asynccontextmanager
async def hold(sessions: Sessions, name: str, tenant_id: TenantId) -> AsyncIterator[bool]:
    """Yield whether the turn is ours; it ends with the block, or with the connection."""
    async with sessions.engine.connect() as connection:
        is_ours = await connection.scalar(
            text("select pg_try_advisory_xact_lock(hashtextextended(:key, 0))"),
            {"key": f"turn:{name}:{tenant_id}"},
        )
        yield bool(is_ours)


async def claim(sessions: Sessions, name: str, tenant_id: TenantId, *, every_s: float) -> bool:
    """Take this period's run for us, once; a run that fails is not tried again within it."""
    async with sessions.begin(tenant_id) as tx:
        claimed = await tx.session.execute(
            insert(schedule_runs)
            .values(tenant_id=tenant_id, name=name, ran_at=func.now())
            .on_conflict_do_update(
                constraint="pk_schedule_runs",
                set_={"ran_at": func.now()},
                where=schedule_runs.c.ran_at
                <= func.now() - func.make_interval(0, 0, 0, 0, 0, 0, every_s),
            )
            .returning(schedule_runs.c.name)
        )
        return claimed.one_or_none() is not None
