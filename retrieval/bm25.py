"""The lexical leg: Okapi BM25 over the postings table, in one statement.

k1 and b are those that did best on regulatory passages (0.9 and 0.4, short passages of even
length); PostgreSQL's own ts_rank knows neither document frequency nor length.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from retrieval.passages import PassageId

K1 = 0.9
B = 0.4
MAX_TERMS = 40

STATEMENT = text("""
    with collection as (
        select count(*)::float8 as passages, avg(terms)::float8 as average from policy_passages
    ),
    matches as (
        select postings.passage_id, postings.tf::float8 as tf,
               count(*) over (partition by postings.term)::float8 as df
        from policy_postings as postings
        where postings.term = any(:terms)
    )
    select matches.passage_id as id,
           sum(ln(1 + (collection.passages - df + 0.5) / (df + 0.5))
               * tf * (:k1 + 1)
               / (tf + :k1 * (1 - :b + :b * passages.terms / collection.average))) as score
    from matches
    join policy_passages as passages on passages.id = matches.passage_id
    cross join collection
    where passages.effective_from <= :as_of
      and (:any_status or (passages.effective_to is null or passages.effective_to > :as_of))
      and (cast(:jurisdiction as text) is null or passages.jurisdiction = :jurisdiction)
    group by matches.passage_id
    order by score desc, matches.passage_id
    limit :limit
""")


async def top(
    session: AsyncSession,
    terms: Sequence[str],
    *,
    as_of: date,
    jurisdiction: str | None,
    any_status: bool,
    limit: int,
) -> dict[PassageId, float]:
    """Return the best passages for these stems with their BM25 scores."""
    if not terms:
        return {}
    found = await session.execute(
        STATEMENT,
        {
            "terms": list(dict.fromkeys(terms))[:MAX_TERMS],
            "k1": K1,
            "b": B,
            "as_of": as_of,
            "jurisdiction": jurisdiction,
            "any_status": any_status,
            "limit": limit,
        },
    )
    return {PassageId(row.id): float(row.score) for row in found}
