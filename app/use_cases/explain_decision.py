"""Write, verify and publish the explanation of one adverse action."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.db import decisions, explanations, jobs, registrations, wordings
from app.db.engine import Sessions
from app.domain.audit import AuditEvent
from app.domain.catalogue import Catalogue
from app.domain.decisions import Decision
from app.domain.dossiers import to_dossier
from app.domain.errors import ExplanationWithheld, NothingToExplain, WriterUnavailable
from app.domain.explanation import (
    Dossier,
    Explanation,
    Finding,
    Rejected,
    Verified,
    Written,
)
from app.domain.ids import DraftId, EventId, ExplanationId
from app.domain.verification.verify import verify
from app.domain.wordings import ApprovedWording
from app.use_cases.explain_by_wordings import explain_by_wordings
from app.use_cases.ports import Clock, EvidenceFinder, ExplanationWriter, NewId

MAX_DRAFTS = 3  # measured: what has not passed by the third draft rarely passes later
MAX_STARTS = 3  # work begun this often has taken its workers down: no model again

Outcome = Literal["wording", "first_try", "corrected", "template", "already_explained"]
WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Explained:
    """What came of it; `rules_broken` are those of the drafts that were refused."""

    outcome: Outcome
    explanation: Explanation
    rules_broken: tuple[str, ...] = ()


async def explain_decision(
    job: jobs.DecisionJob,
    *,
    sessions: Sessions,
    catalogue: Catalogue,
    evidence: EvidenceFinder,
    writer: ExplanationWriter | None,
    fallback: ExplanationWriter,
    clock: Clock,
    new_id: NewId,
) -> Explained:
    """Draft until one passes, then publish it; the template writer is the last to draft.

    A customer is told in approved wordings where every reason has one; no model is asked then.
    An underwriter is always told in a draft of this very decision.
    Raises NothingToExplain, or ExplanationWithheld when not even the template passes.
    """
    async with sessions.begin(job.tenant_id) as tx:  # gather
        standing = await explanations.find_current(tx, job.decision_id, job.audience, job.language)
        if standing is not None:
            return Explained("already_explained", standing)
        starts = await jobs.begin_attempt(tx, job)
        decision = await decisions.get(tx, job.decision_id)
        if not decision.reasons:
            raise NothingToExplain(job.decision_id)
        model = decision.model
        registration = (
            None if model is None else await registrations.get(tx, model.name, model.version)
        )
        approved: Sequence[ApprovedWording] = ()
        if job.audience == "customer":
            approved = await wordings.find_approved(
                tx,
                [reason.code for reason in decision.reasons],
                audience=job.audience,
                language=job.language,
                jurisdiction=decision.jurisdiction,
            )
    attempts: list[_Attempt] = []
    if approved:
        worded = await explain_by_wordings(
            approved,
            decision,
            registration,
            catalogue=catalogue,
            evidence=evidence,
            audience=job.audience,
            language=job.language,
        )
        if worded is not None:
            written, proved_on = worded
            attempts.append(_Attempt(written, verify(written.draft, proved_on), proved_on))
            if isinstance(attempts[-1].verdict, Verified):
                return await _publish(job, decision, attempts, sessions, clock, new_id)
    passages, quotes = await evidence.find(decision, catalogue)
    dossier = to_dossier(
        decision,
        registration,
        catalogue,
        audience=job.audience,
        language=job.language,
        passages=passages,
        quotes=quotes,
    )

    if writer is not None and starts <= MAX_STARTS:
        attempts += await _draft_with(writer, dossier)
    if not attempts or isinstance(attempts[-1].verdict, Rejected):
        written = await fallback.write(dossier)
        attempts.append(_Attempt(written, verify(written.draft, dossier), dossier))

    return await _publish(job, decision, attempts, sessions, clock, new_id)


@dataclass(frozen=True, slots=True)
class _Attempt:
    written: Written
    verdict: Verified | Rejected
    dossier: Dossier  # what it was proved on

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.verdict.findings if isinstance(self.verdict, Rejected) else ()


async def _draft_with(writer: ExplanationWriter, dossier: Dossier) -> list[_Attempt]:
    """Ask up to MAX_DRAFTS times, each time with what was wrong before. No transaction is open."""
    attempts: list[_Attempt] = []
    for _ in range(MAX_DRAFTS):
        last = attempts[-1] if attempts else None
        try:
            written = await writer.write(
                dossier,
                corrections=() if last is None else last.findings,
                previous=None if last is None else last.written,
            )
        except WriterUnavailable:
            break
        attempts.append(_Attempt(written, verify(written.draft, dossier), dossier))
        if isinstance(attempts[-1].verdict, Verified):
            break
    return attempts


async def _publish(
    job: jobs.DecisionJob,
    decision: Decision,
    attempts: list[_Attempt],
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
) -> Explained:
    """Keep every draft, and make the one that passed the current explanation, at once."""
    at = clock()
    last = attempts[-1]
    draft_ids = [DraftId(new_id()) for _ in attempts]
    broken = tuple(finding.rule for attempt in attempts for finding in attempt.findings)

    def event(action: str, attempt: int) -> AuditEvent:
        details = (("attempt", str(attempt)), ("audience", job.audience))
        event_id = EventId(new_id())
        return AuditEvent(event_id, job.tenant_id, WORKER, action, job.decision_id, at, details)

    async with sessions.begin(job.tenant_id) as tx:
        for number, attempt in enumerate(attempts, start=1):
            passed = isinstance(attempt.verdict, Verified)
            await explanations.keep_draft(
                tx,
                attempt.written,
                decision,
                draft_id=draft_ids[number - 1],
                previous_id=draft_ids[number - 2] if _is_correction(attempts, number) else None,
                audience=job.audience,
                language=job.language,
                attempt=number,
                dossier=attempt.dossier,
                findings=attempt.findings,
                event=event("draft.verified" if passed else "draft.rejected", number),
            )
        if isinstance(last.verdict, Verified):
            explanation = _explanation(job, attempts, last.verdict, ExplanationId(new_id()))
            is_ours = await explanations.publish(
                tx,
                explanation,
                decision,
                event=event("explanation.published", len(attempts)),
                draft_id=None if last.written.writer == "wording" else draft_ids[-1],
            )
            if not is_ours:
                standing = await explanations.find_current(
                    tx, job.decision_id, job.audience, job.language
                )
                if standing is not None:
                    return Explained("already_explained", standing, broken)
            return Explained(_outcome(attempts), explanation, broken)
    raise ExplanationWithheld(job.decision_id)


def _is_correction(attempts: list[_Attempt], number: int) -> bool:
    """Whether an attempt was to mend the one before: the fallback starts afresh."""
    return number > 1 and attempts[number - 1].written.writer == attempts[number - 2].written.writer


def _outcome(attempts: list[_Attempt]) -> Outcome:
    writer = attempts[-1].written.writer
    if writer != "model":
        return writer
    drafts = sum(attempt.written.writer == "model" for attempt in attempts)
    return "first_try" if drafts == 1 else "corrected"


def _explanation(
    job: jobs.DecisionJob,
    attempts: list[_Attempt],
    verdict: Verified,
    explanation_id: ExplanationId,
) -> Explanation:
    last = attempts[-1].written
    return Explanation(
        id=explanation_id,
        decision_id=job.decision_id,
        audience=job.audience,
        language=job.language,
        draft=verdict.draft,
        evidence=verdict.evidence,
        writer=last.writer,
        model=last.model,
        prompt=last.prompt,
        prompt_sha256=last.prompt_sha256,
        attempts=len(attempts),
        input_tokens=sum(attempt.written.input_tokens for attempt in attempts),
        output_tokens=sum(attempt.written.output_tokens for attempt in attempts),
        seconds=sum(attempt.written.seconds for attempt in attempts),
    )
