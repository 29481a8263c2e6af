"""Turns what a lender reports into a decision with its principal reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from app.domain.catalogue import Catalogue
from app.domain.decisions import ADVERSE, Action, Decision, Jurisdiction, Offer, Purpose, Score
from app.domain.errors import FieldProblem, InvalidFields
from app.domain.ids import DecisionId, SubjectId, TenantId
from app.domain.models import ModelVersion, ReasonCode, Registration
from app.domain.parties import Applicant
from app.domain.reasons import Attributed, PrincipalReason, chosen_reference, principal_reasons

EARLIEST = datetime.fromisoformat("1990-01-01T00:00:00+00:00")
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Submission:
    """A decision as the lender reports it, before we have worked out anything ourselves."""

    external_id: str
    kind: Literal["credit", "pricing"]
    product: str
    purpose: Purpose
    jurisdiction: Jurisdiction
    action: Action
    received_at: datetime
    completed_at: datetime
    decided_at: datetime
    model: ModelVersion
    score: Score
    cutoff: Decimal | None
    attributed: Attributed
    claimed_reasons: tuple[ReasonCode, ...]
    requested: Offer
    offered: Offer | None
    reference_sha256: str
    applicants: tuple[Applicant, ...]
    application: Mapping[str, object]


def decide_reasons(
    submission: Submission,
    registration: Registration,
    catalogue: Catalogue,
    *,
    decision_id: DecisionId,
    tenant_id: TenantId,
    subject_id: SubjectId,
    now: datetime,
) -> Decision:
    """Check a submission and work out its principal reasons.

    Raises InvalidFields naming every field that cannot be true, and the refusals of
    `principal_reasons`. What the model claims as reasons is compared, never believed: a
    difference is a recorded finding.
    """
    problems = [*_impossible_dates(submission, now), *_impossible_score(submission, registration)]
    if problems:
        raise InvalidFields(problems)
    ranked = principal_reasons(submission.attributed, registration)
    reasons = ranked if submission.action in ADVERSE else ()
    if submission.action in ADVERSE and not reasons:
        detail = "is adverse, and nothing sent gives a principal reason (12 CFR 1002.9(b)(2))"
        raise InvalidFields([FieldProblem("/action", detail)])
    unknown = [reason.code for reason in reasons if reason.code not in catalogue]
    if unknown:
        raise InvalidFields(
            [
                FieldProblem("/model", f"reason code {code} is not in the catalogue")
                for code in unknown
            ]
        )
    return Decision(
        id=decision_id,
        tenant_id=tenant_id,
        subject_id=subject_id,
        external_id=submission.external_id,
        kind=submission.kind,
        product=submission.product,
        purpose=submission.purpose,
        jurisdiction=submission.jurisdiction,
        action=submission.action,
        received_at=submission.received_at,
        completed_at=submission.completed_at,
        decided_at=submission.decided_at,
        model=submission.model,
        score=submission.score,
        cutoff=registration.cutoff,
        attributed=submission.attributed,
        reasons=reasons,
        claimed_reasons=submission.claimed_reasons,
        findings=_findings(submission, registration, reasons),
        requested=submission.requested,
        offered=submission.offered,
        reference_sha256=chosen_reference(registration).sha256,
        applicants=submission.applicants,
        application=submission.application,
    )


def _impossible_dates(submission: Submission, now: datetime) -> list[FieldProblem]:
    problems = []
    named = {
        "/received_at": submission.received_at,
        "/completed_at": submission.completed_at,
        "/decided_at": submission.decided_at,
    }
    for pointer, instant in named.items():
        if instant > now + CLOCK_SKEW:
            problems.append(FieldProblem(pointer, "lies in the future"))
        if instant < EARLIEST:
            problems.append(FieldProblem(pointer, "lies before 1990"))
    if submission.completed_at < submission.received_at:
        problems.append(FieldProblem("/completed_at", "lies before received_at"))
    if submission.decided_at < submission.received_at:
        problems.append(FieldProblem("/decided_at", "lies before received_at"))
    return problems


def _impossible_score(submission: Submission, registration: Registration) -> list[FieldProblem]:
    problems = []
    score = submission.score
    if not score.min <= score.value <= score.max:
        problems.append(
            FieldProblem("/score/value", f"lies outside its range {score.min} to {score.max}")
        )
    cutoff = registration.cutoff
    if cutoff is not None and submission.cutoff not in (None, cutoff):
        problems.append(FieldProblem("/decision/cutoff", f"is not the registered {cutoff}"))
    return problems


def _findings(
    submission: Submission, registration: Registration, reasons: tuple[PrincipalReason, ...]
) -> tuple[str, ...]:
    found = []
    ours = tuple(reason.code for reason in reasons)
    if reasons and submission.claimed_reasons and submission.claimed_reasons != ours:
        found.append("claimed-reasons-differ")
    if submission.reference_sha256 not in ("", chosen_reference(registration).sha256):
        found.append("reference-differs")
    pinned = registration.model.artifact_sha256
    if pinned is not None and submission.model.artifact_sha256 not in (None, pinned):
        found.append("artifact-differs")
    if any(reason.counter_intuitive for reason in reasons):
        found.append("counter-intuitive-reason")
    return tuple(found)
