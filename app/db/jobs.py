"""Work that a change makes necessary: enqueued in its transaction, counted, finished or buried.

`jobs` holds a row for every piece of work until it is done or dead; pgqueuer (ADR 3) delivers it
to a worker, naming it by tenant and key. Its NOTIFY trigger is not installed: a NOTIFY inside the
transaction serialises all commits. What the queue loses is found by `redeliver` (ADR 17).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

import orjson
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries
from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.db.engine import Tx
from app.db.job_tables import jobs
from app.domain.explanation import Audience, Language
from app.domain.explanation_versions import Renewal
from app.domain.ids import DecisionId, ExplanationId, TenantId
from app.domain.jobs import PLANS, Attempt, Job, JobKind

DecisionJobKind = Literal["explain-decision", "issue-notice"]


@dataclass(frozen=True, slots=True)
class DecisionJob:
    """Work on one decision; audience, language and renewal matter to explanations alone."""

    kind: DecisionJobKind
    tenant_id: TenantId
    decision_id: DecisionId
    audience: Audience = "customer"
    language: Language = "en"
    renewal: Renewal | None = None

    @property
    def key(self) -> str:
        """What makes two jobs the same work."""
        work = f"{self.kind}:{self.decision_id}:{self.audience}:{self.language}"
        return work if self.renewal is None else f"{work}:{self.renewal.replaces}"

    def is_done_by(self, standing: ExplanationId) -> bool:
        """Whether the explanation that stands is what this job would make."""
        return self.renewal is None or standing != self.renewal.replaces

    def to_payload(self) -> bytes:
        """Serialise for the queue: ids and closed words only."""
        payload = {
            "tenant_id": str(self.tenant_id),
            "decision_id": str(self.decision_id),
            "audience": self.audience,
            "language": self.language,
        }
        if self.renewal is not None:
            payload |= {"replaces": str(self.renewal.replaces), "why": self.renewal.why}
        return orjson.dumps(payload)

    @staticmethod
    def of(kind: DecisionJobKind, payload: bytes) -> "DecisionJob":
        """Restore what `to_payload` wrote."""
        held = orjson.loads(payload)
        renewal = None
        if "replaces" in held:
            renewal = Renewal(ExplanationId(UUID(held["replaces"])), held["why"])
        return DecisionJob(
            kind,
            TenantId(UUID(held["tenant_id"])),
            DecisionId(UUID(held["decision_id"])),
            held["audience"],
            held["language"],
            renewal,
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the queue hands to a worker: which work, and the queue's own row."""

    tenant_id: TenantId
    key: str
    queue_id: int

    @staticmethod
    def of(payload: bytes | None, queue_id: int) -> "Delivery":
        """Restore what `enqueue` wrote."""
        held = orjson.loads(payload or b"{}")
        return Delivery(TenantId(UUID(held["tenant_id"])), held["key"], queue_id)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The unfinished work of one kind; `begun` runs or waits for another attempt.

    `oldest_s` is since the oldest was enqueued.
    """

    kind: JobKind
    waiting: int
    begun: int
    oldest_s: float


async def enqueue(
    tx: Tx, *work: Job, trace: Mapping[str, str], after: timedelta | None = None
) -> int:
    """Enqueue, unless the same work is waiting or running; return how much of it was new.

    No worker begins before `after`.
    """
    if not work:
        return 0
    # In one order, so that no two transactions wait in a circle; each key once in a statement.
    once = sorted({job.key: job for job in work}.values(), key=lambda job: job.key)
    added = await tx.session.execute(
        insert(jobs)
        .values(
            [
                {
                    "tenant_id": tx.tenant_id,
                    "key": job.key,
                    "kind": job.kind,
                    "payload": orjson.loads(job.to_payload()),
                    "trace": dict(trace),
                }
                for job in once
            ]
        )
        .on_conflict_do_nothing(constraint="pk_jobs")
        .returning(jobs.c.key)
    )
    new = len(added.all())
    await _deliver(tx, [(job.kind, job.key) for job in once], after)
    return new


async def _deliver(
    tx: Tx, named: Sequence[tuple[JobKind, str]], after: timedelta | None = None
) -> None:
    queue = Queries(AsyncpgDriver(await tx.driver_connection()))
    await queue.enqueue(
        [kind for kind, _ in named],
        [orjson.dumps({"tenant_id": str(tx.tenant_id), "key": key}) for _, key in named],
        [PLANS[kind].priority for kind, _ in named],
        execute_after=[after for _ in named],
        dedupe_key=[f"{tx.tenant_id}:{key}" for _, key in named],
        on_conflict="skip",
    )


async def begin(tx: Tx, delivery: Delivery) -> Attempt | None:
    """Count a start before it runs, so that one that kills its worker counts too.

    None where the work was finished or buried since: the delivery is then taken out of the queue.
    """
    begun = await tx.session.execute(
        update(jobs)
        .where(jobs.c.tenant_id == tx.tenant_id, jobs.c.key == delivery.key)
        .values(attempts=jobs.c.attempts + 1, started_at=func.clock_timestamp())
        .returning(jobs.c.kind, jobs.c.payload, jobs.c.trace, jobs.c.attempts, jobs.c.enqueued_at)
    )
    row = begun.one_or_none()
    if row is None:
        await tx.session.execute(DROP_DELIVERY, {"queue_id": delivery.queue_id})
        return None
    return Attempt(
        row.kind,
        tx.tenant_id,
        delivery.key,
        orjson.dumps(row.payload),
        row.trace,
        row.attempts,
        row.enqueued_at,
    )


async def finish(tx: Tx, delivery: Delivery, attempt: Attempt) -> None:
    """Take finished work off; a dead job that the same work had left is closed with it."""
    await tx.session.execute(FINISH, _named(tx, delivery, attempt))


async def take_off(tx: Tx, delivery: Delivery, attempt: Attempt) -> bool:
    """Remove work and its delivery together; False where another worker did so before.

    A worker that was held up does not take off the same work enqueued anew since.
    """
    removed = await tx.session.execute(TAKE_OFF, _named(tx, delivery, attempt))
    return removed.one_or_none() is not None


def _named(tx: Tx, delivery: Delivery, attempt: Attempt) -> dict[str, object]:
    return {
        "tenant": tx.tenant_id,
        "key": delivery.key,
        "enqueued_at": attempt.enqueued_at,
        "queue_id": delivery.queue_id,
    }


# One statement each: a worker settles every job by one. The queue's row and its log, which would
# grow for ever and which nothing of ours reads, are deleted in our transaction; pgqueuer, which
# would later delete the row by itself, finds it gone.
UNQUEUE = (
    "unqueued as (delete from pgqueuer where id = :queue_id), "
    "unlogged as (delete from pgqueuer_log where job_id = :queue_id)"
)
REMOVE = (
    "removed as (delete from jobs where tenant_id = :tenant and key = :key "
    "and enqueued_at = :enqueued_at returning key)"
)
CLOSE = (
    "closed as (update dead_jobs set closed_at = now(), closed_by = 'worker' "
    "where tenant_id = :tenant and key = :key and closed_at is null)"
)
TAKE_OFF = text(f"with {REMOVE}, {UNQUEUE} select key from removed")  # noqa: S608 -- our own words
FINISH = text(f"with {REMOVE}, {UNQUEUE}, {CLOSE} select key from removed")  # noqa: S608 -- likewise
DROP_DELIVERY = text(f"with {UNQUEUE} select 1")


async def redeliver(tx: Tx, *, lost_for: timedelta, limit: int) -> int:
    """Deliver anew what waits in no queue; return how many that was.

    Work younger than `lost_for` is left alone: it may be between two queues. A row that the
    queue holds as failed delivers nothing any more and is taken out.
    """
    found = await tx.session.execute(LOST, {"lost_for": lost_for, "limit": limit})
    lost = [(row.kind, row.key) for row in found]
    if lost:
        await tx.session.execute(
            text("delete from pgqueuer where status = 'failed' and dedupe_key = any(:keys)"),
            {"keys": [f"{tx.tenant_id}:{key}" for _, key in lost]},
        )
        await _deliver(tx, lost)
    return len(lost)


LOST = text(
    "select j.kind, j.key from jobs as j where j.enqueued_at < now() - cast(:lost_for as interval) "
    "and not exists (select from pgqueuer as q where q.dedupe_key = j.tenant_id || ':' || j.key "
    "and q.status in ('queued', 'picked')) order by j.enqueued_at limit :limit"
)


async def count_waiting(tx: Tx) -> Sequence[Waiting]:
    """Count the tenant's unfinished work by kind."""
    found = await tx.session.execute(
        select(
            jobs.c.kind,
            func.count().filter(jobs.c.attempts == 0).label("waiting"),
            func.count().filter(jobs.c.attempts > 0).label("begun"),
            func.extract("epoch", func.now() - func.min(jobs.c.enqueued_at)).label("oldest"),
        )
        .where(jobs.c.tenant_id == tx.tenant_id)
        .group_by(jobs.c.kind)
        .order_by(jobs.c.kind)
    )
    return [Waiting(row.kind, row.waiting, row.begun, float(row.oldest)) for row in found]
