"""Issue the notice an adverse action requires: at once, and without any model."""

from app.db import decisions, notices, tenants
from app.db.engine import Sessions
from app.db.jobs import DecisionJob
from app.domain.audit import AuditEvent
from app.domain.catalogue import Catalogue
from app.domain.ids import EventId, NoticeId
from app.domain.notices import Notice, compose_notice, content_sha256
from app.use_cases.ports import Clock, NewId

WORKER = "worker"


async def issue_notice(
    job: DecisionJob, *, sessions: Sessions, catalogue: Catalogue, clock: Clock, new_id: NewId
) -> Notice:
    """Compose and store the notice; the one already issued is returned if there is one.

    Raises NoticeIncomplete when an element the law requires is missing.
    """
    async with sessions.begin(job.tenant_id) as tx:
        issued = await notices.find(tx, job.decision_id)
        if issued is not None:
            return issued
        decision = await decisions.get(tx, job.decision_id)
        creditor = await tenants.get_creditor(tx)
        at = clock()
        notice = compose_notice(
            decision, catalogue, creditor, notice_id=NoticeId(new_id()), issued_at=at
        )
        digest = content_sha256(notice)
        event = AuditEvent(
            id=EventId(new_id()),
            tenant_id=job.tenant_id,
            actor=WORKER,
            action="notice.issued",
            subject=job.decision_id,
            at=at,
            details=(("duty", notice.duty), ("content_sha256", digest)),
        )
        is_ours = await notices.issue(tx, notice, decision, content_sha256=digest, event=event)
        return notice if is_ours else (await notices.find(tx, job.decision_id) or notice)
