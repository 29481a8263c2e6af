"""The audit trail: inserted beside the change it records, in the same transaction."""

from sqlalchemy import insert

from app.db.engine import Tx
from app.db.tables import audit_events
from app.domain.audit import AuditEvent


async def append(tx: Tx, event: AuditEvent) -> None:
    """Record what happened."""
    await tx.session.execute(
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
