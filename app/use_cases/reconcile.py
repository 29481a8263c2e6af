"""Find what is owed and not done, whatever became of its job."""

from datetime import timedelta

from app.db import jobs
from app.db.engine import Sessions
from app.domain.ids import TenantId
from app.use_cases.ports import Clock

BATCH = 500
LAST_CALL = timedelta(days=3)


async def reconcile(tenant_id: TenantId, *, sessions: Sessions, clock: Clock) -> int:
    """Enqueue what decisions still lack; return how much was found lacking.

    Work already queued or running is not enqueued twice. A quarantined decision that nobody
    resolved gets the notice of the right to reasons when its due day is near: that notice needs
    no proved reason, and none is late (12 CFR 1002.9(a)(2)(ii)).
    """
    async with sessions.begin(tenant_id) as tx:
        owed = await jobs.find_unfinished(tx, quarantined_due_by=clock() + LAST_CALL, limit=BATCH)
        await jobs.enqueue(tx, *owed, trace={})
    return len(owed)
