"""Decisions that lack what they owe, whatever became of their jobs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select

from app.db.engine import Tx
from app.db.job_tables import dead_jobs
from app.db.jobs import DecisionJob, DecisionJobKind
from app.db.tables import current_explanations, decision_events, decisions, notices
from app.domain.ids import DecisionId


async def find_quarantined(tx: Tx, *, due_by: datetime, limit: int) -> Sequence[DecisionJob]:
    """List quarantined decisions that nobody resolved and whose notice is due by then."""
    return await _owed(
        tx,
        "issue-notice",
        _unnotified(tx)
        .where(decisions.c.status == "quarantined", decisions.c.notice_due_at <= due_by)
        .order_by(decisions.c.notice_due_at)
        .limit(limit),
    )


async def find_unfinished(
    tx: Tx, *, after: DecisionId, before: DecisionId
) -> Sequence[DecisionJob]:
    """List recorded decisions between two ids that lack their notice or explanation.

    One whose job is dead is not among them: it is for a person.
    """
    stretch = (
        decisions.c.status == "recorded",
        decisions.c.id > after,
        decisions.c.id <= before,
    )
    unexplained = (
        select(decisions.c.id)
        .outerjoin(
            current_explanations,
            (current_explanations.c.decision_id == decisions.c.id)
            & (current_explanations.c.audience == "customer"),
        )
        .where(
            decisions.c.tenant_id == tx.tenant_id,
            func.cardinality(decisions.c.reason_codes) > 0,
            current_explanations.c.decision_id.is_(None),
            *stretch,
        )
    )
    return [
        *await _owed(tx, "issue-notice", _unnotified(tx).where(*stretch)),
        *await _owed(tx, "explain-decision", unexplained),
    ]


def _unnotified(tx: Tx) -> Select[tuple[object]]:
    ended = (
        select(decision_events.c.decision_id)
        .where(
            decision_events.c.decision_id == decisions.c.id,
            decision_events.c.kind.in_(("withdrawn", "superseded", "counteroffer_accepted"))
            | (
                (decision_events.c.kind == "information_received")
                & decision_events.c.event["is_complete"].as_boolean()
            ),
        )
        .exists()
    )
    notified = select(notices.c.id).where(notices.c.decision_id == decisions.c.id).exists()
    return select(decisions.c.id).where(
        decisions.c.tenant_id == tx.tenant_id,
        decisions.c.notice_due_at.is_not(None),
        ~ended,
        ~notified,
    )


async def _owed(
    tx: Tx, kind: DecisionJobKind, wanted: Select[tuple[object]]
) -> Sequence[DecisionJob]:
    found = await tx.session.execute(wanted)
    owed = [DecisionJob(kind, tx.tenant_id, DecisionId(row.id)) for row in found]
    if not owed:
        return owed
    dead = await tx.session.execute(
        select(dead_jobs.c.key).where(
            dead_jobs.c.tenant_id == tx.tenant_id,
            dead_jobs.c.closed_at.is_(None),
            dead_jobs.c.key.in_([job.key for job in owed]),
        )
    )
    buried = {row.key for row in dead}
    return [job for job in owed if job.key not in buried]


async def next_stretch(tx: Tx, *, after: DecisionId, size: int) -> DecisionId | None:
    """Return the last id of the next `size` decisions after an id; None after the last."""
    page = (
        select(decisions.c.id)
        .where(decisions.c.tenant_id == tx.tenant_id, decisions.c.id > after)
        .order_by(decisions.c.id)
        .limit(size)
        .subquery()
    )
    found = await tx.session.execute(select(page.c.id).order_by(page.c.id.desc()).limit(1))
    last = found.scalar_one_or_none()
    return None if last is None else DecisionId(last)
