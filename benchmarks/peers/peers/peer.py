"""What a library under test has to do, and the settings that all of them share."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from peers.data import Text

TABLE = "passages"
LANGUAGE = "english"
HNSW_M = 16
HNSW_EF_CONSTRUCTION = 64
HNSW_EF_SEARCH = 80
ANSWERS = 10
BATCH = 200

Search = Callable[[Text], Awaitable[list[str]]]
Progress = Callable[[int], None]


class Peer(Protocol):
    """A library, in the best configuration that its documentation gives."""

    distribution: str  # the package whose version is reported
    candidates: int  # how many each half of a search gives to be fused, unless told otherwise

    async def load(self, dsn: str, passages: Sequence[Text], progress: Progress) -> None:
        """Fill a database with the passages and index them, in place of what was loaded before."""

    async def open(
        self, dsn: str, queries: Sequence[Text], *, candidates: int, connections: int
    ) -> Search:
        """Return the search: a query's best passages, by id, best first."""

    async def close(self) -> None:
        """Give back what `open` took."""


def batches(passages: Sequence[Text]) -> list[Sequence[Text]]:
    """Cut the passages into loads after which progress is told."""
    return [passages[at : at + BATCH] for at in range(0, len(passages), BATCH)]


async def off_the_loop(search: Callable[[Text], list[str]], query: Text, workers: int) -> list[str]:
    """Search by a blocking call: in a thread where others wait for the loop, else at once.

    Handing a call to a thread costs time, which a lone worker must not be charged with.
    """
    return search(query) if workers == 1 else await asyncio.to_thread(search, query)


def ef_search(candidates: int) -> int:
    """Return how widely the graph is searched: never less than what it shall return."""
    return max(HNSW_EF_SEARCH, candidates)


def with_driver(dsn: str, driver: str | None) -> str:
    """Return the address of a database for SQLAlchemy's driver, or for libpq where none is named.

    >>> with_driver("postgresql+asyncpg://me:a%40b@/one?host=/run/a%20home", None)
    'postgresql://me:a%40b@/one?host=/run/a%20home'
    """
    _, _, place = dsn.partition("://")
    return f"postgresql://{place}" if driver is None else f"postgresql+{driver}://{place}"
