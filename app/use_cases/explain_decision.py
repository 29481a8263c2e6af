"""Write, verify and publish the explanation of one adverse action."""

from app.db import decisions, explanations, jobs
from app.db.engine import Sessions
from app.domain.catalogue import Catalogue
from app.domain.errors import NothingToExplain, WriterUnavailable
from app.domain.explanation import Dossier, Rejected, Verified, Written
from app.domain.readability import hard_to_read
from app.domain.verification.verify import verify
from app.use_cases.explain_by_wordings import attempt_by_wordings
from app.use_cases.gather_dossier import gather_dossier
from app.use_cases.ports import Clock, EvidenceFinder, ExplanationWriter, NewId
from app.use_cases.publish_explanation import (
    Attempt,
    Explained,
    publish_explanation,
    write_english,
)

MAX_DRAFTS = 3  # measured: what has not passed by the third draft rarely passes later
MAX_PLAINER = 1  # drafts asked for only because what was proved is hard to read
MAX_STARTS = 3  # work begun this often has taken its workers down: no model again


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
    starts: int = 1,
) -> Explained:
    """Draft until one passes, then publish it; the template writer is the last to draft.

    A customer is told in approved wordings where every reason has one; no model is asked then.
    An underwriter is always told in a draft of this very decision. A proved draft that is hard
    to read is asked for once more in plainer words, and stands if no plainer one is proved.
    `starts` is how often this work was begun: what took its workers down is given to no model.
    Raises NothingToExplain, or ExplanationWithheld when not even the template passes.
    """
    async with sessions.begin(job.tenant_id) as tx:  # gather
        standing = await explanations.find_current(tx, job.decision_id, job.audience, job.language)
        if standing is not None and job.is_done_by(standing.id):
            return Explained("already_explained", standing)
        decision = await decisions.get(tx, job.decision_id)
        if not decision.reasons:
            raise NothingToExplain(job.decision_id)
    attempts: list[Attempt] = []
    worded = await attempt_by_wordings(
        decision,
        audience=job.audience,
        language=job.language,
        sessions=sessions,
        catalogue=catalogue,
        evidence=evidence,
    )
    if worded is not None:
        attempts.append(worded)
        if isinstance(worded.verdict, Verified):
            return await publish_explanation(
                job,
                decision,
                attempts,
                english=await write_english(worded.dossier, fallback),
                sessions=sessions,
                clock=clock,
                new_id=new_id,
            )
    dossier = await gather_dossier(
        decision,
        audience=job.audience,
        language=job.language,
        sessions=sessions,
        catalogue=catalogue,
        evidence=evidence,
    )

    if writer is not None and starts <= MAX_STARTS:
        attempts += await _draft_with(writer, dossier)
    if not any(isinstance(attempt.verdict, Verified) for attempt in attempts):
        written = await fallback.write(dossier)
        attempts.append(Attempt(written, verify(written.draft, dossier), dossier))

    return await publish_explanation(
        job,
        decision,
        attempts,
        english=await write_english(dossier, fallback),
        sessions=sessions,
        clock=clock,
        new_id=new_id,
    )


async def _draft_with(writer: ExplanationWriter, dossier: Dossier) -> list[Attempt]:
    """Ask up to MAX_DRAFTS times, each time with what was wrong before. No transaction is open."""
    attempts: list[Attempt] = []
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
        attempts.append(_judged(written, dossier))
        proved = [attempt for attempt in attempts if isinstance(attempt.verdict, Verified)]
        if proved and (not attempts[-1].too_hard or len(proved) > MAX_PLAINER):
            break
    return attempts


def _judged(written: Written, dossier: Dossier) -> Attempt:
    verdict = verify(written.draft, dossier)
    if isinstance(verdict, Rejected):
        return Attempt(written, verdict, dossier)
    too_hard = hard_to_read(written.draft, dossier.audience, dossier.language)
    return Attempt(written, verdict, dossier, too_hard)
