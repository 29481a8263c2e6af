"""Issue the notices that a decision requires: at once, and without any model."""

from collections.abc import Sequence

from app.db import events, notices, outbox, tenants
from app.db.engine import Sessions, Tx
from app.db.jobs import DecisionJob
from app.domain.audit import AuditEvent
from app.domain.catalogue import Catalogue
from app.domain.decisions import Decision
from app.domain.duties import FirstDuty, first_duty
from app.domain.errors import NothingToExplain
from app.domain.histories import has_fallen_away
from app.domain.ids import EventId, MessageId, NoticeId
from app.domain.notices.compose import compose_notices
from app.domain.notices.notice import Notice, content_sha256
from app.domain.webhooks import notice_issued
from app.use_cases.ports import Clock, NewId

WORKER = "worker"


async def issue_notice(
    job: DecisionJob, *, sessions: Sessions, catalogue: Catalogue, clock: Clock, new_id: NewId
) -> Sequence[Notice]:
    """Compose and store what the decision itself requires; what was issued stays as it is.

    Nothing is issued once the application was withdrawn, its counteroffer accepted, or the
    decision superseded. Of a quarantined decision only the right to reasons is told.
    Raises NoticeIncomplete when an element the law requires is missing.
    """
    async with sessions.begin(job.tenant_id) as tx:
        history = await events.get_history(tx, job.decision_id)
        owed = first_duty(history.decision)
        if owed is None:
            raise NothingToExplain(job.decision_id)
        if has_fallen_away(history, owed.duty):
            return history.notices
        return await issue(
            tx,
            history.decision,
            owed,
            catalogue=catalogue,
            actor=WORKER,
            clock=clock,
            new_id=new_id,
        )


async def issue(
    tx: Tx,
    decision: Decision,
    owed: FirstDuty,
    *,
    catalogue: Catalogue,
    actor: str,
    clock: Clock,
    new_id: NewId,
) -> Sequence[Notice]:
    """Issue one duty's notices in the caller's transaction, each once."""
    issued = [notice for notice in await notices.find(tx, decision.id) if notice.duty == owed.duty]
    if issued:
        return issued
    at = clock()
    composed = compose_notices(
        decision,
        catalogue,
        await tenants.get_creditor(tx),
        notice_ids=(NoticeId(new_id()) for _ in iter(int, 1)),
        issued_at=at,
        owed=owed,
    )
    for notice in composed:
        digest = content_sha256(notice)
        event = AuditEvent(
            id=EventId(new_id()),
            tenant_id=decision.tenant_id,
            actor=actor,
            action="notice.issued",
            subject=decision.id,
            at=at,
            details=(
                ("duty", notice.duty),
                ("form", notice.form),
                ("addressee", notice.addressee),
                ("content_sha256", digest),
            ),
        )
        if await notices.issue(tx, notice, decision, content_sha256=digest, event=event):
            await outbox.append(tx, notice_issued(notice, MessageId(new_id()), at))
    return [n for n in await notices.find(tx, decision.id) if n.duty == owed.duty]
