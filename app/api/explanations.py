"""Explanations of a decision."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from app.api.deps import ResourcesDep, allowed
from app.api.presenters import DecisionOut, ExplainedOut, ExplanationOut
from app.domain.access import Actor, Permission
from app.domain.errors import ExplanationNotReady
from app.domain.explanation import Audience, Language
from app.domain.ids import DecisionId
from app.observability.tracing import inject_context
from app.use_cases.request_explanation import find_explanation, request_explanation
from app.use_cases.view_decision import view_decision

router = APIRouter(prefix="/v1/decisions/{decision_id}", tags=["explanations"])

AudienceQuery = Annotated[Audience, Query(description="For whom the explanation is worded")]


@router.post(
    "/explanations",
    summary="Explain a decision",
    responses={HTTPStatus.ACCEPTED.value: {"description": "Still being written; see Location"}},
)
async def post_explanation(
    decision_id: UUID,
    actor: Annotated[Actor, Depends(allowed(Permission.EXPLAIN_DECISIONS))],
    resources: ResourcesDep,
    audience: AudienceQuery = "customer",
    language: Language = "en",
    wait_s: Annotated[float, Query(ge=0, le=300)] = 120,
    prefer: Annotated[str | None, Header()] = None,
) -> Response:
    """Wait for the verified explanation and return it beside the decision."""
    is_async = prefer is not None and "respond-async" in prefer
    decision, explanation = await request_explanation(
        DecisionId(decision_id),
        audience=audience,
        language=language,
        actor=actor,
        sessions=resources.sessions,
        trace=inject_context(),
        wait_s=0 if is_async else wait_s,
    )
    if explanation is None:
        location = (
            f"/v1/decisions/{decision_id}/explanations?audience={audience}&language={language}"
        )
        return Response(status_code=HTTPStatus.ACCEPTED, headers={"Location": location})
    state = "verified" if explanation.writer == "model" else explanation.writer
    body = ExplainedOut(
        decision=DecisionOut.of(decision, resources.catalogue, state),
        explanation=ExplanationOut.of(explanation),
    )
    return Response(body.model_dump_json(), media_type="application/json")


@router.get("/explanations", summary="Read the explanation that stands")
async def get_explanation(
    decision_id: UUID,
    actor: Annotated[Actor, Depends(allowed(Permission.VIEW_DECISIONS))],
    resources: ResourcesDep,
    audience: AudienceQuery = "customer",
    language: Language = "en",
) -> ExplanationOut:
    """Return the current explanation, or 404 while there is none."""
    await view_decision(DecisionId(decision_id), actor=actor, sessions=resources.sessions)
    explanation = await find_explanation(
        DecisionId(decision_id),
        audience=audience,
        language=language,
        actor=actor,
        sessions=resources.sessions,
    )
    if explanation is None:
        raise ExplanationNotReady(DecisionId(decision_id))
    return ExplanationOut.of(explanation)
