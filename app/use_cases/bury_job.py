"""Give a job up: it waits, dead, for a person."""

from app.db import dead_jobs
from app.db.engine import Sessions
from app.db.jobs import Delivery
from app.domain.audit import AuditEvent
from app.domain.ids import EventId
from app.domain.jobs import Attempt, GiveUp
from app.use_cases.ports import Clock, NewId

WORKER = "worker"


async def bury_job(
    delivery: Delivery,
    attempt: Attempt,
    why: GiveUp,
    *,
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
) -> None:
    """Keep a job among the dead and take it off the queue, in one transaction."""
    dead_id = new_id()
    event = AuditEvent(
        id=EventId(new_id()),
        tenant_id=attempt.tenant_id,
        actor=WORKER,
        action="job.died",
        subject=dead_id,
        at=clock(),
        details=(
            ("key", attempt.key),
            ("attempts", str(attempt.number)),
            ("error", why.error),
            ("code", why.code),
        ),
    )
    async with sessions.begin(attempt.tenant_id) as tx:
        await dead_jobs.bury(tx, delivery, attempt, why, dead_id=dead_id, event=event)
