"""Erasure and legal holds."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from app.api.deps import ResourcesDep, allowed
from app.api.fields import Name, Strict, Text
from app.api.idempotency import KeyedRoute
from app.domain.access import Actor, Permission
from app.domain.ids import DecisionId
from app.use_cases.erase_subject import erase_subject, set_hold

router = APIRouter(prefix="/v1", tags=["retention"], route_class=KeyedRoute)
Eraser = Annotated[Actor, Depends(allowed(Permission.ERASE_SUBJECTS))]


class ErasureIn(Strict):
    """The lender's reference of the person."""

    reference: Name


class ErasedOut(BaseModel):
    """How many decisions can no longer be read."""

    decisions: int


class HoldIn(Strict):
    """Why records are to be kept: an investigation, a suit."""

    why: Text


@router.post("/subjects:erase", summary="Erase a person's data")
async def post_erasure(body: ErasureIn, actor: Eraser, resources: ResourcesDep) -> ErasedOut:
    """Destroy the key that seals it; refused with reasons while the law has it kept."""
    erased = await erase_subject(
        body.reference,
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
    )
    return ErasedOut(decisions=erased)


@router.put(
    "/decisions/{decision_id}/hold", status_code=HTTPStatus.NO_CONTENT, summary="Place a hold"
)
async def put_hold(decision_id: UUID, body: HoldIn, actor: Eraser, resources: ResourcesDep) -> None:
    """Keep the decision's records whatever else says (12 CFR 1002.12(b)(4))."""
    await set_hold(
        DecisionId(decision_id),
        body.why,
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
    )


@router.delete(
    "/decisions/{decision_id}/hold", status_code=HTTPStatus.NO_CONTENT, summary="Lift the hold"
)
async def delete_hold(decision_id: UUID, actor: Eraser, resources: ResourcesDep) -> None:
    """Lift every hold on the decision."""
    await set_hold(
        DecisionId(decision_id),
        None,
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
    )
