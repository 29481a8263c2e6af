"""Explanations of a decision."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response

from app.api.deps import ResourcesDep, allowed
from app.api.event_stream import MEDIA_TYPE, EventStream, wants_events
from app.api.explanation_events import to_event
from app.api.explanation_presenters import (
    ExplainedOut,
    ExplanationOut,
    VersionPageOut,
    ViewedOut,
)
from app.api.fields import Strict
from app.api.idempotency import KeyedRoute
from app.api.presenters import DecisionOut
from app.domain.access import Actor, Permission
from app.domain.errors import FieldProblem, InvalidFields
from app.domain.explanation import Audience, Language
from app.domain.explanation_versions import RenewalCause
from app.domain.ids import DecisionId, ExplanationId
from app.observability import metrics
from app.observability.tracing import inject_context
from app.use_cases.request_explanation import request_explanation
from app.use_cases.stream_explanation import Streamed, StreamEnded, stream_explanation
from app.use_cases.view_explanation import page_versions, view_explanation, view_version

router = APIRouter(
    prefix="/v1/decisions/{decision_id}", tags=["explanations"], route_class=KeyedRoute
)

AudienceQuery = Annotated[Audience, Query(description="For whom the explanation is worded")]


class RenewalIn(Strict):
    """Why the explanation that stands is written anew.

    `replaces` names it, so that the same request sent again changes nothing.
    """

    why: RenewalCause
    replaces: UUID | None = None


@router.post(
    "/explanations",
    summary="Explain a decision",
    response_model=ExplainedOut,
    responses={
        HTTPStatus.OK.value: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}},
        HTTPStatus.ACCEPTED.value: {"description": "Still being written; see Location"},
    },
)
async def post_explanation(
    decision_id: UUID,
    actor: Annotated[Actor, Depends(allowed(Permission.EXPLAIN_DECISIONS))],
    resources: ResourcesDep,
    body: RenewalIn | None = None,
    audience: AudienceQuery = "customer",
    language: Language = "en",
    regenerate: Annotated[bool, Query(description="Write it anew; say why in the body")] = False,  # noqa: FBT002 -- a query parameter
    wait_s: Annotated[float, Query(ge=0, le=300)] = 120,
    prefer: Annotated[str | None, Header()] = None,
    accept: Annotated[str | None, Header()] = None,
) -> Response:
    """Wait for the verified explanation and return it beside the decision.

    With `Accept: text/event-stream` each statement is sent as soon as it is proved.
    """
    if regenerate and body is None:
        raise InvalidFields([FieldProblem("/why", "say why the explanation is written anew")])
    asked: dict[str, Any] = {
        "audience": audience,
        "language": language,
        "actor": actor,
        "sessions": resources.sessions,
        "clock": resources.clock,
        "new_id": resources.new_id,
        "trace": inject_context(),
    }
    if regenerate and body is not None:
        asked["renew"] = body.why
        asked["replaces"] = None if body.replaces is None else ExplanationId(body.replaces)
    if wants_events(accept):
        events = await stream_explanation(
            DecisionId(decision_id),
            catalogue=resources.catalogue,
            evidence=resources.evidence,
            writer=resources.writer,
            fallback=resources.template_writer,
            places=resources.writing,
            **asked,
        )
        return EventStream(events, _counted)
    is_async = prefer is not None and "respond-async" in prefer
    decision, explanation = await request_explanation(
        DecisionId(decision_id), wait_s=0 if is_async else wait_s, **asked
    )
    if explanation is None:
        location = (
            f"/v1/decisions/{decision_id}/explanations?audience={audience}&language={language}"
        )
        return Response(status_code=HTTPStatus.ACCEPTED, headers={"Location": location})
    state = "verified" if explanation.writer == "model" else explanation.writer
    explained = ExplainedOut(
        decision=DecisionOut.of(decision, resources.catalogue, state),
        explanation=ExplanationOut.of(explanation),
    )
    return Response(explained.model_dump_json(), media_type="application/json")


@router.get("/explanations", summary="Read the explanation that stands, or list all versions")
async def get_explanation(
    decision_id: UUID,
    actor: Annotated[Actor, Depends(allowed(Permission.VIEW_DECISIONS))],
    resources: ResourcesDep,
    audience: AudienceQuery = "customer",
    language: Language = "en",
    all_versions: Annotated[bool, Query(alias="all", description="List all versions")] = False,  # noqa: FBT002 -- a query parameter
    before: Annotated[UUID | None, Query(description="The last id of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ViewedOut | VersionPageOut:
    """Return the current explanation as its reader is to see it (404 while there is none).

    Compliance, for which none is written unless asked for, sees what the customer was told.
    With `all` a page of the versions of every audience and language, newest first.
    """
    if all_versions:
        versions = await page_versions(
            DecisionId(decision_id),
            before=None if before is None else ExplanationId(before),
            limit=limit,
            actor=actor,
            sessions=resources.sessions,
        )
        return VersionPageOut.of(versions, limit)
    viewed = await view_explanation(
        DecisionId(decision_id),
        audience=audience,
        language=language,
        actor=actor,
        sessions=resources.sessions,
        catalogue=resources.catalogue,
    )
    return ViewedOut.seen(viewed.explanation, viewed.views.seen_by(audience))


@router.get("/explanations/{explanation_id}", summary="Read one version of an explanation")
async def get_version(
    decision_id: UUID,
    explanation_id: UUID,
    actor: Annotated[Actor, Depends(allowed(Permission.VIEW_DECISIONS))],
    resources: ResourcesDep,
    audience: Annotated[
        Audience | None, Query(description="Whose view of it; its own reader's if left out")
    ] = None,
) -> ViewedOut:
    """Return a version, whether or not it stands."""
    viewed = await view_version(
        DecisionId(decision_id),
        ExplanationId(explanation_id),
        actor=actor,
        sessions=resources.sessions,
        catalogue=resources.catalogue,
    )
    explanation = viewed.explanation
    return ViewedOut.seen(explanation, viewed.views.seen_by(audience or explanation.audience))


def _counted(event: Streamed) -> bytes:
    if isinstance(event, StreamEnded):
        metrics.EXPLANATIONS.labels(outcome=event.explained.outcome).inc()
        for rule in event.explained.rules_broken:
            metrics.FINDINGS.labels(rule=rule).inc()
    return to_event(event)
