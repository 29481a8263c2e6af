"""The catalogue of reason codes."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from app.api.deps import ResourcesDep, allowed
from app.domain.access import Actor, Permission

router = APIRouter(prefix="/v1/reason-codes", tags=["reason codes"])


class ReasonCodeOut(BaseModel):
    """A reason as a notice may state it."""

    code: str
    statement: str
    category: str
    consumer_tip: str


@router.get("", summary="List the reason codes")
async def get_reason_codes(
    _: Annotated[Actor, Depends(allowed(Permission.SEARCH_POLICIES))], resources: ResourcesDep
) -> list[ReasonCodeOut]:
    """Return the reviewed statements, by code."""
    return [
        ReasonCodeOut(
            code=entry.code,
            statement=entry.statement,
            category=entry.category,
            consumer_tip=entry.consumer_tip,
        )
        for entry in sorted(resources.catalogue.values(), key=lambda entry: entry.code)
    ]
