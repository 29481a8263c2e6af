"""Decide an application: score it, price it, record what follows."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from app.db import decisions, outbox, referrals, registrations, subjects
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.audit import AuditEvent
from app.domain.catalogue import Catalogue
from app.domain.decisions import Action
from app.domain.errors import InvalidFields, ModelUnavailable, RefusedAttribution
from app.domain.ids import EventId, MessageId, ReferralId, SubjectId
from app.domain.impossible import impossible_dates, impossible_parties
from app.domain.reasons import chosen_reference, principal_reasons
from app.domain.recording import Submission
from app.domain.referrals import Application, Referral, Why
from app.domain.webhooks import referred
from app.use_cases.ports import (
    Clock,
    NewId,
    Priced,
    PricingModel,
    RescoringModel,
    Scored,
    ScoringModel,
)
from app.use_cases.record_decision import Recorded, RequestIdentity, record_decision

ACTIONS: Mapping[str, Action] = {
    "offer": "approved",
    "counteroffer": "counteroffer",
    "decline": "declined",
}


async def decide_application(
    application: Application,
    *,
    request: RequestIdentity,
    actor: Actor,
    sessions: Sessions,
    catalogue: Catalogue,
    scoring: ScoringModel,
    pricing: PricingModel,
    rescoring: RescoringModel | None,
    clock: Clock,
    new_id: NewId,
    trace: Mapping[str, str],
) -> Recorded | Referral:
    """Run the decision workflow. The same request again gets the first answer, unscored.

    An application that a model did not answer for is referred to a person and is scored again
    when it is sent again. Raises UnknownProduct, InvalidFields, and what `record_decision` does.
    """
    async with sessions.begin(actor.tenant_id) as tx:
        standing = await decisions.find_first_answer(
            tx,
            idempotency_key=request.idempotency_key,
            external_id=application.external_id,
            request_sha256=request.sha256,
            at=clock(),
        )
        if standing is not None:
            return Recorded(await decisions.get(tx, standing), is_new=False)
    try:
        scored = await scoring.score(application.product, application.features)
    except ModelUnavailable:
        return await _refer(application, "scoring-unavailable", actor, sessions, clock, new_id)
    priced = None
    if not _fails_cutoff(scored):
        try:
            priced = await pricing.price(application.product, application.features, scored.score)
        except ModelUnavailable:
            return await _refer(application, "pricing-unavailable", actor, sessions, clock, new_id)
    submission = _submission(application, scored, priced, decided_at=clock())
    if rescoring is not None and submission.action == "declined":
        found = await _substitutions_failed(submission, actor, sessions, rescoring)
        submission = replace(submission, model_findings=found)
    return await record_decision(
        submission,
        request=request,
        actor=actor,
        sessions=sessions,
        catalogue=catalogue,
        clock=clock,
        new_id=new_id,
        trace=trace,
    )


async def _refer(
    application: Application,
    why: Why,
    actor: Actor,
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
) -> Referral:
    """Keep the application for a person: nothing that was sent to us is lost to an outage."""
    at = clock()
    problems = [
        *impossible_dates(application.received_at, application.completed_at, None, at),
        *impossible_parties(application.applicants, None, at),
    ]
    if problems:
        raise InvalidFields(problems)
    async with sessions.begin(actor.tenant_id) as tx:
        primary = next((a for a in application.applicants if a.role == "primary"), None)
        reference = (primary or application.applicants[0]).reference
        subject_id = await subjects.ensure(tx, reference, new_id=SubjectId(new_id()), at=at)
        referral = Referral(ReferralId(new_id()), subject_id, application, why, at)
        event = AuditEvent(
            id=EventId(new_id()),
            tenant_id=actor.tenant_id,
            actor=actor.name,
            action="application.referred",
            subject=referral.id,
            at=at,
            details=(("why", why), ("external_id", application.external_id)),
        )
        standing = await referrals.refer(tx, referral, event=event)
        await outbox.append(tx, referred(standing, MessageId(new_id()), at))
    return standing


async def _substitutions_failed(
    submission: Submission, actor: Actor, sessions: Sessions, rescoring: RescoringModel
) -> tuple[str, ...]:
    """Name the reasons whose features, set to the reference's medians, do not improve the score.

    A warning and no more: 8 to 9 % of reasons near the cutoff fail it, for a median can be
    worse than the value it replaces. Where the model cannot be asked again nothing is said.
    """
    model, attributed, score = submission.model, submission.attributed, submission.score
    if model is None or attributed is None or score is None:
        return ()
    async with sessions.begin(actor.tenant_id) as tx:
        registration = await registrations.get(tx, model.name, model.version)
    try:
        ranked = [r for r in principal_reasons(attributed, registration) if r.features]
        medians = chosen_reference(registration).medians
        rescored = await rescoring.rescore(
            submission.product,
            submission.application,
            features=[{f: medians[f] for f in reason.features} for reason in ranked],
        )
    except (RefusedAttribution, ModelUnavailable):
        return ()
    better = 1 if registration.higher_is_better else -1
    return tuple(
        f"substitution-failed:{reason.code}"
        for reason, substituted in zip(ranked, rescored.features, strict=True)
        if better * (substituted - score.value) <= 0
    )


def _fails_cutoff(scored: Scored) -> bool:
    value, cutoff = scored.score.value, scored.cutoff
    fell_short = value < cutoff if scored.higher_is_better else value > cutoff
    return fell_short or bool(scored.attributed.rules)


def _submission(
    application: Application, scored: Scored, priced: Priced | None, *, decided_at: datetime
) -> Submission:
    action: Action = "declined"
    offered = None
    attributed = scored.attributed
    if priced is not None:
        action = ACTIONS[priced.outcome]
        used_a_report = any(applicant.reports_used for applicant in application.applicants)
        if action == "approved" and priced.is_less_favorable and used_a_report:
            action = "less_favorable_terms"
        offered = priced.counteroffer if action == "counteroffer" else priced.offer
        # The score passed; what failed is the component that priced (comment 9(b)(2)-7).
        attributed = replace(attributed, rules=(*attributed.rules, *priced.rules))
    if action == "declined":
        offered = None
    return Submission(
        external_id=application.external_id,
        kind="credit",
        product=application.product,
        purpose=application.purpose,
        jurisdiction=application.jurisdiction,
        action=action,
        received_at=application.received_at,
        completed_at=application.completed_at,
        decided_at=decided_at,
        model=scored.model,
        score=scored.score,
        cutoff=scored.cutoff,
        outcome=None,
        attributed=attributed,
        rules=attributed.rules,
        component="scored",
        judgmental=(),
        claimed_reasons=scored.claimed_reasons,
        requested=application.requested,
        offered=offered,
        reference_sha256=scored.reference_sha256,
        applicants=application.applicants,
        application=application.features,
        higher_is_better=scored.higher_is_better,
    )
