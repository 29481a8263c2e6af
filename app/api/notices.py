"""Notices of a decision, as issued."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

from app.adapters.typst_pdf import render_pdf
from app.api.deps import ResourcesDep, allowed
from app.domain.access import Actor, Permission
from app.domain.errors import NoticeNotFound
from app.domain.ids import DecisionId
from app.domain.notices.notice import to_json
from app.use_cases.view_decision import view_notices

router = APIRouter(prefix="/v1/decisions/{decision_id}", tags=["notices"])

Viewer = Annotated[Actor, Depends(allowed(Permission.VIEW_NOTICES))]


@router.get("/notice", summary="Read the notice as issued", response_class=Response)
async def get_notice(
    decision_id: UUID,
    actor: Viewer,
    resources: ResourcesDep,
    accept: Annotated[str, Header()] = "application/json",
    addressee: Annotated[str, Query(description="primary, joint-1, ...")] = "primary",
    duty: Annotated[str | None, Query(description="The latest duty's notice if left out")] = None,
) -> Response:
    """Return the notice as JSON, HTML, plain text or PDF, by `Accept`."""
    found = DecisionId(decision_id)
    issued = await view_notices(found, actor=actor, sessions=resources.sessions)
    wanted = [n for n in issued if n.addressee == addressee and duty in (None, n.duty)]
    if not wanted:
        raise NoticeNotFound(found)
    notice = wanted[0]
    if "application/pdf" in accept:
        return Response(await asyncio.to_thread(render_pdf, notice), media_type="application/pdf")
    if "text/html" in accept:
        return HTMLResponse(resources.notices.render_html(notice))
    if "text/plain" in accept:
        return PlainTextResponse(resources.notices.render_text(notice))
    return JSONResponse(to_json(notice))


@router.get("/notices", summary="List the notices issued")
async def get_notices(
    decision_id: UUID, actor: Viewer, resources: ResourcesDep
) -> list[dict[str, object]]:
    """Return every notice issued for the decision: all duties, all addressees."""
    issued = await view_notices(DecisionId(decision_id), actor=actor, sessions=resources.sessions)
    return [to_json(notice) for notice in issued]
