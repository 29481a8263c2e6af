"""Keep every draft, and make the one that passed the explanation that stands, exactly once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.db import explanations, jobs, outbox
from app.db.engine import Sessions
from app.domain.audit import AuditEvent
from app.domain.decisions import Decision
from app.domain.errors import ExplanationWithheld
from app.domain.explanation import (
    Dossier,
    Draft,
    Explanation,
    Finding,
    Rejected,
    Verdict,
    Verified,
    Written,
)
from app.domain.ids import DraftId, EventId, ExplanationId, MessageId
from app.domain.verification.verify import verify
from app.domain.webhooks import explanation_ready, review_needed
from app.use_cases.ports import Clock, ExplanationWriter, NewId

Outcome = Literal["wording", "first_try", "corrected", "template", "already_explained"]
WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Explained:
    """What came of it; `rules_broken` are those of the drafts that were refused."""

    outcome: Outcome
    explanation: Explanation
    rules_broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """A draft with what it cost, and what became of it.

    `dossier` is what it was proved on; `too_hard` names what is proved and still hard to read.
    """

    written: Written
    verdict: Verdict
    dossier: Dossier
    too_hard: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the next draft is to mend: what this one was refused for, else what is hard."""
        return self.verdict.findings if isinstance(self.verdict, Rejected) else self.too_hard


async def write_english(dossier: Dossier, fallback: ExplanationWriter) -> Draft | None:
    """Say in English what an explanation in another language says: both are kept together.

    None where the explanation is in English itself. Raises ExplanationWithheld.
    """
    if dossier.language == "en":
        return None
    in_english = replace(dossier, language="en")
    written = await fallback.write(in_english)
    if isinstance(verify(written.draft, in_english), Rejected):
        raise ExplanationWithheld(dossier.decision_id)
    return written.draft


async def publish_explanation(
    job: jobs.DecisionJob,
    decision: Decision,
    attempts: Sequence[Attempt],
    *,
    english: Draft | None = None,
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
    by: str = WORKER,
) -> Explained:
    """Keep the drafts and publish the one that passed, in one transaction; the first one wins.

    Of several that passed it is the plainest. What another published meanwhile is returned as
    `already_explained`. Raises ExplanationWithheld, with the drafts kept, where none passed.
    """
    at = clock()
    plainest = _plainest(attempts)
    chosen = None if plainest is None else plainest[0]
    draft_ids = [DraftId(new_id()) for _ in attempts]
    faults = [() if n == chosen else attempt.findings for n, attempt in enumerate(attempts)]
    broken = tuple(finding.rule for found in faults for finding in found)

    def event(action: str, attempt: int) -> AuditEvent:
        details = [("attempt", str(attempt)), ("audience", job.audience)]
        if job.renewal is not None:
            details += [("replaces", str(job.renewal.replaces)), ("why", job.renewal.why)]
        event_id = EventId(new_id())
        return AuditEvent(event_id, job.tenant_id, by, action, job.decision_id, at, tuple(details))

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
                findings=faults[number - 1],
                event=event("draft.verified" if passed else "draft.rejected", number),
            )
        if plainest is not None:
            chosen, verdict = plainest
            explanation = _explanation(
                job, attempts, attempts[chosen].written, verdict, english, ExplanationId(new_id())
            )
            is_ours = await explanations.publish(
                tx,
                explanation,
                decision,
                renewal=job.renewal,
                event=event("explanation.published", len(attempts)),
                draft_id=None if explanation.writer == "wording" else draft_ids[chosen],
            )
            if is_ours:
                await outbox.append(tx, explanation_ready(explanation, MessageId(new_id()), at))
            else:
                standing = await explanations.find_current(
                    tx, job.decision_id, job.audience, job.language
                )
                if standing is not None:
                    return Explained("already_explained", standing, broken)
            return Explained(_outcome(attempts[: chosen + 1]), explanation, broken)
        message_id = MessageId(new_id())
        await outbox.append(
            tx, review_needed(job.decision_id, "explanation-withheld", message_id, at)
        )
    raise ExplanationWithheld(job.decision_id)


def _plainest(attempts: Sequence[Attempt]) -> tuple[int, Verified] | None:
    """Choose the draft to publish, the earliest of those that are equally plain."""
    passed = [
        (n, attempt.verdict)
        for n, attempt in enumerate(attempts)
        if isinstance(attempt.verdict, Verified)
    ]
    return min(passed, key=lambda held: len(attempts[held[0]].too_hard), default=None)


def _is_correction(attempts: Sequence[Attempt], number: int) -> bool:
    """Whether an attempt was to mend the one before: the fallback starts afresh."""
    return number > 1 and attempts[number - 1].written.writer == attempts[number - 2].written.writer


def _outcome(attempts: Sequence[Attempt]) -> Outcome:
    writer = attempts[-1].written.writer
    if writer != "model":
        return writer
    drafts = sum(attempt.written.writer == "model" for attempt in attempts)
    return "first_try" if drafts == 1 else "corrected"


def _explanation(
    job: jobs.DecisionJob,
    attempts: Sequence[Attempt],
    written: Written,
    verdict: Verified,
    english: Draft | None,
    explanation_id: ExplanationId,
) -> Explanation:
    return Explanation(
        id=explanation_id,
        decision_id=job.decision_id,
        audience=job.audience,
        language=job.language,
        draft=verdict.draft,
        evidence=verdict.evidence,
        writer=written.writer,
        model=written.model,
        prompt=written.prompt,
        prompt_sha256=written.prompt_sha256,
        attempts=len(attempts),
        input_tokens=sum(attempt.written.input_tokens for attempt in attempts),
        output_tokens=sum(attempt.written.output_tokens for attempt in attempts),
        seconds=sum(attempt.written.seconds for attempt in attempts),
        english=english,
    )
