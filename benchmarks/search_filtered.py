"""Whether the semantic search still finds what is nearest where filters keep little of a library.

Each bundle of a hundred passages belongs to the shared library or to one of several tenants, to a
jurisdiction, and to a day from which it counts. What `retrieval.vectors.nearest` finds, as the
application role under row-level security, is held against a scan of all vectors of the passages
that the same filters keep, written anew in SQL and run without any index.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.ids import TenantId
from benchmarks.search_data import Data
from benchmarks.search_product import LONG_AGO, Bundle, sessions_of
from retrieval.embedding import Vectors
from retrieval.library import Library
from retrieval.passages import Query
from retrieval.search import SEMANTIC_POOL
from retrieval.store import as_vector
from retrieval.vectors import nearest

PER_BUNDLE = 100
DEPTH = 10
SMALL = TenantId(UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0001))
LARGE = TenantId(UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0002))
# Shares of the bundles: the shared library, a large tenant and others as small as SMALL.
SHARED, OF_LARGE, OF_SMALL = 0.3, 0.5, 0.04
JURISDICTIONS: Mapping[str, float] = {"AE-AZ": 0.5, "US": 0.35, "EU": 0.1, "GB": 0.05}
DAYS = 7000  # over which bundles begin to count


@dataclass(frozen=True, slots=True)
class Case:
    """One setting: who asks, in which jurisdiction, and the share of days that have come."""

    name: str
    tenant_id: TenantId
    jurisdiction: str | None
    days: float


# The share that each keeps is the product of its tenant's, its jurisdiction's and its days'.
CASES = (
    Case("1 %", SMALL, "EU", 0.29),
    Case("10 %", SMALL, "AE-AZ", 0.59),
    Case("50 %", LARGE, None, 0.625),
    Case("80 %: all that the tenant may see", LARGE, None, 1.0),
)
SEEN_BY_ALL = Case("100 %", SMALL, None, 1.0)

EXACT = text("""
    select p.id from policy_vectors as v join policy_passages as p on p.id = v.passage_id
    where p.effective_from <= :as_of and (p.effective_to is null or p.effective_to > :as_of)
      and (cast(:jurisdiction as text) is null or p.jurisdiction = :jurisdiction)
    order by v.embedding <=> cast(:embedding as halfvec), p.id limit :limit
""")


def bundles(size: int) -> list[Bundle]:
    """Assign every passage to a tenant, a jurisdiction and a day."""
    rng = np.random.default_rng(1)
    made = []
    others = int((1 - SHARED - OF_LARGE) / OF_SMALL + 0.5)
    tenants: list[UUID | None] = [None, LARGE, SMALL]
    tenants += [UUID(int=int(LARGE) + 1 + at) for at in range(others - 1)]
    shares = [SHARED, OF_LARGE, *[OF_SMALL] * others]
    for at in range(0, size, PER_BUNDLE):
        tenant_id = tenants[int(rng.choice(len(tenants), p=np.array(shares) / sum(shares)))]
        jurisdiction = str(rng.choice(list(JURISDICTIONS), p=list(JURISDICTIONS.values())))
        begins = LONG_AGO + timedelta(days=int(rng.integers(DAYS)))
        made.append(Bundle(range(at, min(at + PER_BUNDLE, size)), tenant_id, jurisdiction, begins))
    return made


async def measure(
    service_url: str, data: Data, cases: Sequence[Case], questions: int
) -> list[dict[str, object]]:
    """Return, for each case, the share visible and how much of the exact ten is found."""
    sessions = sessions_of(service_url, 1)
    library = Library()
    reports: list[dict[str, object]] = []
    for case in cases:
        as_of = LONG_AGO + timedelta(days=int(DAYS * case.days))
        query = Query("any", as_of, jurisdiction=case.jurisdiction)
        recalls: dict[int, list[float]] = {DEPTH: [], SEMANTIC_POOL: []}
        times = []
        visible = 0
        for embedding in data.query_vectors[:questions]:
            async with sessions.begin_session(case.tenant_id) as session:
                view = await library.view(session)
                mask = view.visible(query)
                visible = int(mask.sum())
                for limit, held in recalls.items():
                    began = time.perf_counter()
                    at = await nearest(session, view, mask, embedding, limit)
                    if limit == SEMANTIC_POOL:
                        times.append(1000 * (time.perf_counter() - began))
                    found = {view.passage_id(int(place)) for place in at}
                    exact = await _exact(session, query, as_of, embedding)
                    held.append(len(exact & found) / len(exact))
        reports.append(
            {
                "case": case.name,
                "tenant": case.tenant_id.hex[-2:],
                "jurisdiction": case.jurisdiction,
                "as_of": as_of.isoformat(),
                "visible": visible,
                "visible_share": round(visible / len(data.ids), 4),
                "questions": questions,
                "recall_at_10": round(float(np.mean(recalls[DEPTH])), 4),
                "recall_at_10_in_the_pool": round(float(np.mean(recalls[SEMANTIC_POOL])), 4),
                "pool": SEMANTIC_POOL,
                "p50_ms": round(float(np.percentile(times, 50)), 2),
                "p95_ms": round(float(np.percentile(times, 95)), 2),
            }
        )
    await sessions.engine.dispose()
    return reports


async def _exact(session: AsyncSession, query: Query, as_of: date, embedding: Vectors) -> set[UUID]:
    await session.execute(text("set local enable_indexscan = off"))
    rows = await session.execute(
        EXACT,
        {
            "as_of": as_of,
            "jurisdiction": query.jurisdiction,
            "embedding": as_vector(embedding),
            "limit": DEPTH,
        },
    )
    found = {row.id for row in rows}
    await session.execute(text("set local enable_indexscan = on"))
    return found
