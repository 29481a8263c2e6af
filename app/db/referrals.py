"""Applications referred to a person: one row each, settled by the decision that follows."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.db import audit, subjects
from app.db.codec import from_json, to_json
from app.db.engine import Tx
from app.db.tables import referrals
from app.domain.audit import AuditEvent
from app.domain.ids import DecisionId, SubjectId
from app.domain.referrals import Referral


async def refer(tx: Tx, referral: Referral, *, event: AuditEvent) -> Referral:
    """Insert a referral, unless the application is already referred; return the one that stands."""
    application = referral.application
    inserted = await tx.session.execute(
        insert(referrals)
        .values(
            id=referral.id,
            tenant_id=tx.tenant_id,
            subject_id=referral.subject_id,
            external_id=application.external_id,
            product=application.product,
            why=referral.why,
            received_at=application.received_at,
            due_at=referral.due_at,
            referred_at=referral.referred_at,
            sealed=await subjects.seal(tx, referral.subject_id, to_json(referral)),
        )
        .on_conflict_do_nothing(constraint="uq_referrals_tenant_id_external_id")
        .returning(referrals.c.id)
    )
    if inserted.one_or_none() is not None:
        await audit.append(tx, event)
        return referral
    found = await tx.session.execute(
        select(referrals.c.subject_id, referrals.c.sealed).where(
            referrals.c.tenant_id == tx.tenant_id,
            referrals.c.external_id == application.external_id,
        )
    )
    row = found.one()
    opened = await subjects.unseal(tx, SubjectId(row.subject_id), bytes(row.sealed))
    return from_json(Referral, opened)


async def settle(tx: Tx, external_id: str, decision_id: DecisionId) -> None:
    """Note the decision that an application came to, if it had been referred."""
    await tx.session.execute(
        update(referrals)
        .where(
            referrals.c.tenant_id == tx.tenant_id,
            referrals.c.external_id == external_id,
            referrals.c.decision_id.is_(None),
        )
        .values(decision_id=decision_id)
    )


async def find_open(tx: Tx, *, limit: int) -> Sequence[Referral]:
    """List the referrals no decision has settled, the earliest due first."""
    found = await tx.session.execute(
        select(referrals.c.subject_id, referrals.c.sealed, referrals.c.decision_id)
        .where(referrals.c.tenant_id == tx.tenant_id, referrals.c.decision_id.is_(None))
        .order_by(referrals.c.due_at, referrals.c.id)
        .limit(limit)
    )
    return [
        replace(
            from_json(
                Referral, await subjects.unseal(tx, SubjectId(row.subject_id), bytes(row.sealed))
            ),
            decision_id=row.decision_id,
        )
        for row in found.all()
    ]


async def is_waiting(tx: Tx, subject_id: SubjectId) -> bool:
    """Whether an application of this person waits for a decision."""
    found = await tx.session.execute(
        select(referrals.c.id)
        .where(referrals.c.subject_id == subject_id, referrals.c.decision_id.is_(None))
        .limit(1)
    )
    return found.one_or_none() is not None
