"""Word a reason once for all decisions: written, proved for every value, put in review."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.db import registrations, wordings
from app.db.engine import Sessions, Tx
from app.domain.access import Actor
from app.domain.audit import AuditEvent
from app.domain.catalogue import Catalogue
from app.domain.decisions import Jurisdiction
from app.domain.dossiers import to_dossier
from app.domain.errors import FieldProblem, InvalidFields, WriterUnavailable
from app.domain.explanation import Audience, Dossier, Finding, Language, Written
from app.domain.ids import EventId, WordingId
from app.domain.models import Feature, ReasonCode
from app.domain.specimens import specimen_of
from app.domain.wording_errors import WordingNotFound, WordingUnproved
from app.domain.wording_grammar import slotted
from app.domain.wording_ranges import (
    Counterexample,
    Holds,
    Untrue,
    shape_of,
    typical_facts,
    verify_over_range,
)
from app.domain.wordings import Basis, PromptVersion, ReviewedWording, Wording, WordingInReview
from app.use_cases.ports import Clock, EvidenceFinder, ExplanationWriter, NewId

MAX_DRAFTS = 3
BY_HAND = PromptVersion("", "")


@dataclass(frozen=True, slots=True)
class WordingRequest:
    """Which reason to word, for whom. Without a `text` the writer drafts one.

    `model` and `feature` say whose fact carries the reason; none, that a person judged.
    `categories` lists the words that a fact of categories may take.
    """

    code: ReasonCode
    audience: Audience = "customer"
    language: Language = "en"
    jurisdiction: Jurisdiction = "US-federal"
    model: tuple[str, str] | None = None
    feature: Feature | None = None
    counter_intuitive: bool = False
    text: str | None = None
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


async def draft_wording(
    request: WordingRequest,
    *,
    wording_id: WordingId,
    actor: Actor,
    sessions: Sessions,
    catalogue: Catalogue,
    evidence: EvidenceFinder,
    writer: ExplanationWriter | None,
    clock: Clock,
    new_id: NewId,
) -> ReviewedWording:
    """Put a wording in review; the same text for the same key again is the one that stands there.

    A wording that stands under `wording_id` already is what an earlier run of this request made.
    Raises WordingUnproved with the values that make the text untrue (nothing is stored then),
    InvalidFields, UnknownModel, or WriterUnavailable where no text was given and no model answers.
    """
    if request.code not in catalogue:
        raise InvalidFields([FieldProblem("/code", "is not in the catalogue of reason codes")])
    at = clock()
    registration = None
    async with sessions.begin(actor.tenant_id) as tx:
        with contextlib.suppress(WordingNotFound):
            return await wordings.get(tx, wording_id)
        if request.model is not None:
            registration = await registrations.get(tx, *request.model)
    specimen = specimen_of(
        request.code,
        registration,
        feature=request.feature,
        counter_intuitive=request.counter_intuitive,
        tenant_id=actor.tenant_id,
        jurisdiction=request.jurisdiction,
        at=at,
    )
    passages, quotes = await evidence.find(specimen, catalogue)
    dossier = to_dossier(
        specimen,
        registration,
        catalogue,
        audience=request.audience,
        language=request.language,
        passages=passages,
        quotes=quotes,
    )
    reason = dossier.reasons[0]
    quote = quotes[request.code]
    wording = Wording(
        id=wording_id,
        code=request.code,
        audience=request.audience,
        language=request.language,
        jurisdiction=request.jurisdiction,
        text=request.text or "",
        statement=reason.statement,
        facts=shape_of(reason.facts, request.categories),
        basis=Basis(
            quote, next(p.version_sha256 for p in passages if p.citation == quote.citation)
        ),
        prompt=BY_HAND,
        drafted_by=actor.name,
        requested_by=actor.name,
        drafted_at=at,
        fills=0,
    )
    if request.text is None:
        proved = await _written(wording, dossier, writer)
    else:
        proved = await _proved(wording, dossier)
    async with sessions.begin(actor.tenant_id) as tx:
        return await put_in_review(tx, proved, by=actor.name, clock=clock, new_id=new_id)


async def put_in_review(
    tx: Tx, wording: Wording, *, by: str, clock: Clock, new_id: NewId
) -> WordingInReview:
    """Store a proved wording and ask for its review, unless the same text waits already."""
    for standing in await wordings.find_of_key(tx, wording.key):
        if isinstance(standing, WordingInReview) and standing.wording.text == wording.text:
            return standing
    at = clock()
    submitted = WordingInReview(wording, by, at)

    def event(action: str) -> AuditEvent:
        details = (("code", wording.code), ("language", wording.language))
        event_id = EventId(new_id())
        return AuditEvent(event_id, tx.tenant_id, by, action, wording.id, at, details)

    await wordings.insert_draft(tx, wording, event=event("wording.drafted"))
    await wordings.keep(
        tx, submitted, review_id=EventId(new_id()), event=event("wording.review_requested")
    )
    return submitted


async def _written(wording: Wording, dossier: Dossier, writer: ExplanationWriter | None) -> Wording:
    """Have the writer word typical facts and put slots in their place, until one text holds."""
    if writer is None:
        raise WriterUnavailable("no model is configured; send the text of the wording")
    facts = typical_facts(wording.facts)
    asked = replace(dossier, reasons=(replace(dossier.reasons[0], facts=facts),))
    raw: list[str] = []
    corrections: tuple[Finding, ...] = ()
    previous: Written | None = None
    refused: tuple[Counterexample, ...] = ()
    for _ in range(MAX_DRAFTS):
        written = await writer.write(asked, corrections=corrections, previous=previous)
        raw.extend(written.raw)
        worded = next((s.text for s in written.draft.statements if s.code == wording.code), "")
        drafted = replace(
            wording,
            text=slotted(worded, facts, wording.language),
            prompt=PromptVersion(written.prompt, written.prompt_sha256),
            drafted_by=f"{written.writer}:{written.model}",
            raw=tuple(raw),
        )
        verdict = await _verdict(drafted, dossier)
        if isinstance(verdict, Holds):
            return replace(drafted, fills=verdict.fills, samples=verdict.samples)
        refused, previous = verdict.counterexamples, written
        corrections = tuple(f for example in refused for f in example.findings)
    raise WordingUnproved([_told(example) for example in refused])


async def _proved(wording: Wording, dossier: Dossier) -> Wording:
    verdict = await _verdict(wording, dossier)
    if isinstance(verdict, Untrue):
        raise WordingUnproved([_told(example) for example in verdict.counterexamples])
    return replace(wording, fills=verdict.fills, samples=verdict.samples)


async def _verdict(wording: Wording, dossier: Dossier) -> Holds | Untrue:
    """Prove over the range, beside the loop: it takes some hundred proofs."""
    return await asyncio.to_thread(
        verify_over_range, wording, reason=dossier.reasons[0], passages=dossier.passages
    )


def _told(example: Counterexample) -> str:
    values = ", ".join(f"{feature} = {value}" for feature, value in example.values)
    broken = ", ".join(f"{finding.rule} {finding.words!r}" for finding in example.findings)
    return f"with {values or 'no fact'} it reads {example.text!r}: {broken}"
