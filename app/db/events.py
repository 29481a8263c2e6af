"""What happened after decisions: only ever inserted."""

from collections.abc import Sequence
from typing import Annotated, TypeAlias

import orjson
from pydantic import Field
from sqlalchemy import func, insert, select

from app.db import audit, decisions, notices
from app.db.codec import from_json, to_json
from app.db.engine import Tx
from app.db.tables import decision_events, subjects
from app.db.tables import decisions as decision_rows
from app.db.tables import notices as notice_rows
from app.domain.audit import AuditEvent
from app.domain.events import Event, NoticeHandedOver, NoticeReturned, Superseded
from app.domain.histories import History
from app.domain.ids import DecisionId, EventId

Tagged: TypeAlias = Annotated[Event, Field(discriminator="kind")]


async def append(
    tx: Tx, decision_id: DecisionId, event: Event, *, event_id: EventId, audited: AuditEvent
) -> None:
    """Insert one event."""
    await tx.session.execute(
        insert(decision_events).values(
            id=event_id,
            tenant_id=tx.tenant_id,
            decision_id=decision_id,
            kind=event.kind,
            notice_id=(
                event.notice_id if isinstance(event, NoticeHandedOver | NoticeReturned) else None
            ),
            occurred_at=event.at,
            recorded_at=audited.at,
            event=orjson.loads(to_json(event)),
        )
    )
    await audit.append(tx, audited)


async def get_history(tx: Tx, decision_id: DecisionId) -> History:
    """Read a decision with its notices and all that happened. Raises DecisionNotFound."""
    decision = await decisions.get(tx, decision_id)
    happened = await _events(tx, decision_id)
    successors = [event.by for event in happened if isinstance(event, Superseded)]
    is_notified = False
    if successors:
        found = await tx.session.execute(
            select(decision_events.c.id)
            .where(
                decision_events.c.decision_id.in_(successors),
                decision_events.c.kind == "notice_handed_over",
            )
            .limit(1)
        )
        is_notified = found.one_or_none() is not None
    issued = tuple(await notices.find(tx, decision_id))
    return History(decision, issued, tuple(happened), is_notified)


async def lock(tx: Tx, *decision_ids: DecisionId) -> None:
    """Let one at a time record what happened to decisions, until the transaction ends."""
    for decision_id in sorted(set(decision_ids)):  # in one order, so that no two wait in a circle
        await tx.session.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(str(decision_id), 0)))
        )


async def find_open(tx: Tx, *, limit: int, skip: int = 0) -> Sequence[DecisionId]:
    """List decisions on which something may still be owed: the earliest due day first.

    Those are the quarantined, those that owe a notice and have none, those with a notice nobody
    was handed, and those on which something happened that may have to be answered.
    """
    notified = select(notice_rows.c.decision_id)
    handed = select(decision_events.c.notice_id).where(
        decision_events.c.kind == "notice_handed_over"
    )
    undelivered = select(notice_rows.c.decision_id).where(notice_rows.c.id.not_in(handed))
    happened = select(decision_events.c.decision_id).where(
        decision_events.c.kind != "notice_handed_over"
    )
    found = await tx.session.execute(
        select(decision_rows.c.id)
        .join(subjects, subjects.c.id == decision_rows.c.subject_id)
        .where(
            subjects.c.wrapped_key.is_not(None),
            (decision_rows.c.status == "quarantined")
            | (decision_rows.c.notice_due_at.is_not(None) & decision_rows.c.id.not_in(notified))
            | decision_rows.c.id.in_(undelivered)
            | decision_rows.c.id.in_(happened),
        )
        .order_by(decision_rows.c.notice_due_at.nulls_last(), decision_rows.c.id)
        .offset(skip)
        .limit(limit)
    )
    return [DecisionId(row.id) for row in found]


async def _events(tx: Tx, decision_id: DecisionId) -> Sequence[Event]:
    found = await tx.session.execute(
        select(decision_events.c.event)
        .where(decision_events.c.decision_id == decision_id)
        .order_by(decision_events.c.occurred_at, decision_events.c.id)
    )
    return [from_json(Tagged, orjson.dumps(row.event)) for row in found]  # type: ignore[arg-type] # an annotated union
