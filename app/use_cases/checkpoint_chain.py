"""Sign how far a tenant's chain reaches, and keep that in the database and outside it."""

import asyncio

from app.db import audit_chain, checkpoints
from app.db.engine import Sessions, Tx
from app.domain.audit_chain import Head
from app.domain.checkpoints import (
    BrokenCheckpoint,
    Checkpoint,
    Contradiction,
    SignedCheckpoint,
    contradiction,
)
from app.domain.ids import TenantId
from app.use_cases.ports import CheckpointSigner, Clock, OutsideCheckpoints

PAGE = 500


async def checkpoint_chain(
    tenant_id: TenantId,
    *,
    sessions: Sessions,
    signer: CheckpointSigner,
    outside: OutsideCheckpoints,
    clock: Clock,
) -> SignedCheckpoint | Contradiction | BrokenCheckpoint | None:
    """Return the checkpoint made, or None where the chain has not moved since the last.

    Nothing is signed over a chain that is not the one the last checkpoints attest, nor beside a
    checkpoint that is forged: those are returned instead, for a person to look into. Raises
    SigningUnavailable, and OSError where the outside cannot be written; the database's checkpoint
    stands then, and the next call takes it outside.
    """
    placed = await asyncio.to_thread(outside.last, tenant_id)
    async with sessions.begin(tenant_id) as tx:
        await audit_chain.lock(tx)
        head = await audit_chain.get_head(tx)
        standing = await _standing(tx, head, placed, signer)
        if isinstance(standing, Contradiction | BrokenCheckpoint):
            return standing
        made = None
        if head.seq > (0 if standing is None else standing.checkpoint.seq):
            previous = None if standing is None else standing.sha256
            made = signer.sign(Checkpoint(tenant_id, head.seq, head.link_sha256, clock(), previous))
            await checkpoints.keep(tx, made)
    broken = await _take_outside(tenant_id, placed, sessions, signer, outside)
    return made if broken is None else broken


async def _standing(
    tx: Tx, head: Head, placed: object, signer: CheckpointSigner
) -> SignedCheckpoint | Contradiction | BrokenCheckpoint | None:
    """Return the last checkpoint, in the database or outside, if the chain bears both out."""
    kept = await checkpoints.find_last(tx)
    last: SignedCheckpoint | None = None
    for document, place in (
        (placed, "outside the database"),
        (None if kept is None else kept.document, "in the database"),
    ):
        if document is None:
            continue
        read = signer.read(document, place)
        if isinstance(read, BrokenCheckpoint):
            return read
        link = await checkpoints.find_link(tx, read.checkpoint.seq)
        against = contradiction(read.checkpoint, link, head)
        if against is not None:
            return against
        if last is None or read.checkpoint.seq > last.checkpoint.seq:
            last = read
    return last


async def _take_outside(
    tenant_id: TenantId,
    placed: object,
    sessions: Sessions,
    signer: CheckpointSigner,
    outside: OutsideCheckpoints,
) -> BrokenCheckpoint | None:
    """Append what the outside lacks; a call that was cut short is made good by the next."""
    last = None if placed is None else signer.read(placed, "outside the database")
    reached = last.checkpoint.seq if isinstance(last, SignedCheckpoint) else 0
    while True:
        async with sessions.begin(tenant_id) as tx:
            lacking = await checkpoints.find_between(tx, reached, limit=PAGE)
        if not lacking:
            return None
        signed = []
        for kept in lacking:
            read = signer.read(kept.document, f"in the database at seq {kept.seq}")
            if isinstance(read, BrokenCheckpoint):
                return read
            signed.append(read)
        await asyncio.to_thread(outside.append, tenant_id, signed)
        reached = lacking[-1].seq
