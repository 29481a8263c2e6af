"""Find what rests on a passage that is being amended."""

from dataclasses import dataclass

from app.db import citations_used, wordings
from app.db.engine import Sessions
from app.domain.errors import DocumentNotFound, PassageNotFound
from app.domain.ids import ExplanationId, TenantId
from app.domain.policy_impact import Impact, PassageSpan
from retrieval import documents
from retrieval.passages import Citation, VersionId

END = 2**31 - 1  # past the end of any source


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of the explanations: those after an id, oldest first."""

    after: ExplanationId | None = None
    limit: int = 50


async def find_version_impact(
    version_id: VersionId,
    citation: Citation | None,
    page: Page,
    *,
    tenant_id: TenantId,
    sessions: Sessions,
) -> Impact:
    """Find what rests on one version of a document, or on one passage of it.

    Raises DocumentNotFound or PassageNotFound.
    """
    async with sessions.begin(tenant_id) as tx:
        version = await documents.find_version(tx.session, version_id)
        if version is None:
            raise DocumentNotFound
        spans: tuple[PassageSpan, ...] = (
            PassageSpan(version.document.slug, version.document.sha256, 0, END, is_whole=True),
        )
        if citation is not None:
            spans = _spans(await documents.places_under(tx.session, citation, version_id))
        return Impact(
            spans,
            tuple(await citations_used.count_reliance(tx, spans)),
            tuple(await citations_used.page_relying(tx, spans, after=page.after, limit=page.limit)),
            tuple(await wordings.find_relying(tx, spans)),
        )


async def find_passage_impact(
    citation: Citation, page: Page, *, tenant_id: TenantId, sessions: Sessions
) -> Impact:
    """Find what rests on a passage in any version that is held. Raises PassageNotFound."""
    async with sessions.begin(tenant_id) as tx:
        spans = _spans(await documents.places_under(tx.session, citation))
        return Impact(
            spans,
            tuple(await citations_used.count_reliance(tx, spans)),
            tuple(await citations_used.page_relying(tx, spans, after=page.after, limit=page.limit)),
            tuple(await wordings.find_relying(tx, spans)),
        )


def _spans(places: tuple[tuple[str, documents.Place], ...]) -> tuple[PassageSpan, ...]:
    if not places:
        raise PassageNotFound
    return tuple(
        PassageSpan(place.citation, sha256, place.start, place.end) for sha256, place in places
    )
