"""Whether the process lives, whether it can serve, and what it has counted."""

from http import HTTPStatus
from typing import cast

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client.exposition import choose_encoder
from pydantic import BaseModel

from app.api.deps import ResourcesDep
from app.api.lifecycle import DatabaseProbe, Lifecycle
from app.api.problems import problem
from app.observability import metrics

router = APIRouter(tags=["health"])


class StatusOut(BaseModel):
    """How the process is."""

    status: str


@router.get("/livez", summary="Is the process alive")
async def livez() -> StatusOut:
    """Answer without touching anything outside the process."""
    return StatusOut(status="alive")


@router.get(
    "/readyz",
    summary="Can the process serve",
    response_class=JSONResponse,
    response_model=StatusOut,
    responses={503: {"$ref": "#/components/responses/ServiceUnavailable"}},
)
async def readyz(request: Request, resources: ResourcesDep) -> Response:
    """Answer 200 when the database does; the language model may be away (template writer).

    A process about to leave is not ready.
    """
    if cast("Lifecycle", request.app.state.lifecycle).is_draining:
        return problem("not-ready", HTTPStatus.SERVICE_UNAVAILABLE, "The process is shutting down.")
    if not await cast("DatabaseProbe", request.app.state.probe).answers(resources.connect_raw):
        return problem("not-ready", HTTPStatus.SERVICE_UNAVAILABLE, "The database does not answer.")
    return JSONResponse({"status": "ready"})


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={
        HTTPStatus.OK.value: {
            "content": {
                media_type: {"schema": {"type": "string"}}
                for media_type in ("text/plain", "application/openmetrics-text")
            }
        }
    },
)
async def get_metrics(request: Request) -> Response:
    """Expose metrics as Prometheus or OpenMetrics asks for them."""
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(metrics.REGISTRY), headers={"Content-Type": content_type})
