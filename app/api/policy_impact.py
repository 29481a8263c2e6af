"""What a change of a policy document touches."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from app.api.deps import ResourcesDep, allowed
from app.domain.access import Actor, Permission
from app.domain.ids import ExplanationId
from app.domain.policy_impact import Impact
from app.use_cases.find_policy_impact import Page, find_version_impact
from retrieval.passages import Citation, VersionId

router = APIRouter(prefix="/v1/policies", tags=["policies"])


class RelianceOut(BaseModel):
    """How many explanations quote a passage, and how many of them stand."""

    citation: str
    explanations: int
    current: int


class RelyingOut(BaseModel):
    """One explanation that quotes from it."""

    id: UUID
    decision_id: UUID
    audience: str
    language: str
    written_at: datetime
    is_current: bool
    citations: list[str]


class RelyingWordingOut(BaseModel):
    """One reviewed wording that quotes it, in use or in review."""

    id: UUID
    code: str
    audience: str
    language: str
    citation: str
    is_approved: bool


class ImpactOut(BaseModel):
    """What rests on a document or passage; `next_after` is None on the last page.

    `wordings` are all of them, on every page.
    """

    passages: list[RelianceOut]
    explanations: list[RelyingOut]
    wordings: list[RelyingWordingOut]
    next_after: UUID | None

    @classmethod
    def of(cls, impact: Impact, limit: int) -> "ImpactOut":
        """Present an impact."""
        relying = impact.explanations
        return cls(
            passages=[
                RelianceOut(
                    citation=each.citation, explanations=each.explanations, current=each.current
                )
                for each in impact.reliance
            ],
            explanations=[
                RelyingOut(
                    id=each.explanation_id,
                    decision_id=each.decision_id,
                    audience=each.audience,
                    language=each.language,
                    written_at=each.written_at,
                    is_current=each.is_current,
                    citations=list(each.citations),
                )
                for each in relying
            ],
            wordings=[
                RelyingWordingOut(
                    id=each.wording_id,
                    code=each.code,
                    audience=each.audience,
                    language=each.language,
                    citation=each.citation,
                    is_approved=each.is_approved,
                )
                for each in impact.wordings
            ],
            next_after=relying[-1].explanation_id if len(relying) == limit else None,
        )


@router.get("/documents/{version_id}/impact", summary="Ask what rests on a document")
async def get_impact(
    version_id: UUID,
    actor: Annotated[Actor, Depends(allowed(Permission.VIEW_DECISIONS))],
    resources: ResourcesDep,
    citation: Annotated[
        str | None, Query(max_length=200, description="Only this passage and those under it")
    ] = None,
    after: Annotated[UUID | None, Query(description="The last id of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ImpactOut:
    """Return the explanations whose evidence quotes this version, oldest first."""
    impact = await find_version_impact(
        VersionId(version_id),
        None if citation is None else Citation(citation),
        Page(None if after is None else ExplanationId(after), limit),
        tenant_id=actor.tenant_id,
        sessions=resources.sessions,
    )
    return ImpactOut.of(impact, limit)
