"""Write an explanation while its reader waits, and show each statement once it is proved."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta

from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.catalogue import Catalogue
from app.domain.errors import WriterUnavailable
from app.domain.explanation import (
    Audience,
    Dossier,
    Draft,
    Evidence,
    Explanation,
    Language,
    Rejected,
    Statement,
    Verified,
    Written,
)
from app.domain.explanation_versions import RenewalCause
from app.domain.ids import DecisionId, ExplanationId
from app.domain.verification.verify import verify
from app.use_cases.explain_by_wordings import attempt_by_wordings
from app.use_cases.explain_decision import MAX_DRAFTS
from app.use_cases.gather_dossier import gather_dossier
from app.use_cases.places import Places
from app.use_cases.ports import Clock, EvidenceFinder, ExplanationWriter, NewId
from app.use_cases.publish_explanation import (
    Attempt,
    Explained,
    publish_explanation,
    write_english,
)
from app.use_cases.request_explanation import Asked, ask

# A reader who stays is served sooner; one who left is served by the queue after this.
QUEUE_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class StatementProved:
    """What is said about the reason of this rank, with what carries it."""

    rank: int
    statement: Statement
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class SummaryProved:
    """The summary of the statements shown so far, which stand as the explanation."""

    summary: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class DraftReplaced:
    """What stands instead of all that was shown: a draft failed, or another was published."""

    explanation: Explanation


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """The explanation is published."""

    explained: Explained


Streamed = StatementProved | SummaryProved | DraftReplaced | StreamEnded


async def stream_explanation(
    decision_id: DecisionId,
    *,
    audience: Audience,
    language: Language,
    actor: Actor,
    sessions: Sessions,
    catalogue: Catalogue,
    evidence: EvidenceFinder,
    writer: ExplanationWriter | None,
    fallback: ExplanationWriter,
    clock: Clock,
    new_id: NewId,
    trace: Mapping[str, str],
    places: Places,
    renew: RenewalCause | None = None,
    replaces: ExplanationId | None = None,
    queue_after: timedelta = QUEUE_AFTER,
) -> AsyncGenerator[Streamed, None]:
    """Check what can be refused at once, and return what then happens, as it happens.

    The same work waits in the queue meanwhile: whoever stops reading stops the drafting, with
    nothing published, and the queue makes the explanation later. Both publish under one key.
    Whoever stays waits in line for one of the `places` that the worker writes in too. Raises
    DecisionNotFound, DecisionQuarantined, NothingToExplain, or WriterBusy where the line is full;
    the stream itself may raise ExplanationWithheld.
    """
    asked = await ask(
        decision_id,
        audience=audience,
        language=language,
        actor=actor,
        sessions=sessions,
        clock=clock,
        new_id=new_id,
        trace=trace,
        renew=renew,
        replaces=replaces,
        after=queue_after,
    )
    if asked.standing is not None:
        return _replay(asked.standing)
    publishing = _Publishing(asked, fallback, sessions, clock, new_id, actor.name)
    worded = await attempt_by_wordings(
        asked.decision,
        audience=audience,
        language=language,
        sessions=sessions,
        catalogue=catalogue,
        evidence=evidence,
    )
    before = () if worded is None else (worded,)
    if worded is not None and isinstance(worded.verdict, Verified):
        return _tell(worded, worded.verdict, publishing)
    if writer is not None:
        places.refuse_if_full()
    dossier = await gather_dossier(
        asked.decision,
        audience=audience,
        language=language,
        sessions=sessions,
        catalogue=catalogue,
        evidence=evidence,
    )
    return _stream(dossier, writer, before, publishing, places)


async def _replay(standing: Explanation) -> AsyncGenerator[Streamed, None]:
    for event in _shown(standing.draft, standing.evidence):
        yield event
    yield SummaryProved(standing.draft.summary, _carrying("summary", standing.evidence))
    yield StreamEnded(Explained("already_explained", standing))


@dataclass(frozen=True, slots=True)
class _Publishing:
    """What it takes to publish what was asked for, and to end the stream."""

    asked: Asked
    fallback: ExplanationWriter
    sessions: Sessions
    clock: Clock
    new_id: NewId
    by: str

    async def end(
        self, attempts: Sequence[Attempt], shown: Sequence[Statement]
    ) -> AsyncGenerator[Streamed, None]:
        explained = await publish_explanation(
            self.asked.work,
            self.asked.decision,
            attempts,
            english=await write_english(attempts[-1].dossier, self.fallback),
            sessions=self.sessions,
            clock=self.clock,
            new_id=self.new_id,
            by=self.by,
        )
        stands = explained.explanation
        if tuple(shown) == stands.draft.statements:
            yield SummaryProved(stands.draft.summary, _carrying("summary", stands.evidence))
        else:
            yield DraftReplaced(stands)
        yield StreamEnded(explained)


async def _tell(
    worded: Attempt, proved: Verified, publishing: _Publishing
) -> AsyncGenerator[Streamed, None]:
    """Show what approved wordings say: nothing has to be waited for."""
    shown = _shown(proved.draft, proved.evidence)
    for statement in shown:
        yield statement
    async for event in publishing.end([worded], [each.statement for each in shown]):
        yield event


async def _stream(
    dossier: Dossier,
    writer: ExplanationWriter | None,
    before: Sequence[Attempt],
    publishing: _Publishing,
    places: Places,
) -> AsyncGenerator[Streamed, None]:
    template = await publishing.fallback.write(dossier)
    attempts: list[Attempt] = []
    shown: list[Statement] = []
    if writer is not None:
        async with places, aclosing(_prove(writer, dossier, template.draft, attempts)) as proving:
            async for event in proving:
                shown.append(event.statement)
                yield event
    if not attempts or isinstance(attempts[-1].verdict, Rejected):
        verdict = verify(template.draft, dossier)
        attempts.append(Attempt(template, verdict, dossier))
        if writer is None and isinstance(verdict, Verified):
            for event in _shown(verdict.draft, verdict.evidence):
                shown.append(event.statement)
                yield event
    async for ending in publishing.end([*before, *attempts], shown):
        yield ending


async def _prove(
    writer: ExplanationWriter, dossier: Dossier, template: Draft, attempts: list[Attempt]
) -> AsyncGenerator[StatementProved, None]:
    """Have drafts written until one passes; a reason may fail as often as a whole draft may.

    A statement is proved in its place: before it those shown, after it the template's. Those
    that passed are kept by the writer; the first that does not ends the draft.
    """
    proved, failures = 0, 0
    while failures < MAX_DRAFTS:
        last = attempts[-1] if attempts else None
        written: Written | None = None
        has_failed = False
        drafting = writer.write_statements(
            dossier,
            corrections=() if last is None else last.findings,
            previous=None if last is None else last.written,
        )
        try:
            async with aclosing(drafting):
                async for written in drafting:
                    while proved < len(written.draft.statements) and not has_failed:
                        verdict = verify(_filled(written.draft, proved + 1, template), dossier)
                        if isinstance(verdict, Rejected):
                            has_failed = True
                        else:
                            yield _event(proved, verdict.draft, verdict.evidence)
                            proved, failures = proved + 1, 0
                    if has_failed:
                        break
        except WriterUnavailable:
            return
        if written is None:
            return
        whole = written.draft
        if has_failed and len(whole.statements) < len(dossier.reasons):
            whole = _filled(whole, len(whole.statements), template)
        attempts.append(Attempt(written, verify(whole, dossier), dossier))
        if isinstance(attempts[-1].verdict, Verified):
            return
        failures += 1


def _filled(draft: Draft, count: int, template: Draft) -> Draft:
    """The first statements of a draft, and the template's for the reasons after them."""
    return Draft(template.summary, (*draft.statements[:count], *template.statements[count:]))


def _shown(draft: Draft, evidence: tuple[Evidence, ...]) -> list[StatementProved]:
    return [_event(at, draft, evidence) for at in range(len(draft.statements))]


def _event(at: int, draft: Draft, evidence: tuple[Evidence, ...]) -> StatementProved:
    return StatementProved(at + 1, draft.statements[at], _carrying(f"reasons[{at}]", evidence))


def _carrying(where: str, evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    return tuple(entry for entry in evidence if entry.where.startswith(where))
