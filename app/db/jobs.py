"""Work that a change makes necessary, enqueued in the transaction of that change.

pgqueuer keeps the queue (ADR 3). Its NOTIFY trigger is not installed: a NOTIFY inside the
transaction serialises all commits; workers poll instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import orjson
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.db.engine import Tx
from app.db.tables import current_explanations, decision_events, decisions, job_attempts, notices
from app.domain.explanation import Audience, Language
from app.domain.explanation_versions import Renewal
from app.domain.ids import DecisionId, ExplanationId, TenantId

JobKind = Literal["explain-decision", "issue-notice"]
# A notice has a legal deadline and takes milliseconds: it goes before any explanation.
PRIORITY: Mapping[JobKind, int] = {"issue-notice": 10, "explain-decision": 0}


@dataclass(frozen=True, slots=True)
class DecisionJob:
    """Work on one decision; audience, language and renewal matter to explanations alone."""

    kind: JobKind
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
    def of(kind: JobKind, payload: bytes) -> "DecisionJob":
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


async def enqueue(
    tx: Tx, *jobs: DecisionJob, trace: Mapping[str, str], after: timedelta | None = None
) -> None:
    """Enqueue, unless the same work is queued or running; no worker begins before `after`."""
    if not jobs:
        return
    queue = Queries(AsyncpgDriver(await tx.driver_connection()))
    await queue.enqueue(
        [job.kind for job in jobs],
        [job.to_payload() for job in jobs],
        [PRIORITY[job.kind] for job in jobs],
        execute_after=[after for _ in jobs],
        dedupe_key=[job.key for job in jobs],
        headers=[dict(trace) for _ in jobs],
        on_conflict="skip",
    )


async def begin_attempt(tx: Tx, job: DecisionJob) -> int:
    """Count an attempt before it runs, so that one that kills its worker counts too."""
    counted = await tx.session.execute(
        insert(job_attempts)
        .values(tenant_id=tx.tenant_id, decision_id=job.decision_id, kind=job.key, started=1)
        .on_conflict_do_update(
            constraint="pk_job_attempts", set_={"started": job_attempts.c.started + 1}
        )
        .returning(job_attempts.c.started)
    )
    return int(counted.scalar_one())


async def find_unfinished(
    tx: Tx, *, quarantined_due_by: datetime, limit: int
) -> Sequence[DecisionJob]:
    """List decisions that lack the notice they owe, or their customer explanation.

    A quarantined decision waits for a person until `quarantined_due_by` reaches its due day.
    """
    ended = select(decision_events.c.decision_id).where(
        decision_events.c.kind.in_(("withdrawn", "superseded", "counteroffer_accepted"))
        | (
            (decision_events.c.kind == "information_received")
            & decision_events.c.event["is_complete"].as_boolean()
        )
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
            decisions.c.status == "recorded",
            func.cardinality(decisions.c.reason_codes) > 0,
            current_explanations.c.decision_id.is_(None),
        )
        .order_by(decisions.c.id)
        .limit(limit)
    )
    unnotified = (
        select(decisions.c.id)
        .outerjoin(notices, notices.c.decision_id == decisions.c.id)
        .where(
            decisions.c.tenant_id == tx.tenant_id,
            decisions.c.notice_due_at.is_not(None),
            (decisions.c.status == "recorded") | (decisions.c.notice_due_at <= quarantined_due_by),
            decisions.c.id.not_in(ended),
            notices.c.id.is_(None),
        )
        .order_by(decisions.c.id)
        .limit(limit)
    )
    owed: list[DecisionJob] = []
    for kind, statement in (("issue-notice", unnotified), ("explain-decision", unexplained)):
        found = await tx.session.execute(statement)
        owed.extend(
            DecisionJob(
                "issue-notice" if kind == "issue-notice" else "explain-decision",
                tx.tenant_id,
                DecisionId(row.id),
            )
            for row in found
        )
    return owed
