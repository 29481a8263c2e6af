"""Applications and decisions."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from app.api.deps import IdempotencyKey, ResourcesDep, allowed, identity_of
from app.api.presenters import DecisionOut, DecisionPageOut
from app.api.schemas import ApplicationIn, DecisionIn
from app.domain.access import Actor, Permission
from app.domain.ids import DecisionId
from app.observability.tracing import inject_context
from app.use_cases.decide_application import decide_application
from app.use_cases.record_decision import Recorded, record_decision
from app.use_cases.view_decision import page_decisions, view_decision

router = APIRouter(prefix="/v1", tags=["decisions"])


@router.post("/applications", status_code=HTTPStatus.CREATED, summary="Decide an application")
async def post_application(
    body: ApplicationIn,
    actor: Annotated[Actor, Depends(allowed(Permission.DECIDE_APPLICATIONS))],
    resources: ResourcesDep,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> DecisionOut:
    """Run scoring, pricing and the decision; the same request again gets the first answer."""
    recorded = await decide_application(
        body.to_domain(),
        request=identity_of(body, "applications", idempotency_key),
        actor=actor,
        sessions=resources.sessions,
        catalogue=resources.catalogue,
        scoring=resources.scoring,
        pricing=resources.models,
        clock=resources.clock,
        new_id=resources.new_id,
        trace=inject_context(),
    )
    return _created(recorded, response, resources)


@router.post(
    "/decisions",
    status_code=HTTPStatus.CREATED,
    summary="Record a credit decision",
    responses={HTTPStatus.ACCEPTED.value: {"description": "Kept as quarantined; see findings"}},
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
    return DecisionOut.of(recorded.decision, resources.catalogue, None)
