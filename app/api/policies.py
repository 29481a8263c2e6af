"""The policy library: search, passages by their legal address, and a tenant's own documents."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel

from app.api.deps import ResourcesDep, allowed
from app.api.fields import LINE, Day, Instant, OptionalLine, Strict
from app.api.idempotency import KeyedRoute
from app.domain.access import Actor, Permission
from app.domain.errors import FieldProblem, InvalidFields
from app.use_cases.ingest_policy_document import end_policy_document, ingest_policy_document
from app.use_cases.search_policies import (
    compare_passage,
    list_documents,
    read_document,
    read_passage,
    search_policies,
)
from retrieval import documents
from retrieval import passages as library
from retrieval.changes import Change
from retrieval.describing import Description

router = APIRouter(prefix="/v1/policies", tags=["policies"], route_class=KeyedRoute)

AsOf = Annotated[date | None, Query(description="The day that matters; today if left out")]
KnownAt = Annotated[
    Instant | None, Query(description="What was recorded by then; all, if left out")
]
StatusName = Literal["in_force", "superseded", "withdrawn", "amended_text_not_held", "any"]


class HitOut(BaseModel):
    """A passage found. `start` and `end` are character offsets in the stored source.

    `quote` is the span of `text` that answers best, `highlights` the question's words in it.
    """

    id: UUID
    citation: str
    context: str
    heading: str
    text: str
    status: str
    document: str
    title: str
    version: UUID
    document_sha256: str
    jurisdiction: str
    start: int
    end: int
    effective_from: date
    effective_to: date | None
    attribution: str
    score: float
    is_cited: bool
    quote: tuple[int, int]
    highlights: list[tuple[int, int]]

    @classmethod
    def of(cls, hit: library.Hit) -> "HitOut":
        """Present a hit."""
        return cls(
            id=hit.id,
            citation=hit.citation,
            context=hit.context,
            heading=hit.heading,
            text=hit.text,
            status=hit.status.value,
            document=hit.document,
            title=hit.title,
            version=hit.version_id,
            document_sha256=hit.document_sha256,
            jurisdiction=hit.jurisdiction,
            start=hit.start,
            end=hit.end,
            effective_from=hit.effective_from,
            effective_to=hit.effective_to,
            attribution=hit.attribution,
            score=round(hit.score, 4),
            is_cited=hit.is_cited,
            quote=hit.quote,
            highlights=list(hit.highlights),
        )


class CautionOut(BaseModel):
    """What must be known before a passage is relied on."""

    citation: str
    status: str
    since: date | None
    detail: str

    @classmethod
    def of(cls, caution: library.Caution) -> "CautionOut":
        """Present a caution."""
        return cls(
            citation=caution.citation,
            status=caution.status.value,
            since=caution.since,
            detail=caution.detail,
        )


class AnswerOut(BaseModel):
    """What was found, best first. Where `is_answered` is false the hits support nothing."""

    as_of: date
    known_at: datetime | None
    is_answered: bool
    confidence: float
    cautions: list[CautionOut]
    hits: list[HitOut]


class ChangeOut(BaseModel):
    """A stretch of text kept, taken out or put in between two versions of a passage."""

    kind: Literal["kept", "removed", "added"]
    text: str

    @classmethod
    def of(cls, change: Change) -> "ChangeOut":
        """Present a change."""
        return cls(kind=change.kind, text=change.text)


class PassageOut(BaseModel):
    """A passage's parts in order, and how it differs from the version before, if there is one."""

    as_of: date
    hits: list[HitOut]
    changes: list[ChangeOut]
    former_version: UUID | None


class DocumentOut(BaseModel):
    """A version of a policy document."""

    id: UUID
    document: str
    title: str
    jurisdiction: str
    products: list[str]
    is_shared: bool
    sha256: str
    media_type: str
    status: str
    effective_from: date
    effective_to: date | None
    recorded_at: datetime
    currency_note: str
    licence: str
    attribution: str
    passages: int

    @classmethod
    def of(cls, version: documents.Version) -> "DocumentOut":
        """Present a version."""
        held = version.document
        return cls(
            id=version.id,
            document=held.slug,
            title=held.title,
            jurisdiction=held.jurisdiction,
            products=list(held.products),
            is_shared=version.is_shared,
            sha256=held.sha256,
            media_type=held.media_type,
            status=held.status.value,
            effective_from=held.effective_from,
            effective_to=held.effective_to,
            recorded_at=version.recorded_at,
            currency_note=held.currency_note,
            licence=held.licence,
            attribution=held.attribution,
            passages=version.passages,
        )


class OutlineOut(BaseModel):
    """A passage in a document's outline."""

    citation: str
    heading: str
    start: int
    end: int


class DocumentWithOutlineOut(DocumentOut):
    """A version with its outline."""

    outline: list[OutlineOut]


class IngestedOut(BaseModel):
    """What became of an uploaded document."""

    id: UUID
    outcome: Literal["added", "resumed", "unchanged"]
    passages: int


class EndIn(Strict):
    """From which day a document no longer counts, and why."""

    on: Day
    status: Literal["superseded", "withdrawn"] = "withdrawn"


@router.get("/search", summary="Search the law and policies in force")
async def get_search(
    q: Annotated[str, Query(description="A question, keywords or a citation")],
    actor: Annotated[Actor, Depends(allowed(Permission.SEARCH_POLICIES))],
    resources: ResourcesDep,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    jurisdiction: str | None = None,
    product: str | None = None,
    status: StatusName = "in_force",
    profile: library.Profile = "interactive",
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> AnswerOut:
    """Return passages; those out of force only when asked for, and then marked."""
    on = as_of or resources.clock().date()
    query = library.Query(
        q,
        on,
        jurisdiction,
        limit,
        "any" if status == "any" else library.Status(status),
        known_at,
        product,
        profile,
    )
    try:
        answer = await search_policies(
            query,
            tenant_id=actor.tenant_id,
            sessions=resources.sessions,
            searching=resources.searching,
        )
    except library.QueryRefused as error:
        raise InvalidFields([FieldProblem("?q", str(error))]) from error
    return AnswerOut(
        as_of=on,
        known_at=known_at,
        is_answered=answer.is_answered,
        confidence=round(answer.confidence, 3),
        cautions=[CautionOut.of(caution) for caution in answer.cautions],
        hits=[HitOut.of(hit) for hit in answer.hits],
    )


@router.get("/passages/{citation:path}", summary="Read a passage by its citation")
async def get_passage(
    citation: str,
    actor: Annotated[Actor, Depends(allowed(Permission.SEARCH_POLICIES))],
    resources: ResourcesDep,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> PassageOut:
    """Return the parts of a passage as it stood on the day, and what changed with its version."""
    on = as_of or resources.clock().date()
    query = library.Query(citation, on, known_at=known_at)
    parts = await read_passage(
        library.Citation(citation), query, tenant_id=actor.tenant_id, sessions=resources.sessions
    )
    former, changes = await compare_passage(
        parts, tenant_id=actor.tenant_id, sessions=resources.sessions
    )
    return PassageOut(
        as_of=on,
        hits=[HitOut.of(part) for part in parts],
        changes=[ChangeOut.of(change) for change in changes],
        former_version=former,
    )


@router.get("/documents", summary="List the versions of policy documents")
async def get_documents(
    actor: Annotated[Actor, Depends(allowed(Permission.SEARCH_POLICIES))],
    resources: ResourcesDep,
) -> list[DocumentOut]:
    """Return the shared library's versions and the tenant's own, newest recorded first."""
    held = await list_documents(tenant_id=actor.tenant_id, sessions=resources.sessions)
    return [DocumentOut.of(version) for version in held]


@router.get("/documents/{version_id}", summary="Read a document's description and outline")
async def get_document(
    version_id: UUID,
    actor: Annotated[Actor, Depends(allowed(Permission.SEARCH_POLICIES))],
    resources: ResourcesDep,
) -> DocumentWithOutlineOut:
    """Return one version with the citations and places of its passages."""
    version, outline = await read_document(
        library.VersionId(version_id), tenant_id=actor.tenant_id, sessions=resources.sessions
    )
    return DocumentWithOutlineOut(
        **DocumentOut.of(version).model_dump(),
        outline=[
            OutlineOut(citation=at.citation, heading=at.heading, start=at.start, end=at.end)
            for at in outline
        ],
    )


@router.post(
    "/documents",
    status_code=HTTPStatus.CREATED,
    summary="Take a document into the tenant's library",
    responses={
        HTTPStatus.OK.value: {"description": "Held already; nothing changed", "model": IngestedOut}
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}}
                for kind in (
                    "text/markdown",
                    "text/plain",
                    "text/html",
                    "application/pdf",
                    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                )
            },
        }
    },
)
async def post_document(
    request: Request,
    response: Response,
    actor: Annotated[Actor, Depends(allowed(Permission.MANAGE_POLICIES))],
    resources: ResourcesDep,
    file_name: Annotated[str, Query(max_length=200, pattern=LINE)] = "",
    document: Annotated[str | None, Query(max_length=80, pattern="^[a-z0-9-]+$")] = None,
    title: Annotated[str | None, Query(max_length=300, pattern=LINE)] = None,
    jurisdiction: Annotated[str | None, Query(max_length=40, pattern=LINE)] = None,
    effective_from: date | None = None,
    effective_to: date | None = None,
    product: Annotated[list[OptionalLine] | None, Query(max_length=50)] = None,
) -> IngestedOut:
    """Take the body as a document. Its front matter describes it, or the parameters do.

    The same bytes again change nothing (200). A later version ends the one in force.
    """
    ingested = await ingest_policy_document(
        await request.body(),
        Description(
            slug=document,
            title=title,
            jurisdiction=jurisdiction,
            effective_from=effective_from,
            effective_to=effective_to,
            products=tuple(product or ()),
        ),
        file_name=file_name,
        declared=request.headers.get("content-type"),
        actor=actor,
        sessions=resources.sessions,
        embedder=resources.searching.embedder,
        clock=resources.clock,
        new_id=resources.new_id,
    )
    if ingested.outcome == "unchanged":
        response.status_code = HTTPStatus.OK
    response.headers["Location"] = f"{router.prefix}/documents/{ingested.version_id}"
    return IngestedOut(id=ingested.version_id, outcome=ingested.outcome, passages=ingested.passages)


@router.post(
    "/documents/{document}/end",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Record that a document of the tenant's own ended",
)
async def post_end(
    document: Annotated[str, Path(max_length=80, pattern=LINE)],
    body: EndIn,
    actor: Annotated[Actor, Depends(allowed(Permission.MANAGE_POLICIES))],
    resources: ResourcesDep,
) -> None:
    """End a document; searches as of an earlier day find it still."""
    await end_policy_document(
        document,
        on=body.on,
        status=library.Status(body.status),
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
    )
