"""Turns what a lender reports into a decision with its principal reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from app.domain.catalogue import Catalogue
from app.domain.decisions import (
    NO_CLOSING,
    AccountCause,
    Action,
    Closing,
    Component,
    Decision,
    Jurisdiction,
    Missing,
    Offer,
    Purpose,
    Score,
    is_adverse,
)
from app.domain.errors import FieldProblem, InvalidFields, RefusedAttribution
from app.domain.ids import DecisionId, SubjectId, TenantId
from app.domain.impossible import impossible_dates, impossible_parties, impossible_score
from app.domain.models import ModelVersion, ReasonCode, Registration
from app.domain.parties import Applicant, Business, OutsideSource, ThirdPartyCreditor
from app.domain.reasons import (
    Attributed,
    PrincipalReason,
    RuleHit,
    judged_reasons,
    meets_cutoff,
    principal_reasons,
)
from app.domain.registering import ELDERLY, is_age

Outcome = Literal["approve", "decline", "refer"]
INCOMPLETE = ReasonCode("C1-01")
SCORED_ACTIONS: frozenset[Action] = frozenset({"approved", "declined"})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What beside the model's answer decides which notice is owed, to whom and by when."""

    business: Business | None = None
    missing: Missing | None = None
    creditors: tuple[ThirdPartyCreditor, ...] = ()
    outside_sources: tuple[OutsideSource, ...] = ()
    reasons_given: Literal["specific", "on_request"] = "specific"
    cause: AccountCause | None = None
    closing: Closing = NO_CLOSING
    score_provider: str = ""
    channel: str = ""
    region: str = ""


ORDINARY = Circumstances()


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
    model: ModelVersion | None
    score: Score | None
    cutoff: Decimal | None
    outcome: Outcome | None
    attributed: Attributed | None
    rules: tuple[RuleHit, ...]
    component: Component
    judgmental: tuple[ReasonCode, ...]
    claimed_reasons: tuple[ReasonCode, ...]
    requested: Offer
    offered: Offer | None
    reference_sha256: str
    applicants: tuple[Applicant, ...]
    application: Mapping[str, object]
    circumstances: Circumstances = ORDINARY
    model_findings: tuple[str, ...] = ()
    higher_is_better: bool | None = None


def decide_reasons(
    submission: Submission,
    registration: Registration | None,
    catalogue: Catalogue,
    *,
    decision_id: DecisionId,
    tenant_id: TenantId,
    subject_id: SubjectId,
    now: datetime,
) -> Decision:
    """Check a submission and work out its principal reasons.

    `registration` is None where no model took part. A submission that cannot be meant raises
    InvalidFields naming every field. One that is well formed and fails a check is quarantined:
    the lender has acted, so the clock runs, but no reason is given that was not proved. What
    the model claims as reasons is compared, never believed: a difference is a finding.
    """
    problems = [
        *impossible_dates(
            submission.received_at, submission.completed_at, submission.decided_at, now
        ),
        *impossible_score(submission.score),
        *impossible_parties(submission.applicants, submission.decided_at, now),
        *_lacking(submission),
    ]
    if problems:
        raise InvalidFields(problems)
    ranked, refusal = _ranked(submission, registration)
    gives_reasons = is_adverse(submission.action, submission.circumstances.cause)
    is_priced = submission.action == "less_favorable_terms"
    reasons = ranked if gives_reasons or is_priced else ()
    doubts = [] if refusal is None else [refusal.code]
    if registration is not None:
        doubts += _doubts(submission, registration)
    if gives_reasons and refusal is None and not reasons and "cutoff-side" not in doubts:
        doubts.append("no-principal-reason")  # 12 CFR 1002.9(b)(2)
    if any(reason.code not in catalogue for reason in reasons):
        doubts.append("code-not-in-catalogue")
    circumstances = submission.circumstances
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
        cutoff=None if registration is None else registration.cutoff,
        attributed=submission.attributed,
        reasons=() if doubts else reasons,
        claimed_reasons=submission.claimed_reasons,
        findings=(*doubts, *_findings(submission, registration, () if doubts else reasons)),
        requested=submission.requested,
        offered=submission.offered,
        reference_sha256=_reference_sha256(registration),
        applicants=submission.applicants,
        application=submission.application,
        status="quarantined" if doubts else "recorded",
        component=submission.component,
        business=circumstances.business,
        missing=circumstances.missing,
        creditors=circumstances.creditors,
        outside_sources=circumstances.outside_sources,
        reasons_given=circumstances.reasons_given,
        cause=circumstances.cause,
        closing=circumstances.closing,
        score_provider=circumstances.score_provider,
        channel=circumstances.channel,
        region=circumstances.region,
    )


def _ranked(
    submission: Submission, registration: Registration | None
) -> tuple[tuple[PrincipalReason, ...], RefusedAttribution | None]:
    if registration is None or submission.attributed is None:
        return judged_reasons(submission.rules, submission.judgmental), None
    if submission.action == "less_favorable_terms" and "best_tier" in registration.references:
        # A price is explained against those who got the best one, whatever the cutoff.
        registration = replace(registration, method="best_tier", cutoff=None)
    try:
        return principal_reasons(submission.attributed, registration), None
    except RefusedAttribution as refusal:
        return (), refusal


def _doubts(submission: Submission, registration: Registration) -> list[str]:
    """Name the checks that a well-formed decision fails."""
    found = []
    pinned = registration.model.artifact_sha256
    sent = None if submission.model is None else submission.model.artifact_sha256
    if pinned is not None and sent not in (None, pinned):
        found.append("artifact-differs")
    if submission.cutoff not in (None, registration.cutoff):
        found.append("cutoff-differs")
    if submission.higher_is_better not in (None, registration.higher_is_better):
        found.append("direction-differs")
    if _is_on_the_wrong_side(submission, registration):
        found.append("cutoff-side")
    if _counts_age_against_the_elderly(submission, registration):
        found.append("age-against-the-elderly")
    return found


def _counts_age_against_the_elderly(submission: Submission, registration: Registration) -> bool:
    """12 CFR 1002.6(b)(2)(ii): the age of an applicant of 62 or more has no negative value."""
    reference = registration.references.get(registration.method)
    if submission.attributed is None or reference is None:
        return False
    for item in submission.attributed.items:
        if not is_age(item.feature) or not isinstance(item.value, Decimal):
            continue
        fell = reference.means.get(item.feature, Decimal(0)) - item.contribution
        if item.value >= ELDERLY and (fell > 0) == registration.higher_is_better and fell != 0:
            return True
    return False


def _is_on_the_wrong_side(submission: Submission, registration: Registration) -> bool:
    """Whether score and cutoff contradict what was done, where they alone decided."""
    if submission.score is None or registration.cutoff is None or submission.rules:
        return False
    meets = meets_cutoff(submission.score.value, registration)
    if submission.outcome == ("decline" if meets else "approve"):
        return True
    if submission.component != "scored":
        return False  # a person may decide either way (comment 9(b)(2)-7)
    if submission.action == "declined":
        return meets
    return submission.action in {"approved", "less_favorable_terms"} and not meets


def _reference_sha256(registration: Registration | None) -> str:
    if registration is None:
        return ""
    reference = registration.references.get(registration.method)
    return "" if reference is None else reference.sha256


def _lacking(submission: Submission) -> list[FieldProblem]:
    """Name what the action cannot be without."""
    problems = []
    circumstances = submission.circumstances
    is_scored = submission.component != "judgmental" and submission.action in SCORED_ACTIONS
    if is_scored and (submission.model is None or submission.attributed is None):
        detail = "is needed with score and attribution, unless component is judgmental"
        problems.append(FieldProblem("/model", detail))
    if submission.action == "incomplete":
        missing = circumstances.missing
        if missing is None:
            problems.append(FieldProblem("/missing", "is needed (12 CFR 1002.9(c)(2))"))
        elif missing.respond_by <= submission.decided_at.date():
            problems.append(FieldProblem("/missing/respond_by", "leaves no time to respond"))
    offered = submission.offered
    if submission.action == "counteroffer" and (offered is None or offered.amount is None):
        problems.append(FieldProblem("/offered/amount", "is needed for a counteroffer"))
    return problems


def _findings(
    submission: Submission,
    registration: Registration | None,
    reasons: tuple[PrincipalReason, ...],
) -> tuple[str, ...]:
    found = []
    ours = tuple(reason.code for reason in reasons)
    if reasons and submission.claimed_reasons and submission.claimed_reasons != ours:
        found.append("claimed-reasons-differ")
    if submission.reference_sha256 not in ("", _reference_sha256(registration)):
        found.append("reference-differs")
    if any(reason.counter_intuitive for reason in reasons):
        found.append("counter-intuitive-reason")
    if INCOMPLETE in ours and submission.attributed is not None:
        found.append("incomplete-although-scored")  # comments 9(a)(1)-3, -4
    return (*found, *submission.model_findings)
