"""API keys of a lender's systems."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from app.api.deps import ResourcesDep, allowed
from app.api.fields import Instant, Name, Strict
from app.api.idempotency import KeyedRoute, ReservedId
from app.domain.access import Actor, Permission
from app.domain.api_keys import LONGEST_OVERLAP, ApiKey
from app.domain.ids import ApiKeyId
from app.use_cases.api_keys import (
    MadeKey,
    create_api_key,
    page_api_keys,
    revoke_api_key,
    rotate_api_key,
)

router = APIRouter(prefix="/v1/api-keys", tags=["api keys"], route_class=KeyedRoute)
Keeper = Annotated[Actor, Depends(allowed(Permission.MANAGE_API_KEYS))]
DAY_S = 86_400


class ApiKeyIn(Strict):
    """A key to be made: what for, what it may do, and until when."""

    name: Name
    scopes: Annotated[list[Permission], Field(min_length=1, max_length=len(Permission))]
    expires_at: Instant


class KeyRotationIn(Strict):
    """How many seconds the old secret goes on working, and a new end if there is to be one."""

    overlap_s: Annotated[int, Field(ge=0, le=int(LONGEST_OVERLAP.total_seconds()))] = DAY_S
    expires_at: Instant | None = None


class ApiKeyOut(BaseModel):
    """A key without its secret."""

    id: UUID
    name: str
    scopes: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime
    rotated_at: datetime | None
    previous_until: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> "ApiKeyOut":
        """Present a key."""
        return cls(
            id=key.id,
            name=key.name,
            scopes=sorted(key.scopes),
            created_by=key.created_by,
            created_at=key.created_at,
            expires_at=key.expires_at,
            rotated_at=key.rotated_at,
            previous_until=key.previous_until,
            revoked_at=key.revoked_at,
            last_used_at=key.last_used_at,
        )


class MadeKeyOut(ApiKeyOut):
    """A key with the text to send as `Authorization: Bearer …`. It is shown this once."""

    key: str

    @classmethod
    def made(cls, made: MadeKey) -> "MadeKeyOut":
        """Present a key that was just made or rotated."""
        return cls(**ApiKeyOut.of(made.key).model_dump(), key=made.text)


@router.post("", status_code=HTTPStatus.CREATED, summary="Make an API key")
async def post_api_key(
    body: ApiKeyIn,
    actor: Keeper,
    resources: ResourcesDep,
    reserved_id: ReservedId,
    response: Response,
) -> MadeKeyOut:
    """Make a key for a system; its text is in this answer and nowhere else."""
    made = await create_api_key(
        ApiKeyId(reserved_id),
        body.name,
        frozenset(body.scopes),
        body.expires_at,
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
        new_secret=resources.new_secret,
    )
    response.headers["Cache-Control"] = "no-store"
    return MadeKeyOut.made(made)


@router.get("", summary="List API keys, newest first")
async def get_api_keys(
    actor: Keeper,
    resources: ResourcesDep,
    before: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[ApiKeyOut]:
    """Return keys, ended ones too; pass the last id as `before` for the next page."""
    listed = await page_api_keys(
        before=None if before is None else ApiKeyId(before),
        limit=limit,
        actor=actor,
        sessions=resources.sessions,
    )
    return [ApiKeyOut.of(key) for key in listed]


@router.post("/{key_id}:rotate", summary="Give an API key a new secret")
async def post_rotation(
    key_id: UUID,
    actor: Keeper,
    resources: ResourcesDep,
    reserved_id: ReservedId,
    response: Response,
    body: KeyRotationIn | None = None,
) -> MadeKeyOut:
    """Return the new text; the old one works for a day more, or as long as the body says."""
    terms = KeyRotationIn() if body is None else body
    made = await rotate_api_key(
        ApiKeyId(key_id),
        timedelta(seconds=terms.overlap_s),
        terms.expires_at,
        rotation_id=reserved_id,
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
        new_secret=resources.new_secret,
    )
    response.headers["Cache-Control"] = "no-store"
    return MadeKeyOut.made(made)


# Of UUIDs alone: `{key_id}` by itself would take the `:rotate` of the path above with it.
@router.delete("/{key_id:uuid}", status_code=HTTPStatus.NO_CONTENT, summary="Revoke an API key")
async def delete_api_key(key_id: UUID, actor: Keeper, resources: ResourcesDep) -> None:
    """End the key; five seconds later no process takes it any more."""
    await revoke_api_key(
        ApiKeyId(key_id),
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
    )
