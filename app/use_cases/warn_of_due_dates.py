"""Tell, once, what comes due: notices nobody was handed, policy documents that end."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from app.db import audit, due_dates, outbox
from app.db.due_dates import DueNotice, EndingPolicy
from app.db.engine import Sessions
from app.domain.audit import AuditEvent
from app.domain.ids import EventId, MessageId, TenantId
from app.domain.webhooks import review_needed
from app.use_cases.ports import Clock, NewId

SCHEDULE = "schedule"  # the actor of what no person asked for
NOTICE_WITHIN = timedelta(days=5)
POLICY_WITHIN = timedelta(days=30)
OVERDUE_FOR = timedelta(days=90)  # what is later still was warned of when it came due
BATCH = 200


async def warn_of_due_notices(
    tenant_id: TenantId, *, sessions: Sessions, clock: Clock, new_id: NewId
) -> Sequence[DueNotice]:
    """Warn of each decision whose notice is due within days and was not handed over.

    The warning is an audit event and a `review.needed` message; a decision gets one of each.
    """
    at = clock()
    warned: list[DueNotice] = []
    while True:
        async with sessions.begin(tenant_id) as tx:
            found = await due_dates.find_due(
                tx, since=at - OVERDUE_FOR, until=at + NOTICE_WITHIN, limit=BATCH
            )
            for due in found:
                event = AuditEvent(
                    EventId(new_id()),
                    tenant_id,
                    SCHEDULE,
                    due_dates.DUE_SOON,
                    due.decision_id,
                    at,
                    (("due_at", due.due_at.isoformat()),),
                )
                await audit.append(tx, event)
                message = review_needed(
                    due.decision_id, "notice-due", MessageId(new_id()), at, due_at=due.due_at
                )
                await outbox.append(tx, message)
        warned += found
        if len(found) < BATCH:
            return warned


async def warn_of_ending_policies(
    tenant_id: TenantId, *, sessions: Sessions, clock: Clock, new_id: NewId
) -> Sequence[EndingPolicy]:
    """Note in the audit trail each of the tenant's documents that ends with none in its place."""
    at = clock()
    async with sessions.begin(tenant_id) as tx:
        found = await due_dates.find_ending_policies(
            tx, since=at.date(), until=(at + POLICY_WITHIN).date(), limit=BATCH
        )
        for ending in found:
            event = AuditEvent(
                EventId(new_id()),
                tenant_id,
                SCHEDULE,
                due_dates.ENDS_SOON,
                UUID(str(ending.version_id)),
                at,
                (("document", ending.slug), ("on", ending.on.isoformat())),
            )
            await audit.append(tx, event)
    return found
