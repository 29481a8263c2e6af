"""Jobs that were given up: kept until a person replays them."""

from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from app.db import audit
from app.db.engine import Tx
from app.db.job_tables import dead_jobs
from app.db.jobs import Delivery, take_off
from app.domain.audit import AuditEvent
from app.domain.jobs import Attempt, GiveUp


async def bury(
    tx: Tx, delivery: Delivery, attempt: Attempt, why: GiveUp, *, dead_id: UUID, event: AuditEvent
) -> None:
    """Move a job from the queue to the dead; the same work that lies there is brought up to date.

    Nothing happens where another worker finished or buried it meanwhile.
    """
    if not await take_off(tx, delivery, attempt):
        return
    last = {
        "attempts": attempt.number,
        "error": why.error,
        "code": why.code,
        "last_at": event.at,
    }
    await tx.session.execute(
        insert(dead_jobs)
        .values(
            id=dead_id,
            tenant_id=tx.tenant_id,
            kind=attempt.kind,
            key=attempt.key,
            payload=orjson.loads(attempt.payload),
            first_at=attempt.enqueued_at,
            **last,
        )
        .on_conflict_do_update(
            index_elements=["tenant_id", "key"],
            index_where=text("closed_at is null"),
            set_=last,
        )
    )
    await audit.append(tx, event)
