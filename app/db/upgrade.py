"""Brings a database to the newest schema, with its partitions and the shared library."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

import migrations
from retrieval.seed_library import load_seed
from retrieval.tables import TABLES

MIGRATIONS = Path(migrations.__file__).parent
MONTHS_AHEAD = 18
Progress = Callable[[int, int], None]


async def upgrade(
    owner_url: str,
    *,
    now: datetime,
    new_id: Callable[[], UUID],
    grant_to: str | None = None,
    progress: Progress | None = None,
) -> None:
    """Migrate as the owner, make partitions ahead, load the seed library; safe to run twice.

    `grant_to` names the login that serves requests; it becomes a member of the application
    role. Two upgrades at once: the second waits for the first.
    """
    connection = await asyncpg.connect(to_asyncpg(owner_url))
    try:
        await connection.execute("select pg_advisory_lock(hashtext('rationale-upgrade'))")
        if await _revision(connection) != head():
            await asyncio.to_thread(run_alembic, owner_url, "head")
        await connection.execute(f"select create_monthly_partitions(current_date, {MONTHS_AHEAD})")
        if grant_to is not None:
            await connection.execute(f'grant rationale_app to "{grant_to}"')
        await _load_library(owner_url, now=now, new_id=new_id, progress=progress)
    finally:
        await connection.close()


async def _load_library(
    owner_url: str, *, now: datetime, new_id: Callable[[], UUID], progress: Progress | None
) -> None:
    engine = create_async_engine(owner_url)
    try:
        async with async_sessionmaker(engine).begin() as session:
            added = await load_seed(session, now=now, new_id=new_id, progress=progress)
        if added:
            async with engine.begin() as analyzing:
                await analyzing.execute(text("analyze " + ", ".join(TABLES)))
    finally:
        await engine.dispose()


def head() -> str:
    """Return the newest revision: the migrations are numbered files."""
    return max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def run_alembic(owner_url: str, target: str) -> None:
    """Step the schema up or down to a revision. Blocks, and needs a thread of its own."""
    from alembic import command  # noqa: PLC0415 -- slow to import, needed at upgrades alone
    from alembic.config import Config  # noqa: PLC0415 -- see above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    if target == "base":
        command.downgrade(config, target)
    else:
        command.upgrade(config, target)


def to_asyncpg(url: str) -> str:
    """Return a URL as asyncpg takes it."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


async def _revision(connection: asyncpg.Connection) -> str | None:
    exists = await connection.fetchval("select to_regclass('alembic_version')")
    if exists is None:
        return None
    found: str | None = await connection.fetchval("select version_num from alembic_version")
    return found
