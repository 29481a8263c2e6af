"""The page of a passage, opened at quoted words. It shows the shared library alone."""

from datetime import date
from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from app.domain.ids import TenantId
from app.resources import Resources
from app.use_cases.search_policies import read_passage
from app.web.pages import render_passage
from retrieval import passages as library

router = APIRouter(tags=["pages"])
NOBODY = TenantId(UUID(int=0))  # sees what all tenants share
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@router.get("/policies/passages/{citation:path}", response_class=HTMLResponse)
async def get_passage_page(
    citation: str,
    request: Request,
    quote: Annotated[str, Query(max_length=1000)] = "",
    as_of: date | None = None,
) -> HTMLResponse:
    """Show the law as it stood, with the quoted words marked."""
    resources = cast("Resources", request.app.state.resources)
    on = as_of or resources.clock().date()
    parts = await read_passage(
        library.Citation(citation),
        library.Query(citation, on),
        tenant_id=NOBODY,
        sessions=resources.sessions,
    )
    return HTMLResponse(render_passage(parts, quote), headers=HEADERS)
