"""The audit trail: inserted beside the change it records, in the same transaction."""

from collections.abc import Awaitable, Callable

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.engine import Tx
from app.db.tables import audit_events
from app.domain.audit import AuditEvent
from retrieval.passages import VersionId


async def append(tx: Tx, event: AuditEvent) -> None:
    """Record what happened."""
    await _insert(tx.session, event)


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
