"""Alembic's entry: the migrations run as the owner, in one transaction each."""

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from app.db import (
    audit_tables,  # noqa: F401 -- its tables join the metadata
    identity_tables,  # noqa: F401 -- its tables join the metadata
    job_tables,  # noqa: F401 -- its tables join the metadata
    webhook_tables,  # noqa: F401 -- its tables join the metadata
)
from app.db.tables import metadata as app_metadata
from retrieval.tables import metadata as retrieval_metadata

TARGET = [app_metadata, retrieval_metadata]


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=TARGET, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def _run_online() -> None:
    url = context.config.get_main_option("sqlalchemy.url")
    if not url:
        message = "sqlalchemy.url is not set; run `rationale db upgrade`"
        raise RuntimeError(message)
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        await connection.run_sync(_run)
    await engine.dispose()


asyncio.run(_run_online())
