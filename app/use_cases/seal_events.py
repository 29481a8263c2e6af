"""Seal what was committed: link each audit event to the tenant's chain, once, in order."""

from dataclasses import dataclass

from app.db import audit_chain
from app.db.audit_chain import START, Place
from app.db.engine import Sessions
from app.domain.audit_chain import extend
from app.domain.ids import TenantId
from app.use_cases.ports import Clock

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a sealer has looked. A new sealer starts without one.

    `restored` is how far among events restored from another server; None once it saw them all.
    """

    native: Place
    restored: Place | None = START


@dataclass(frozen=True, slots=True)
class Sealed:
    """How many events were sealed, how far was looked, and whether more may be final."""

    count: int
    mark: Mark | None
    is_behind: bool


async def seal_events(
    tenant_id: TenantId, mark: Mark | None = None, *, sessions: Sessions, clock: Clock
) -> Sealed:
    """Seal the next events, at most a batch.

    An event is sealed once every transaction that began to write before its own is finished, so
    nothing can be committed later that belongs before it. Of several sealers one works; the
    others return at once. What a sealer found sealed it does not look at again.
    """
    async with sessions.begin(tenant_id) as tx:
        if not await audit_chain.try_lock(tx):
            return Sealed(0, mark, is_behind=False)
        if mark is None:
            mark = Mark(await audit_chain.find_start(tx))
        final = await audit_chain.find_final(tx, mark.native, limit=BATCH)
        mark = Mark(final.last, mark.restored)
        is_behind = not final.is_whole
        unsealed = list(final.unsealed)
        if not is_behind and mark.restored is not None:
            old = await audit_chain.find_final(tx, mark.restored, limit=BATCH, restored=True)
            unsealed += old.unsealed
            mark = Mark(final.last, None if old.is_whole else old.last)
            is_behind = not old.is_whole
        if unsealed:
            head = await audit_chain.get_head(tx)
            await audit_chain.append(tx, extend(head, unsealed, at=clock()))
    return Sealed(len(unsealed), mark, is_behind)
