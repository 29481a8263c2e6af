"""Applications and decisions."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from app.api.deps import IdempotencyKey, ResourcesDep, allowed, identity_of
from app.api.idempotency import REPLAYED, KeyedRoute
from app.api.presenters import DecisionOut, DecisionPageOut
from app.api.schemas import ApplicationIn, DecisionIn
from app.domain.access import Actor, Permission
from app.domain.ids import DecisionId
from app.domain.referrals import Referral
from app.observability.tracing import inject_context
from app.use_cases.decide_application import decide_application
from app.use_cases.record_decision import Recorded, record_decision
from app.use_cases.view_decision import page_decisions, page_referrals, view_decision

router = APIRouter(prefix="/v1", tags=["decisions"], route_class=KeyedRoute)


class ReferralOut(BaseModel):
    """An application that waits for a person, because a model did not answer."""

    status: str = "referred"
    id: UUID
    external_id: str
    product: str
    why: str
    received_at: datetime
    referred_at: datetime
    due_at: datetime

    @classmethod
    def of(cls, referral: Referral) -> "ReferralOut":
        """Present a referral; who it is about stands in the application alone."""
        application = referral.application
        return cls(
            id=referral.id,
            external_id=application.external_id,
            product=application.product,
            why=referral.why,
            received_at=application.received_at,
            referred_at=referral.referred_at,
            due_at=referral.due_at,
        )


@router.post(
    "/applications",
    status_code=HTTPStatus.CREATED,
    summary="Decide an application",
    response_model=DecisionOut | ReferralOut,
    responses={
        HTTPStatus.ACCEPTED.value: {
            "description": "Referred to a person, or quarantined",
            "model": DecisionOut | ReferralOut,
        }
    },
)
async def post_application(
    body: ApplicationIn,
    actor: Annotated[Actor, Depends(allowed(Permission.DECIDE_APPLICATIONS))],
    resources: ResourcesDep,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> DecisionOut | ReferralOut:
    """Run scoring, pricing and the decision; the same request again gets the first answer.

    While a model is down the application is kept and referred to a person (202); sent again it
    is scored again.
    """
    recorded = await decide_application(
        body.to_domain(),
        request=identity_of(body, "applications", idempotency_key),
        actor=actor,
        sessions=resources.sessions,
        catalogue=resources.catalogue,
        scoring=resources.scoring,
        pricing=resources.models,
        rescoring=resources.models if resources.scoring is resources.models else None,
        clock=resources.clock,
        new_id=resources.new_id,
        trace=inject_context(),
    )
    if isinstance(recorded, Referral):
        response.status_code = HTTPStatus.ACCEPTED
        return ReferralOut.of(recorded)
    return _created(recorded, response, resources)


@router.get("/referrals", summary="List applications that wait for a person")
async def get_referrals(
    actor: Annotated[Actor, Depends(allowed(Permission.VIEW_WORK))],
    resources: ResourcesDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[ReferralOut]:
    """Return the open ones, the earliest due first; a decision with the same id settles one."""
    listed = await page_referrals(actor=actor, sessions=resources.sessions, limit=limit)
    return [ReferralOut.of(referral) for referral in listed]


@router.post(
    "/decisions",
    status_code=HTTPStatus.CREATED,
    summary="Record a credit decision",
    responses={
        HTTPStatus.ACCEPTED.value: {
            "description": "Kept as quarantined; see findings",
            "model": DecisionOut,
        }
    },
)
async def post_decision(
    body: DecisionIn,
    actor: Annotated[Actor, Depends(allowed(Permission.RECORD_DECISIONS))],
    resources: ResourcesDep,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> DecisionOut:
    """Record a decision that another system made; one that fails a check is quarantined."""
    recorded = await record_decision(
        body.to_domain(),
        request=identity_of(body, "decisions", idempotency_key),
        actor=actor,
        sessions=resources.sessions,
        catalogue=resources.catalogue,
        clock=resources.clock,
        new_id=resources.new_id,
        trace=inject_context(),
    )
    return _created(recorded, response, resources)


@router.get("/decisions", summary="List decisions, newest first")
async def get_decisions(
    actor: Annotated[Actor, Depends(allowed(Permission.VIEW_DECISIONS))],
    resources: ResourcesDep,
    before: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DecisionPageOut:
    """Return a page; pass the last id as `before` for the next one."""
    lines = await page_decisions(
        before=None if before is None else DecisionId(before),
        limit=limit,
        actor=actor,
        sessions=resources.sessions,
    )
    return DecisionPageOut.of(lines, limit)


@router.get("/decisions/{decision_id}", summary="Read a decision")
async def get_decision(
    decision_id: UUID,
    actor: Annotated[Actor, Depends(allowed(Permission.VIEW_DECISIONS))],
    resources: ResourcesDep,
) -> DecisionOut:
    """Return a decision with its reasons and the state of its explanation."""
    viewed = await view_decision(DecisionId(decision_id), actor=actor, sessions=resources.sessions)
    return DecisionOut.of(viewed.decision, resources.catalogue, viewed.explanation_state)


def _created(recorded: Recorded, response: Response, resources: ResourcesDep) -> DecisionOut:
    if recorded.decision.status == "quarantined":
        response.status_code = HTTPStatus.ACCEPTED
    response.headers["Location"] = f"/v1/decisions/{recorded.decision.id}"
    if not recorded.is_new:
        response.headers[REPLAYED] = "true"
    return DecisionOut.of(recorded.decision, resources.catalogue, None)
