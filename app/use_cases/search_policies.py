"""Search the policy library as of a date."""

from app.db.engine import Sessions
from app.domain.errors import PassageNotFound
from app.domain.ids import TenantId
from retrieval.embedding import Embedder, EmbedderUnavailable
from retrieval.passages import Citation, Hit, Query
from retrieval.search import check_query, find_passages, search


async def search_policies(
    query: Query, *, tenant_id: TenantId, sessions: Sessions, embedder: Embedder
) -> tuple[Hit, ...]:
    """Return passages in force on the date, best first. Raises QueryRefused."""
    check_query(query)
    try:
        embedding = (await embedder.embed([query.text]))[0]
    except EmbedderUnavailable:
        embedding = None  # words alone still find
    async with sessions.begin(tenant_id) as tx:
        return await search(tx.session, query, embedding)


async def read_passage(
    citation: Citation, query: Query, *, tenant_id: TenantId, sessions: Sessions
) -> tuple[Hit, ...]:
    """Return the parts of a passage, in order. Raises PassageNotFound."""
    async with sessions.begin(tenant_id) as tx:
        parts = await find_passages(tx.session, citation, query)
    if not parts:
        raise PassageNotFound(citation)
    return parts
