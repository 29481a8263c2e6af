"""Send wordings back to review once what they were proved against has changed."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.db import wordings
from app.db.engine import Sessions
from app.domain.audit import AuditEvent
from app.domain.catalogue import Catalogue
from app.domain.decisions import Jurisdiction
from app.domain.dossiers import to_dossier
from app.domain.explanation import Language
from app.domain.ids import EventId, TenantId, WordingId
from app.domain.specimens import specimen_of
from app.domain.wording_ranges import Holds, verify_over_range
from app.domain.wordings import (
    Basis,
    ExpiredWording,
    PromptVersion,
    StateName,
    Wording,
    why_stale,
)
from app.use_cases.draft_wording import put_in_review
from app.use_cases.ports import Clock, EvidenceFinder, NewId

RECONCILER = "reconciler"
MOST = 1000
STANDING: tuple[StateName, ...] = ("approved", "in_review")


@dataclass(frozen=True, slots=True)
class Returned:
    """A wording that no longer stands, why, and the one in review in its place, if any holds."""

    expired: WordingId
    why: str
    in_review: WordingId | None


async def return_wordings_to_review(
    tenant_id: TenantId,
    *,
    sessions: Sessions,
    catalogue: Catalogue,
    evidence: EvidenceFinder,
    prompts: Mapping[Language, PromptVersion],
    clock: Clock,
    new_id: NewId,
) -> tuple[Returned, ...]:
    """Expire every wording whose policy, statement or prompt changed.

    Its text goes back to review where it still holds over the whole range against what is in
    force now; until somebody approves it, decisions are explained without it. Runs twice safely.
    """
    async with sessions.begin(tenant_id) as tx:
        standing = [
            held.wording
            for state in STANDING
            for held in await wordings.page(tx, wordings.Filter(state=state, limit=MOST))
        ]
    by_jurisdiction: defaultdict[Jurisdiction, set[str]] = defaultdict(set)
    for wording in standing:
        by_jurisdiction[wording.jurisdiction].add(wording.basis.citation.citation)
    in_force = {
        jurisdiction: await evidence.read(
            tenant_id, sorted(cited), jurisdiction=jurisdiction, on=clock().date()
        )
        for jurisdiction, cited in by_jurisdiction.items()
    }
    returned = []
    for wording in standing:
        entry = catalogue.get(wording.code)
        why = why_stale(
            wording,
            statement=None if entry is None else entry.statement,
            passages=in_force[wording.jurisdiction],
            prompt=prompts.get(wording.language),
        )
        if why is None:
            continue
        successor = None
        if entry is not None:
            successor = await _proved_anew(
                wording, why, tenant_id, catalogue, evidence, prompts, clock, new_id
            )
        at = clock()
        event = AuditEvent(
            EventId(new_id()), tenant_id, RECONCILER, "wording.expired", wording.id, at
        )
        async with sessions.begin(tenant_id) as tx:
            expired = ExpiredWording(wording, RECONCILER, at, why)
            await wordings.keep(tx, expired, review_id=EventId(new_id()), event=event)
            waiting = None
            if successor is not None:
                waiting = await put_in_review(
                    tx, successor, by=RECONCILER, clock=clock, new_id=new_id
                )
        returned.append(Returned(wording.id, why, None if waiting is None else waiting.wording.id))
    return tuple(returned)


async def _proved_anew(
    wording: Wording,
    why: str,
    tenant_id: TenantId,
    catalogue: Catalogue,
    evidence: EvidenceFinder,
    prompts: Mapping[Language, PromptVersion],
    clock: Clock,
    new_id: NewId,
) -> Wording | None:
    """Return the same text proved against the law and the statement of now, or None."""
    at = clock()
    specimen = specimen_of(
        wording.code,
        None,
        feature=None,
        counter_intuitive=False,
        tenant_id=tenant_id,
        jurisdiction=wording.jurisdiction,
        at=at,
    )
    passages, quotes = await evidence.find(specimen, catalogue)
    dossier = to_dossier(
        specimen,
        None,
        catalogue,
        audience=wording.audience,
        language=wording.language,
        passages=passages,
        quotes=quotes,
    )
    quote = quotes[wording.code]
    version = next(p.version_sha256 for p in passages if p.citation == quote.citation)
    is_by_hand = not wording.prompt.sha256
    successor = replace(
        wording,
        id=WordingId(new_id()),
        statement=dossier.reasons[0].statement,
        basis=Basis(quote, version),
        prompt=wording.prompt if is_by_hand else prompts.get(wording.language, wording.prompt),
        drafted_at=at,
        returned_from=wording.id,
        returned_why=why,
    )
    verdict = await asyncio.to_thread(
        verify_over_range, successor, reason=dossier.reasons[0], passages=passages
    )
    if not isinstance(verdict, Holds):
        return None
    return replace(successor, fills=verdict.fills, samples=verdict.samples)
