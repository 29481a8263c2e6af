"""A tenant's desk at the library: takes documents in, ends them, and searches."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import uuid_utils.compat
from sqlalchemy import text

from app.db.engine import Sessions
from app.domain.ids import TenantId
from retrieval import documents, periods
from retrieval.ingest import Edition, Ingested, ingest
from retrieval.library import Library
from retrieval.passages import Answer, Query
from retrieval.search import Engine
from tests.retrieval.scripted import WordsEmbedder

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)
_words = count()


def subject() -> str:
    """A word that no other document holds."""
    return f"zq{next(_words):04d}x"


class Desk:
    """One tenant's desk: takes documents in and searches."""

    def __init__(self, sessions: Sessions, tenant: TenantId) -> None:
        self.sessions = sessions
        self.tenant = tenant
        self.engine = Engine(Library(), WordsEmbedder())

    async def take(
        self,
        edition: Edition,
        *,
        at: datetime = NOW,
        embedder: WordsEmbedder | None = None,
        **more: Any,
    ) -> Ingested:
        return await ingest(
            edition,
            begin=partial(self.sessions.begin_session, self.tenant),
            embedder=embedder or WordsEmbedder(),
            tenant_id=self.tenant,
            clock=lambda: at,
            new_id=uuid_utils.compat.uuid7,
            **more,
        )

    async def ask(self, words: str, **changes: Any) -> Answer:
        query = Query(words, **{"as_of": TODAY, **changes})
        prepared = await self.engine.prepare(query)
        async with self.sessions.begin(self.tenant) as tx:
            answer = await self.engine.find(tx.session, query, prepared)
        return await self.engine.finish(query, answer)

    async def texts(self, word: str, **changes: Any) -> list[str]:
        """The texts found that hold the word."""
        return [hit.text for hit in (await self.ask(word, **changes)).hits if word in hit.text]

    async def end(
        self, slug: str, on: date, *, status: str = "withdrawn", at: datetime = NOW
    ) -> int:
        async with self.sessions.begin(self.tenant) as tx:
            return await periods.withdraw(
                tx.session, slug, on=on, status=status, tenant_id=self.tenant, now=at
            )

    async def count(self, statement: str, **parameters: Any) -> int:
        async with self.sessions.begin(self.tenant) as tx:
            return int((await tx.session.execute(text(statement), parameters)).scalar_one())

    async def versions(self) -> tuple[documents.Version, ...]:
        async with self.sessions.begin(self.tenant) as tx:
            return await documents.versions(tx.session)
