"""The policy library: search, and passages by their legal address."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from app.api.deps import ResourcesDep, allowed
from app.domain.access import Actor, Permission
from app.domain.errors import FieldProblem, InvalidFields
from app.use_cases.search_policies import read_passage, search_policies
from retrieval import passages as library

router = APIRouter(prefix="/v1/policies", tags=["policies"])

AsOf = Annotated[date | None, Query(description="The day that matters; today if left out")]


class HitOut(BaseModel):
    """A passage found. `start` and `end` are character offsets in the stored source."""

    id: UUID
    citation: str
    heading: str
    text: str
    status: str
    document: str
    document_sha256: str
    start: int
    end: int
    effective_from: date
    effective_to: date | None
    attribution: str
    score: float
    highlights: list[tuple[int, int]]

    @classmethod
    def of(cls, hit: library.Hit) -> "HitOut":
        """Present a hit."""
        return cls(
            id=hit.id,
            citation=hit.citation,
            heading=hit.heading,
            text=hit.text,
            status=hit.status.value,
            document=hit.document,
            document_sha256=hit.document_sha256,
            start=hit.start,
            end=hit.end,
            effective_from=hit.effective_from,
            effective_to=hit.effective_to,
            attribution=hit.attribution,
            score=round(hit.score, 4),
            highlights=list(hit.highlights),
        )


class HitsOut(BaseModel):
    """What was found, best first, and as of which day."""

    as_of: date
    hits: list[HitOut]


@router.get("/search", summary="Search the law and policies in force")
async def get_search(
    q: Annotated[str, Query(description="A question, keywords or a citation")],
    actor: Annotated[Actor, Depends(allowed(Permission.SEARCH_POLICIES))],
    resources: ResourcesDep,
    as_of: AsOf = None,
    jurisdiction: str | None = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
    include_out_of_force: bool = False,  # noqa: FBT001, FBT002 -- a query parameter
) -> HitsOut:
    """Return passages; those out of force only when asked for, and then marked."""
    on = as_of or resources.clock().date()
    query = library.Query(q, on, jurisdiction, limit, include_out_of_force)
    try:
        hits = await search_policies(
            query,
            tenant_id=actor.tenant_id,
            sessions=resources.sessions,
            embedder=resources.embedder,
        )
    except library.QueryRefused as error:
        raise InvalidFields([FieldProblem("?q", str(error))]) from error
    return HitsOut(as_of=on, hits=[HitOut.of(hit) for hit in hits])


@router.get("/passages/{citation:path}", summary="Read a passage by its citation")
async def get_passage(
    citation: str,
    actor: Annotated[Actor, Depends(allowed(Permission.SEARCH_POLICIES))],
    resources: ResourcesDep,
    as_of: AsOf = None,
) -> HitsOut:
    """Return the parts of a passage as it stood on the day."""
    on = as_of or resources.clock().date()
    parts = await read_passage(
        library.Citation(citation),
        library.Query(citation, on),
        tenant_id=actor.tenant_id,
        sessions=resources.sessions,
    )
    return HitsOut(as_of=on, hits=[HitOut.of(part) for part in parts])
