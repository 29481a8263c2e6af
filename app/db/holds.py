"""Legal holds: what keeps records beyond every other date."""

from sqlalchemy import insert, select, update

from app.db import audit
from app.db.engine import Tx
from app.db.tables import legal_holds
from app.domain.audit import AuditEvent
from app.domain.ids import DecisionId, EventId


async def place(
    tx: Tx, decision_id: DecisionId, why: str, *, hold_id: EventId, event: AuditEvent
) -> None:
    """Insert a hold."""
    await tx.session.execute(
        insert(legal_holds).values(
            id=hold_id,
            tenant_id=tx.tenant_id,
            decision_id=decision_id,
            why=why,
            placed_at=event.at,
        )
    )
    await audit.append(tx, event)


async def lift(tx: Tx, decision_id: DecisionId, *, event: AuditEvent) -> None:
    """Lift every hold on a decision."""
    await tx.session.execute(
        update(legal_holds)
        .where(legal_holds.c.decision_id == decision_id, legal_holds.c.lifted_at.is_(None))
        .values(lifted_at=event.at)
    )
    await audit.append(tx, event)


async def is_on_hold(tx: Tx, decision_id: DecisionId) -> bool:
    """Whether any hold on the decision stands."""
    found = await tx.session.execute(
        select(legal_holds.c.id)
        .where(legal_holds.c.decision_id == decision_id, legal_holds.c.lifted_at.is_(None))
        .limit(1)
    )
    return found.one_or_none() is not None
