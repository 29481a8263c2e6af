"""The audit trail: inserted beside the change it records, in the same transaction."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.audit_tables import audit_chain
from app.db.engine import Tx
from app.db.tables import audit_events
from app.domain.audit import AuditEvent, ListedEvent
from app.domain.ids import EventId
from retrieval.passages import VersionId


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events a page shows, the newest first.

    `since` is the earliest instant, `until` the first that is too late; `before` is the last
    event of the page already read.
    """

    subject: UUID | None = None
    action: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: EventId | None = None
    limit: int = 50


async def append(tx: Tx, event: AuditEvent) -> None:
    """Record what happened."""
    await _insert(tx.session, event)


async def page(tx: Tx, wanted: Filter) -> Sequence[ListedEvent]:
    """List events with their place in the chain."""
    order = tuple_(audit_events.c.at, audit_events.c.id)
    statement = (
        select(audit_events, audit_chain.c.seq, audit_chain.c.sealed_at)
        .outerjoin(
            audit_chain,
            (audit_chain.c.tenant_id == audit_events.c.tenant_id)
            & (audit_chain.c.event_id == audit_events.c.id),
        )
        .where(audit_events.c.tenant_id == tx.tenant_id)
        .order_by(audit_events.c.at.desc(), audit_events.c.id.desc())
        .limit(wanted.limit)
    )
    for column, value in (
        (audit_events.c.subject, wanted.subject),
        (audit_events.c.action, wanted.action),
        (audit_events.c.actor, wanted.actor),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.since is not None:
        statement = statement.where(audit_events.c.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(audit_events.c.at < wanted.until)
    if wanted.before is not None:
        read = audit_events.alias()
        last = select(read.c.at, read.c.id).where(
            read.c.tenant_id == tx.tenant_id, read.c.id == wanted.before
        )
        statement = statement.where(order < last.scalar_subquery())
    found = await tx.session.execute(statement)
    return [
        ListedEvent(
            AuditEvent(
                EventId(row.id),
                tx.tenant_id,
                row.actor,
                row.action,
                row.subject,
                row.at,
                tuple(row.details.items()),
            ),
            row.seq,
            row.sealed_at,
        )
        for row in found
    ]


def appending(
    event: Callable[[VersionId], AuditEvent],
) -> Callable[[AsyncSession, VersionId], Awaitable[None]]:
    """Return what records a publication in a transaction that `retrieval` applies."""

    async def record(session: AsyncSession, version_id: VersionId) -> None:
        await _insert(session, event(version_id))

    return record


async def _insert(session: AsyncSession, event: AuditEvent) -> None:
    await session.execute(
        insert(audit_events).values(
            id=event.id,
            tenant_id=event.tenant_id,
            actor=event.actor,
            action=event.action,
            subject=event.subject,
            at=event.at,
            details=dict(event.details),
        )
    )
