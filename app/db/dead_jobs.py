"""Jobs that were given up: kept until a person replays them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.db import audit
from app.db.engine import Tx
from app.db.job_tables import dead_jobs
from app.db.jobs import Delivery, enqueue, take_off
from app.domain.audit import AuditEvent
from app.domain.ids import TenantId
from app.domain.job_errors import DeadJobClosed, DeadJobNotFound
from app.domain.jobs import Attempt, GiveUp, JobKind


@dataclass(frozen=True, slots=True)
class DeadJob:
    """A job that was given up: `error` and `code` name its last failure.

    `payload` holds ids and closed words. `closed_at`: when it was replayed, or the same work done.
    """

    id: UUID
    kind: JobKind
    tenant_id: TenantId
    key: str
    payload: dict[str, Any]
    attempts: int
    error: str
    code: str
    first_at: datetime
    last_at: datetime
    closed_at: datetime | None
    closed_by: str | None

    def to_payload(self) -> bytes:
        """Serialise for the queue, as the job did that died."""
        return orjson.dumps(self.payload)


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


async def page(
    tx: Tx, *, before: UUID | None, limit: int, with_closed: bool = False
) -> Sequence[DeadJob]:
    """List the dead, the latest first; `before` is the last id of the page already read."""
    wanted = select(dead_jobs).where(dead_jobs.c.tenant_id == tx.tenant_id)
    if not with_closed:
        wanted = wanted.where(dead_jobs.c.closed_at.is_(None))
    if before is not None:
        wanted = wanted.where(dead_jobs.c.id < before)
    found = await tx.session.execute(wanted.order_by(dead_jobs.c.id.desc()).limit(limit))
    return [DeadJob(**row._mapping) for row in found]  # noqa: SLF001 -- a Row's documented view


async def count_open(tx: Tx) -> int:
    """Count the tenant's dead jobs that nobody replayed."""
    found = await tx.session.execute(
        select(func.count())
        .select_from(dead_jobs)
        .where(dead_jobs.c.tenant_id == tx.tenant_id, dead_jobs.c.closed_at.is_(None))
    )
    return int(found.scalar_one())


async def replay(tx: Tx, dead_id: UUID, *, event: AuditEvent) -> DeadJob:
    """Put a dead job back into the queue, once; its attempts are counted anew.

    Raises DeadJobNotFound or DeadJobClosed.
    """
    closed = await tx.session.execute(
        update(dead_jobs)
        .where(dead_jobs.c.id == dead_id, dead_jobs.c.closed_at.is_(None))
        .values(closed_at=event.at, closed_by=event.actor)
        .returning(*dead_jobs.c)
    )
    row = closed.one_or_none()
    if row is None:
        known = await tx.session.execute(select(dead_jobs.c.id).where(dead_jobs.c.id == dead_id))
        if known.one_or_none() is None:
            raise DeadJobNotFound(dead_id)
        raise DeadJobClosed(dead_id)
    job = DeadJob(**row._mapping)  # noqa: SLF001 -- a Row's documented view
    await enqueue(tx, job, trace={})
    await audit.append(tx, event)
    return job
