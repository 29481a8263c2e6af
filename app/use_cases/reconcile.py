"""Find what is owed and not done, whatever became of its job."""

from datetime import timedelta
from uuid import UUID

from app.db import jobs, unfinished
from app.db.engine import Sessions
from app.domain.ids import DecisionId, TenantId
from app.use_cases.ports import Clock

BATCH = 500
STRETCH = 2000  # decisions looked through in one transaction
LAST_CALL = timedelta(days=3)
LOST_FOR = timedelta(seconds=30)  # younger work may be between two queues


async def reconcile(
    tenant_id: TenantId,
    *,
    sessions: Sessions,
    clock: Clock,
    lost_for: timedelta = LOST_FOR,
) -> int:
    """Deliver anew what the queue lost, and what became owed by time; return how much it was.

    A quarantined decision that nobody resolved gets the notice of the right to reasons when its
    due day is near: that notice needs no proved reason, and none is late
    (12 CFR 1002.9(a)(2)(ii)).
    """
    async with sessions.begin(tenant_id) as tx:
        lost = await jobs.redeliver(tx, lost_for=lost_for, limit=BATCH)
        owed = await unfinished.find_quarantined(tx, due_by=clock() + LAST_CALL, limit=BATCH)
        new = await jobs.enqueue(tx, *owed, trace={})
    return lost + new


async def check_completeness(tenant_id: TenantId, *, sessions: Sessions) -> int:
    """Look through every decision for one that lacks its notice or explanation, and enqueue it.

    Nothing is ever found while each decision is stored together with its jobs: whatever is found
    is a fault, or was restored from elsewhere. Returns how many jobs were enqueued.
    """
    found = 0
    after = DecisionId(UUID(int=0))
    while True:
        async with sessions.begin(tenant_id) as tx:
            last = await unfinished.next_stretch(tx, after=after, size=STRETCH)
            if last is None:
                return found
            owed = await unfinished.find_unfinished(tx, after=after, before=last)
            found += await jobs.enqueue(tx, *owed, trace={})
        after = last
