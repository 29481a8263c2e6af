"""Search the policy library as of a date."""

from collections.abc import Sequence

from app.db.engine import Sessions
from app.domain.errors import DocumentNotFound, PassageNotFound
from app.domain.ids import TenantId
from retrieval import documents
from retrieval.changes import Change, compare
from retrieval.passages import Answer, Citation, Hit, Query, VersionId
from retrieval.search import Engine, find_passages


async def search_policies(
    query: Query, *, tenant_id: TenantId, sessions: Sessions, searching: Engine
) -> Answer:
    """Return passages in force on the date, best first. Raises QueryRefused.

    No transaction is open while the question is embedded or the hits are re-ranked.
    """
    prepared = await searching.prepare(query)
    async with sessions.begin(tenant_id) as tx:
        answer = await searching.find(tx.session, query, prepared)
    return await searching.finish(query, answer)


async def read_passage(
    citation: Citation, query: Query, *, tenant_id: TenantId, sessions: Sessions
) -> tuple[Hit, ...]:
    """Return the parts of a passage, in order. Raises PassageNotFound."""
    if "\0" in citation:
        raise PassageNotFound
    async with sessions.begin(tenant_id) as tx:
        parts = await find_passages(tx.session, citation, query)
    if not parts:
        raise PassageNotFound
    return parts


async def compare_passage(
    parts: Sequence[Hit], *, tenant_id: TenantId, sessions: Sessions
) -> tuple[VersionId | None, tuple[Change, ...]]:
    """Return the version before that of these parts, and how the passage changed with it.

    Where several documents hold a passage of this citation, the first counts.
    """
    parts = [part for part in parts if part.version_id == parts[0].version_id]
    async with sessions.begin(tenant_id) as tx:
        former = await documents.former_text(tx.session, parts)
    if former is None:
        return None, ()
    version_id, text = former
    return version_id, compare(text, "\n".join(part.text for part in parts))


async def list_documents(
    *, tenant_id: TenantId, sessions: Sessions
) -> tuple[documents.Version, ...]:
    """Return every version the tenant may see, newest recorded first."""
    async with sessions.begin(tenant_id) as tx:
        return await documents.versions(tx.session)


async def read_document(
    version_id: VersionId, *, tenant_id: TenantId, sessions: Sessions
) -> tuple[documents.Version, tuple[documents.Place, ...]]:
    """Return a version with its outline. Raises DocumentNotFound."""
    async with sessions.begin(tenant_id) as tx:
        version = await documents.find_version(tx.session, version_id)
        if version is None:
            raise DocumentNotFound
        return version, await documents.outline(tx.session, version_id)
