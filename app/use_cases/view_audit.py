"""Read the audit trail, and how far its proof reaches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db import audit, audit_chain, checkpoints
from app.db.audit import Filter
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.audit import ListedEvent
from app.domain.audit_chain import Head
from app.domain.audit_reading import Unsealed


@dataclass(frozen=True, slots=True)
class ChainState:
    """The head of a chain, its last checkpoint as kept in the database, and what waits."""

    head: Head
    sealed_at: datetime | None
    checkpoint: object | None
    unsealed: Unsealed


async def page_audit(wanted: Filter, *, actor: Actor, sessions: Sessions) -> Sequence[ListedEvent]:
    """List events, the newest first."""
    async with sessions.begin(actor.tenant_id) as tx:
        return await audit.page(tx, wanted)


async def view_chain(*, actor: Actor, sessions: Sessions) -> ChainState:
    """Return how far the chain reaches; whether it is whole, `rationale audit verify` tells."""
    async with sessions.begin(actor.tenant_id) as tx:
        kept = await checkpoints.find_last(tx)
        start = await audit_chain.find_start(tx)
        return ChainState(
            await audit_chain.get_head(tx),
            await checkpoints.last_sealed_at(tx),
            None if kept is None else kept.document,
            await audit_chain.find_unsealed(tx, start),
        )
