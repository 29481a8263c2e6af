"""Reads a database as its superuser does: past every policy, whatever the product would show."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import asyncpg

from app.db.upgrade import to_asyncpg

T = TypeVar("T")


def fetch(url: str, statement: str, *values: Any) -> list[Any]:
    """Run one statement on a connection of its own; raises OSError or asyncpg.PostgresError."""

    async def run() -> list[Any]:
        connection = await asyncpg.connect(to_asyncpg(url), timeout=10)
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()

    return run_apart(run())


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run in a thread: the test may have a loop of its own."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, work).result()


def number(url: str, statement: str, *values: Any) -> int:
    """Return the one number that a statement answers with."""
    return int(fetch(url, statement, *values)[0][0])
