"""Notices as issued: inserted once per duty and addressee."""

from collections.abc import Sequence

from sqlalchemy import exists, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from app.db import audit, subjects
from app.db.codec import from_json, to_json
from app.db.engine import Tx
from app.db.tables import decision_events, decisions, notices
from app.domain.audit import AuditEvent
from app.domain.decisions import Decision
from app.domain.ids import DecisionId, NoticeId, SubjectId
from app.domain.notices.notice import Notice
from app.domain.receipts import IssuedNotice


async def issue(
    tx: Tx, notice: Notice, decision: Decision, *, content_sha256: str, event: AuditEvent
) -> bool:
    """Insert a notice; False when this duty's notice was already issued."""
    issued = await tx.session.execute(
        insert(notices)
        .values(
            id=notice.id,
            tenant_id=tx.tenant_id,
            decision_id=decision.id,
            duty=notice.duty,
            form=notice.form,
            addressee=notice.addressee,
            due_at=notice.due_at,
            issued_at=notice.issued_at,
            content_sha256=content_sha256,
            sealed=await subjects.seal(tx, decision.subject_id, to_json(notice)),
        )
        .on_conflict_do_nothing(constraint="uq_notices_decision_id_duty_addressee")
        .returning(notices.c.id)
    )
    if issued.one_or_none() is None:
        return False
    await audit.append(tx, event)
    return True


async def find(tx: Tx, decision_id: DecisionId) -> Sequence[Notice]:
    """Read the notices that were issued for a decision, the latest duty first."""
    found = await tx.session.execute(
        select(notices.c.sealed, decisions.c.subject_id)
        .join(decisions, decisions.c.id == notices.c.decision_id)
        .where(notices.c.decision_id == decision_id)
        .order_by(notices.c.issued_at.desc(), notices.c.id)
    )
    return [
        from_json(Notice, await subjects.unseal(tx, SubjectId(row.subject_id), bytes(row.sealed)))
        for row in found.all()
    ]


async def find_hashes(tx: Tx, decision_id: DecisionId) -> Sequence[IssuedNotice]:
    """List the notices issued for a decision by the hash of their content, the first first."""
    found = await tx.session.execute(
        select(notices.c.id, notices.c.duty, notices.c.addressee, notices.c.content_sha256)
        .where(notices.c.decision_id == decision_id)
        .order_by(notices.c.issued_at, notices.c.id)
    )
    return [
        IssuedNotice(NoticeId(row.id), row.duty, row.addressee, row.content_sha256)
        for row in found.all()
    ]


async def find_undelivered(tx: Tx, *, limit: int) -> Sequence[Notice]:
    """Read the notices that nobody was handed yet or that came back, the earliest due first."""
    later = decision_events.alias()
    came_back = exists().where(
        later.c.notice_id == decision_events.c.notice_id,
        later.c.kind == "notice_returned",
        tuple_(later.c.occurred_at, later.c.id)
        > tuple_(decision_events.c.occurred_at, decision_events.c.id),
    )
    handed = select(decision_events.c.notice_id).where(
        decision_events.c.kind == "notice_handed_over", ~came_back
    )
    happened = select(decision_events.c.decision_id)
    ended = happened.where(decision_events.c.kind.in_(("withdrawn", "superseded")))
    accepted = happened.where(decision_events.c.kind == "counteroffer_accepted")
    completed = happened.where(
        decision_events.c.kind == "information_received",
        decision_events.c.event["is_complete"].as_boolean(),
    )
    found = await tx.session.execute(
        select(notices.c.sealed, decisions.c.subject_id)
        .join(decisions, decisions.c.id == notices.c.decision_id)
        .where(
            notices.c.id.not_in(handed),
            notices.c.decision_id.not_in(ended),
            (notices.c.duty == "risk_based_pricing") | notices.c.decision_id.not_in(accepted),
            (notices.c.duty != "incompleteness") | notices.c.decision_id.not_in(completed),
        )
        .order_by(notices.c.due_at, notices.c.id)
        .limit(limit)
    )
    return [
        from_json(Notice, await subjects.unseal(tx, SubjectId(row.subject_id), bytes(row.sealed)))
        for row in found.all()
    ]
