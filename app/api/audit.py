"""The audit trail: who changed what, and how far that is sealed."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from app.api.deps import ResourcesDep, allowed
from app.api.fields import Instant, Name
from app.db.audit import Filter
from app.domain.access import Actor, Permission
from app.domain.audit import ListedEvent
from app.domain.ids import EventId
from app.use_cases.view_audit import ChainState, page_audit, view_chain

router = APIRouter(prefix="/v1/audit", tags=["audit"])
Viewer = Annotated[Actor, Depends(allowed(Permission.VIEW_AUDIT))]


class AuditEventOut(BaseModel):
    """One change; `seq` is its number in the chain, null for the moment before it is sealed."""

    id: UUID
    seq: int | None
    sealed_at: datetime | None
    actor: str
    action: str
    subject: UUID
    at: datetime
    details: dict[str, Any]

    @classmethod
    def of(cls, listed: ListedEvent) -> "AuditEventOut":
        """Present an event."""
        event = listed.event
        return cls(
            id=event.id,
            seq=listed.seq,
            sealed_at=listed.sealed_at,
            actor=event.actor,
            action=event.action,
            subject=event.subject,
            at=event.at,
            details=dict(event.details),
        )


class AuditPageOut(BaseModel):
    """A page of events; `next_before` is what to pass as `before`, null on the last page."""

    events: list[AuditEventOut]
    next_before: UUID | None


class UnsealedOut(BaseModel):
    """Events committed and not yet sealed; `oldest_at` is when the earliest happened."""

    events: int
    oldest_at: datetime | None


class ChainOut(BaseModel):
    """How far the chain reaches, and the last signed checkpoint in full."""

    seq: int
    link_sha256: str
    sealed_at: datetime | None
    checkpoint: dict[str, Any] | None
    unsealed: UnsealedOut

    @classmethod
    def of(cls, state: ChainState) -> "ChainOut":
        """Present a chain's state."""
        return cls(
            seq=state.head.seq,
            link_sha256=state.head.link_sha256.hex(),
            sealed_at=state.sealed_at,
            checkpoint=state.checkpoint if isinstance(state.checkpoint, dict) else None,
            unsealed=UnsealedOut(events=state.unsealed.count, oldest_at=state.unsealed.oldest_at),
        )


@router.get("", summary="List audit events, newest first")
async def get_events(
    actor: Viewer,
    resources: ResourcesDep,
    subject: UUID | None = None,
    action: Name | None = None,
    by: Annotated[Name | None, Query(alias="actor")] = None,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    until: Annotated[Instant | None, Query(alias="to")] = None,
    before: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AuditPageOut:
    """Return a page, `from` included and `to` not; `next_before` as `before` gives the next."""
    wanted = Filter(
        subject,
        action,
        by,
        since,
        until,
        None if before is None else EventId(before),
        limit,
    )
    listed = await page_audit(wanted, actor=actor, sessions=resources.sessions)
    return AuditPageOut(
        events=[AuditEventOut.of(each) for each in listed],
        next_before=listed[-1].event.id if len(listed) == limit else None,
    )


@router.get("/chain", summary="How far the audit trail is sealed")
async def get_chain(actor: Viewer, resources: ResourcesDep) -> ChainOut:
    """Return the head, the last checkpoint and what waits; `rationale audit verify` proves it."""
    return ChainOut.of(await view_chain(actor=actor, sessions=resources.sessions))
