"""Find what is owed and not done, whatever became of its job."""

from app.db import jobs
from app.db.engine import Sessions
from app.domain.ids import TenantId

BATCH = 500


async def reconcile(tenant_id: TenantId, *, sessions: Sessions) -> int:
    """Enqueue what adverse decisions still lack; return how much was found lacking.

    Work already queued or running is not enqueued twice.
    """
    async with sessions.begin(tenant_id) as tx:
        owed = await jobs.find_unfinished(tx, limit=BATCH)
        await jobs.enqueue(tx, *owed, trace={})
    return len(owed)
