"""Decide an application: score it, price it, record what follows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.db import decisions
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.catalogue import Catalogue
from app.domain.decisions import Action, Jurisdiction, Offer, Purpose
from app.domain.parties import Applicant
from app.domain.recording import Submission
from app.use_cases.ports import Clock, NewId, Priced, PricingModel, Scored, ScoringModel
from app.use_cases.record_decision import Recorded, RequestIdentity, record_decision

ACTIONS: Mapping[str, Action] = {
    "offer": "approved",
    "counteroffer": "counteroffer",
    "decline": "declined",
}


@dataclass(frozen=True, slots=True)
class Application:
    """A request for credit, with what the models are to read."""

    external_id: str
    product: str
    purpose: Purpose
    jurisdiction: Jurisdiction
    received_at: datetime
    completed_at: datetime
    requested: Offer
    applicants: tuple[Applicant, ...]
    features: Mapping[str, object]


async def decide_application(
    application: Application,
    *,
    request: RequestIdentity,
    actor: Actor,
    sessions: Sessions,
    catalogue: Catalogue,
    scoring: ScoringModel,
    pricing: PricingModel,
    clock: Clock,
    new_id: NewId,
    trace: Mapping[str, str],
) -> Recorded:
    """Run the decision workflow. The same request again gets the first answer, unscored.

    Raises UnknownProduct, InvalidFields or ModelUnavailable, and what `record_decision` raises.
    """
    async with sessions.begin(actor.tenant_id) as tx:
        standing = await decisions.find_first_answer(
            tx,
            idempotency_key=request.idempotency_key,
            external_id=application.external_id,
            request_sha256=request.sha256,
        )
        if standing is not None:
            return Recorded(await decisions.get(tx, standing), is_new=False)
    scored = await scoring.score(application.product, application.features)
    priced = None
    if not _fails_cutoff(scored):
        priced = await pricing.price(application.product, application.features, scored.score)
    return await record_decision(
        _submission(application, scored, priced, decided_at=clock()),
        request=request,
        actor=actor,
        sessions=sessions,
        catalogue=catalogue,
        clock=clock,
        new_id=new_id,
        trace=trace,
    )


def _fails_cutoff(scored: Scored) -> bool:
    return scored.score.value < scored.cutoff or bool(scored.attributed.rules)


def _submission(
    application: Application, scored: Scored, priced: Priced | None, *, decided_at: datetime
) -> Submission:
    action: Action = "declined"
    offered = None
    attributed = scored.attributed
    if priced is not None:
        action = ACTIONS[priced.outcome]
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
    )
