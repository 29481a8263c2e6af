"""The whole search: by citation where one is named, else by words and by meaning."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import ColumnElement, and_, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from retrieval import bm25
from retrieval.citations import enclosing, find_citations
from retrieval.embedding import Vectors
from retrieval.fusion import fuse
from retrieval.passages import Citation, Hit, PassageId, Query, QueryRefused, Status
from retrieval.quotes import highlights
from retrieval.tables import policy_passages, policy_versions
from retrieval.terms import terms_of

POOL = 60
MAX_QUERY_CHARACTERS = 2000
CITED_SCORE = 1.0


def check_query(query: Query) -> None:
    """Raises QueryRefused for what no search can answer."""
    if len(query.text) > MAX_QUERY_CHARACTERS:
        message = f"A query may have {MAX_QUERY_CHARACTERS} characters; this has {len(query.text)}."
        raise QueryRefused(message)
    if "\0" in query.text or not query.text.strip():
        message = "The query holds nothing to search for."
        raise QueryRefused(message)


async def search(session: AsyncSession, query: Query, embedding: Vectors | None) -> tuple[Hit, ...]:
    """Return passages in force on `query.as_of`, best first.

    `embedding` is None where no embedder answers: words alone then. Raises QueryRefused.
    """
    check_query(query)
    cited = await _cited(session, query)
    lexical = await bm25.top(
        session,
        terms_of(query.text),
        as_of=query.as_of,
        jurisdiction=query.jurisdiction,
        any_status=query.include_out_of_force,
        limit=POOL,
    )
    semantic = {} if embedding is None else await _nearest(session, query, embedding)
    order = {key: str(key) for key in {*lexical, *semantic}}
    ranked = fuse(lexical, semantic, order=order)
    scores = dict.fromkeys(cited, CITED_SCORE) | {
        key: score for key, score in ranked if key not in cited
    }
    chosen = list(scores)[: query.limit]
    hits = {hit.id: hit for hit in await _hits(session, chosen, scores, query.text)}
    return tuple(hits[key] for key in chosen if key in hits)


async def find_passages(session: AsyncSession, citation: Citation, query: Query) -> tuple[Hit, ...]:
    """Return the parts of the passage with this citation, in order; empty when there is none."""
    found = await session.execute(
        select(policy_passages.c.id)
        .where(policy_passages.c.citation == citation, _visible(query))
        .order_by(policy_passages.c.effective_from.desc(), policy_passages.c.part)
    )
    chosen = [PassageId(row.id) for row in found]
    hits = {hit.id: hit for hit in await _hits(session, chosen, {}, "")}
    return tuple(hits[key] for key in chosen)


async def _cited(session: AsyncSession, query: Query) -> list[PassageId]:
    """Resolve the citations a question names; a paragraph held in its parent finds the parent."""
    found: list[PassageId] = []
    for named in find_citations(query.text):
        for citation in enclosing(named):
            rows = await session.execute(
                select(policy_passages.c.id)
                .where(
                    or_(
                        policy_passages.c.citation == citation,
                        policy_passages.c.citation.startswith(f"{citation}(", autoescape=True),
                    ),
                    _visible(query),
                )
                .order_by(
                    func.length(policy_passages.c.citation),
                    policy_passages.c.citation,
                    policy_passages.c.part,
                )
                .limit(query.limit)
            )
            if held := [PassageId(row.id) for row in rows]:
                found.extend(held)
                break
    return list(dict.fromkeys(found))


async def _nearest(
    session: AsyncSession, query: Query, embedding: Vectors
) -> dict[PassageId, float]:
    # Without iterative scan a filter starves the index: ef_search caps what it returns.
    await session.execute(text("set local hnsw.iterative_scan = strict_order"))
    await session.execute(text("set local hnsw.ef_search = 80"))
    distance = policy_passages.c.embedding.cosine_distance(np.asarray(embedding))
    found = await session.execute(
        select(policy_passages.c.id, (1 - distance).label("score"))
        .where(_visible(query))
        .order_by(distance)
        .limit(POOL)
    )
    return {PassageId(row.id): float(row.score) for row in found}


def _visible(query: Query) -> ColumnElement[bool]:
    conditions = [policy_passages.c.effective_from <= query.as_of]
    if not query.include_out_of_force:
        conditions.append(
            or_(
                policy_passages.c.effective_to.is_(None),
                policy_passages.c.effective_to > query.as_of,
            )
        )
    if query.jurisdiction is not None:
        conditions.append(policy_passages.c.jurisdiction == query.jurisdiction)
    return and_(*conditions)


async def _hits(
    session: AsyncSession,
    chosen: Sequence[PassageId],
    scores: dict[PassageId, float],
    question: str,
) -> list[Hit]:
    found = await session.execute(
        select(
            policy_passages.c.id,
            policy_passages.c.citation,
            policy_passages.c.heading,
            policy_passages.c.body,
            policy_passages.c.start_offset,
            policy_passages.c.end_offset,
            policy_passages.c.status,
            policy_passages.c.jurisdiction,
            policy_passages.c.effective_from,
            policy_passages.c.effective_to,
            policy_versions.c.slug,
            policy_versions.c.sha256,
            policy_versions.c.attribution,
        )
        .join(policy_versions, policy_versions.c.id == policy_passages.c.version_id)
        .where(policy_passages.c.id.in_(chosen))
    )
    return [
        Hit(
            id=PassageId(row.id),
            citation=Citation(row.citation),
            heading=row.heading,
            text=row.body,
            start=row.start_offset,
            end=row.end_offset,
            status=Status(row.status),
            document=row.slug,
            document_sha256=row.sha256,
            jurisdiction=row.jurisdiction,
            effective_from=row.effective_from,
            effective_to=row.effective_to,
            attribution=row.attribution,
            score=scores.get(PassageId(row.id), 0.0),
            highlights=highlights(question, row.body),
        )
        for row in found
    ]
