"""What work is waiting or dead, and how a person has it tried again."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.db import dead_jobs, jobs
from app.db.dead_jobs import DeadJob
from app.db.engine import Sessions
from app.db.jobs import Waiting
from app.domain.access import Actor
from app.domain.audit import AuditEvent
from app.domain.ids import EventId
from app.use_cases.ports import Clock, NewId


@dataclass(frozen=True, slots=True)
class WorkInHand:
    """A tenant's unfinished work by kind, and how much of it is dead."""

    kinds: Sequence[Waiting]
    dead: int


async def view_work(*, actor: Actor, sessions: Sessions) -> WorkInHand:
    """Count what waits, what was begun and what is dead."""
    async with sessions.begin(actor.tenant_id) as tx:
        return WorkInHand(await jobs.count_waiting(tx), await dead_jobs.count_open(tx))


async def page_dead_jobs(
    *, before: UUID | None, limit: int, with_closed: bool, actor: Actor, sessions: Sessions
) -> Sequence[DeadJob]:
    """List the tenant's dead jobs, the latest first."""
    async with sessions.begin(actor.tenant_id) as tx:
        return await dead_jobs.page(tx, before=before, limit=limit, with_closed=with_closed)


async def replay_dead_job(
    dead_id: UUID, *, actor: Actor, sessions: Sessions, clock: Clock, new_id: NewId
) -> DeadJob:
    """Have a dead job tried again, with all its attempts before it.

    Raises DeadJobNotFound, or DeadJobClosed where it was replayed or done already.
    """
    event = AuditEvent(
        id=EventId(new_id()),
        tenant_id=actor.tenant_id,
        actor=actor.name,
        action="job.replayed",
        subject=dead_id,
        at=clock(),
    )
    async with sessions.begin(actor.tenant_id) as tx:
        return await dead_jobs.replay(tx, dead_id, event=event)
