"""Review wordings: approve or reject as a second person, and list what waits."""

from collections.abc import Sequence

from app.db import wordings
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.audit import AuditEvent
from app.domain.catalogue import Catalogue
from app.domain.ids import EventId, WordingId
from app.domain.wordings import (
    STATES,
    Approval,
    ApprovedWording,
    ExpiredWording,
    Refusal,
    RejectedWording,
    ReviewedWording,
    SupersededWording,
    WordingInReview,
    review,
    why_stale,
)
from app.use_cases.ports import Clock, EvidenceFinder, NewId


async def review_wording(
    wording_id: WordingId,
    verdict: Approval | Refusal,
    *,
    actor: Actor,
    sessions: Sessions,
    catalogue: Catalogue,
    evidence: EvidenceFinder,
    clock: Clock,
    new_id: NewId,
) -> ApprovedWording | RejectedWording | ExpiredWording:
    """Decide on a wording. Approving it supersedes what stood approved for the same key.

    What can no longer be approved, because the law or the statement it words has changed since
    it was proved, expires instead. Raises WordingNotFound, WordingNotInReview or
    ReviewerNotIndependent.
    """
    async with sessions.begin(actor.tenant_id) as tx:
        held = await wordings.get(tx, wording_id)
    at = clock()
    decided: ApprovedWording | RejectedWording | ExpiredWording
    decided = review(held, verdict, by=actor.name, at=at)
    if isinstance(decided, ApprovedWording):
        wording = decided.wording
        entry = catalogue.get(wording.code)
        passages = await evidence.read(
            actor.tenant_id,
            [wording.basis.citation.citation],
            jurisdiction=wording.jurisdiction,
            on=at.date(),
        )
        statement = None if entry is None else entry.statement
        stale = why_stale(wording, statement=statement, passages=passages)
        if stale is not None:
            decided = ExpiredWording(wording, actor.name, at, stale)

    def event(made: ReviewedWording) -> AuditEvent:
        return AuditEvent(
            id=EventId(new_id()),
            tenant_id=actor.tenant_id,
            actor=actor.name,
            action=f"wording.{STATES[type(made)]}",
            subject=made.wording.id,
            at=at,
            details=(("code", made.wording.code), ("language", made.wording.language)),
        )

    async with sessions.begin(actor.tenant_id) as tx:
        if isinstance(decided, ApprovedWording):
            for standing in await wordings.find_of_key(tx, decided.wording.key):
                if isinstance(standing, ApprovedWording):
                    why = f"replaced by {decided.wording.id}"
                    former = SupersededWording(standing.wording, actor.name, at, why)
                    await wordings.keep(
                        tx, former, review_id=EventId(new_id()), event=event(former)
                    )
        await wordings.keep(tx, decided, review_id=EventId(new_id()), event=event(decided))
    return decided


async def get_wording(
    wording_id: WordingId, *, actor: Actor, sessions: Sessions
) -> ReviewedWording:
    """Read a wording. Raises WordingNotFound."""
    async with sessions.begin(actor.tenant_id) as tx:
        return await wordings.get(tx, wording_id)


async def page_wordings(
    wanted: wordings.Filter, *, actor: Actor, sessions: Sessions
) -> Sequence[ReviewedWording]:
    """List wordings, the newest first."""
    async with sessions.begin(actor.tenant_id) as tx:
        return await wordings.page(tx, wanted)


async def page_reviews(
    *, before: WordingId | None, limit: int, actor: Actor, sessions: Sessions
) -> Sequence[WordingInReview]:
    """List what waits for a reviewer, the longest waiting first."""
    wanted = wordings.Filter(state="in_review", before=before, oldest_first=True, limit=limit)
    async with sessions.begin(actor.tenant_id) as tx:
        held = await wordings.page(tx, wanted)
    return [waiting for waiting in held if isinstance(waiting, WordingInReview)]
