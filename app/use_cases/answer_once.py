"""Run a request with an Idempotency-Key once, and give its answer as often as it is asked."""

import asyncio
from datetime import timedelta

from app.db import idempotency
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.answers import Answer, Claim, KeyedRequest
from app.domain.ids import TenantId
from app.domain.request_errors import RequestInProgress
from app.use_cases.ports import Clock, NewId

# A process that dies is taken over after this; one that lives renews three times as often.
LEASE = timedelta(seconds=30)
RENEW_EVERY_S = 10.0
FIRST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 0.5


async def claim_request(
    request: KeyedRequest,
    *,
    actor: Actor,
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
    wait_s: float,
) -> Claim | Answer:
    """Claim the right to run a request, or return the answer it got.

    While another run holds the claim its answer is waited for, at most `wait_s` seconds.
    Raises IdempotencyKeyReused, or RequestInProgress after that time.
    """
    time = asyncio.get_running_loop().time
    deadline = time() + wait_s
    pause_s = FIRST_PAUSE_S
    while True:
        async with sessions.begin(actor.tenant_id) as tx:
            held = await idempotency.claim(
                tx, request, token=new_id(), reserved_id=new_id(), lease=LEASE, at=clock()
            )
        if held is not None:
            return held
        if time() >= deadline:
            raise RequestInProgress
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 1.5, LONGEST_PAUSE_S)


async def renew_claim(claim: Claim, *, tenant_id: TenantId, sessions: Sessions) -> bool:
    """Extend a claim by a lease; False where another run has taken it over."""
    async with sessions.begin(tenant_id) as tx:
        return await idempotency.renew(tx, claim, lease=LEASE)


async def settle_claim(
    claim: Claim, answer: Answer | None, *, tenant_id: TenantId, sessions: Sessions
) -> bool:
    """Keep an answer that is to be kept, or release the claim; False where it was taken over."""
    async with sessions.begin(tenant_id) as tx:
        if answer is not None and answer.is_kept:
            return await idempotency.keep(tx, claim, answer)
        return await idempotency.release(tx, claim)


async def purge_idempotency(tenant_id: TenantId, *, sessions: Sessions, clock: Clock) -> int:
    """Delete expired keys and their answers, a bounded number at once; return how many."""
    at = clock()
    purged = 0
    is_done = False
    while not is_done:
        async with sessions.begin(tenant_id) as tx:
            found = await idempotency.purge(tx, at=at)
        purged += found
        is_done = found < idempotency.PURGED_AT_ONCE
    return purged
