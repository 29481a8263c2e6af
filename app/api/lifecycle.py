"""Where a process stands between its start and its end, and whether its database answers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg

PROBE_EVERY_S = 1.0
PROBE_TIMEOUT_S = 2.0


@dataclass(slots=True)
class Lifecycle:
    """Once `is_draining`, the process answers what it has begun and is about to leave."""

    is_draining: bool = False


class DatabaseProbe:
    """Asks the database at most once in PROBE_EVERY_S, however many want to know.

    Over a connection of its own: that all others are in use is no reason to take a process out.
    """

    def __init__(self) -> None:
        self._asked_at = float("-inf")
        self._answered = False
        self._asking = asyncio.Lock()

    async def answers(self, connect: Callable[[], Awaitable[Any]]) -> bool:
        """Whether the database answered when last asked."""
        async with self._asking:
            now = asyncio.get_running_loop().time()
            if now - self._asked_at > PROBE_EVERY_S:
                self._answered = await _answers(connect)
                self._asked_at = now
        return self._answered


async def _answers(connect: Callable[[], Awaitable[Any]]) -> bool:
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            connection = await connect()
            try:
                await connection.execute("select 1")
            finally:
                await connection.close()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    return True
