"""Searches use their indexes under row-level security, at 20,000 passages among others' own."""

import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

import asyncpg
import numpy as np
import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.engine import Sessions
from app.db.upgrade import to_asyncpg
from app.domain.ids import TenantId
from app.embedded import postgres
from retrieval import cited, vectors
from retrieval.library import Library, View
from retrieval.passages import Citation, Query
from retrieval.search import Engine
from tests.retrieval.scripted import WordsEmbedder

PASSAGES = 20_000
TENANTS = 20  # who share them evenly
TOPICS = 200
DIMENSIONS = 384
AS_OF = date(2026, 11, 24)
HELD = ("policy_passages", "policy_vectors", "policy_postings")


@pytest.fixture(scope="module")
async def crowded(server: dict[str, str], database: str, tenant: TenantId) -> list[uuid.UUID]:
    """20,000 synthetic passages of 20 tenants, with vectors around topics, loaded by COPY."""
    connection = await asyncpg.connect(to_asyncpg(postgres.url(server, "owner", database)))
    draw = np.random.default_rng(20261124)
    topics = draw.normal(size=(TOPICS, DIMENSIONS))
    topic_of = draw.integers(TOPICS, size=PASSAGES)
    rows = topics[topic_of] + 0.5 * draw.normal(size=(PASSAGES, DIMENSIONS))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    tenants = [tenant, *(uuid.UUID(int=n + 1) for n in range(TENANTS - 1))]
    versions = [uuid.UUID(int=1000 + n) for n in range(TENANTS)]
    ids = [uuid.UUID(int=100_000 + n) for n in range(PASSAGES)]
    now = "2026-11-24T00:00:00Z"
    await connection.execute(
        "insert into policy_versions (id, tenant_id, slug, title, jurisdiction, sha256, media_type,"
        " effective_from, status, currency_note, licence, attribution, source, recorded_at,"
        " published_at) select v, t, 'crowd', 'Crowd', 'US-federal', v::text, 'text/plain',"
        f" '2020-01-01', 'in_force', '', '', '', '', '{now}', '{now}'"
        " from unnest($1::uuid[], $2::uuid[]) as given (v, t)",
        versions,
        tenants,
    )
    each = PASSAGES // TENANTS
    await connection.execute(
        "insert into policy_collections select t, 1, $2, $2 from unnest($1::uuid[]) as t",
        tenants,
        each,
    )
    await connection.execute(
        "insert into policy_passages (id, tenant_id, version_id, number, ordinal, citation, address,"
        " part, context, heading, body, start_offset, end_offset, stems, terms, status, jurisdiction,"
        " effective_from, recorded_at) select ('00000000-0000-0000-0000-' ||"
        " lpad(to_hex(100000 + n), 12, '0'))::uuid, ($1::uuid[])[1 + n / $3], ($2::uuid[])[1 + n / $3],"
        " n % $3, n % $3, 'Crowd § ' || n, 'crowd' || n, 0, '', '', 'Passage number ' || n, 0, 20,"
        f" '', 3, 'in_force', 'US-federal', '2020-01-01', '{now}' from generate_series(0, $4 - 1) as n",
        tenants,
        versions,
        each,
        PASSAGES,
    )
    await connection.execute(
        "insert into policy_postings select 'term' || n % 50, ($1::uuid[])[1 + n / 1000], n % 1000 / 50,"
        " '\\x00000000', '\\x01' from generate_series(0, 19999) as n",
        tenants,
    )
    staged = "create temp table given (passage uuid, tenant uuid, embedding text)"
    await connection.execute(staged)
    await connection.copy_records_to_table(
        "given",
        records=[
            (ids[n], tenants[n // each], "[" + ",".join(f"{x:.4f}" for x in rows[n]) + "]")
            for n in range(PASSAGES)
        ],
    )
    await connection.execute("drop index ix_policy_vectors_model_1")  # quicker made than kept
    await connection.execute(
        "insert into policy_vectors select passage, 1, 0, tenant, embedding::halfvec from given"
    )
    await connection.execute("set maintenance_work_mem = '512MB'")
    await connection.execute(
        "create index ix_policy_vectors_model_1 on policy_vectors using hnsw "
        "((embedding::halfvec(384)) halfvec_cosine_ops) with (m = 8, ef_construction = 32) "
        "where model_id = 1"
    )
    await connection.execute("analyze policy_passages, policy_vectors, policy_postings")
    await connection.close()
    return ids[:each]


class Watched:
    """A session whose statements are remembered, and explained afterwards."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.sent: list[tuple[str, Any]] = []

    async def plans(self) -> list[str]:
        connection = await self.session.connection()
        raw: Any = (await connection.get_raw_connection()).driver_connection
        made = []
        for statement, parameters in self.sent:
            if any(f"from {table}" in statement or f"join {table}" in statement for table in HELD):
                rows = await raw.fetch(f"explain {statement}", *parameters)
                made.append("\n".join(row[0] for row in rows))
        return made


@pytest.fixture
async def watched(
    sessions: Sessions, tenant: TenantId, crowded: list[uuid.UUID]
) -> AsyncIterator[Watched]:
    async with sessions.begin(tenant) as tx:
        seen = Watched(tx.session)

        def remember(_: Any, __: Any, statement: str, parameters: Any, ___: Any, ____: Any) -> None:
            seen.sent.append((statement, parameters))

        event.listen(sessions.engine.sync_engine, "before_cursor_execute", remember)
        yield seen
        event.remove(sessions.engine.sync_engine, "before_cursor_execute", remember)


async def no_scan(watched: Watched, *, uses: Sequence[str]) -> None:
    plans = await watched.plans()
    assert plans
    for plan in plans:
        for table in HELD:
            assert f"Seq Scan on {table}" not in plan, plan
    for index in uses:
        assert any(index in plan for plan in plans), (index, plans)


async def view_of(watched: Watched) -> tuple[Library, View]:
    library = Library()
    view = await library.view(watched.session)
    watched.sent.clear()
    return library, view


def row(word: str) -> np.ndarray:
    return WordsEmbedder()._row(word)  # noqa: SLF001 -- a vector is a vector


async def test_the_service_is_held_by_row_level_security(watched: Watched) -> None:
    found = await watched.session.execute(
        text("select count(*), count(distinct tenant_id) from policy_passages")
    )
    passages, tenants = found.one()
    assert tenants == 1
    assert passages < PASSAGES


async def test_neighbours_among_many_come_from_the_vector_index(watched: Watched) -> None:
    _, view = await view_of(watched)
    mask = view.visible(Query("", AS_OF))
    assert mask.sum() > vectors.EXACT_UP_TO
    found = await vectors.nearest(watched.session, view, mask, row("credit"), 50)
    assert len(found) == 50
    await no_scan(watched, uses=["ix_policy_vectors_model_1"])


async def test_neighbours_among_few_are_compared_one_by_one(watched: Watched) -> None:
    _, view = await view_of(watched)
    mask = np.zeros(len(view.lengths), dtype=np.bool_)
    mask[::100] = True
    found = await vectors.nearest(watched.session, view, mask, row("credit"), 50)
    assert len(found) == 50
    await no_scan(watched, uses=["pk_policy_vectors"])


async def test_candidates_are_read_by_their_ids(watched: Watched) -> None:
    _, view = await view_of(watched)
    at = np.arange(0, len(view.lengths), 40, dtype=np.int32)
    await vectors.known_of(watched.session, view, at, np.stack([row("credit"), row("score")]))
    await vectors.known_of(watched.session, view, at, None)
    await no_scan(watched, uses=["pk_policy_passages", "pk_policy_vectors"])


async def test_postings_are_read_by_their_words(watched: Watched) -> None:
    library, view = await view_of(watched)
    held = await library.postings(watched.session, view, ["credit", "term7", "nothing"])
    assert len(held["credit"].ordinals)
    await no_scan(watched, uses=["uq_policy_postings_term"])


async def test_citations_are_looked_up_by_their_addresses(watched: Watched) -> None:
    named = await cited.resolve(
        watched.session, Query("12 CFR 1002.9 and comment 9(b)(2)-5, Crowd § 17", AS_OF)
    )
    assert named.passages
    assert await cited.parts_of_passage(watched.session, Citation("Crowd § 17"), Query("", AS_OF))
    await no_scan(watched, uses=["ix_policy_passages_address"])


async def test_a_whole_search_scans_no_table(watched: Watched) -> None:
    engine = Engine(Library(), WordsEmbedder())
    await engine.library.view(watched.session)
    watched.sent.clear()
    query = Query("what does comment 9(b)(2)-5 say of specific reasons", AS_OF)
    answer = await engine.find(watched.session, query, await engine.prepare(query))
    assert answer.hits
    await no_scan(watched, uses=["ix_policy_passages_address", "uq_policy_postings_term"])


async def test_a_tenants_own_directory_is_read_by_its_index(watched: Watched) -> None:
    library = Library()
    view = await library.view(watched.session)
    assert len(view.collections) == 2
    own = [plan for plan in await watched.plans() if "tenant_id = " in plan]
    assert own
    assert any("uq_policy_passages_tenant_id_ordinal" in plan for plan in own)
