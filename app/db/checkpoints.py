"""Signed checkpoints of audit chains, and what they are compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select

from app.db.audit_tables import audit_chain, audit_checkpoints
from app.db.engine import Tx
from app.domain.checkpoints import SignedCheckpoint


@dataclass(frozen=True, slots=True)
class Kept:
    """A row that should hold a checkpoint, unread: it may have been altered."""

    seq: int
    document: Any


async def keep(tx: Tx, signed: SignedCheckpoint) -> None:
    """Insert a checkpoint."""
    await tx.session.execute(
        insert(audit_checkpoints).values(
            tenant_id=tx.tenant_id,
            seq=signed.checkpoint.seq,
            document=signed.to_document(),
            made_at=signed.checkpoint.at,
        )
    )


async def find_last(tx: Tx) -> Kept | None:
    """Read the last checkpoint."""
    found = await tx.session.execute(
        select(audit_checkpoints.c.seq, audit_checkpoints.c.document)
        .where(audit_checkpoints.c.tenant_id == tx.tenant_id)
        .order_by(audit_checkpoints.c.seq.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return None if row is None else Kept(row.seq, row.document)


async def find_between(
    tx: Tx, after: int, up_to: int | None = None, *, limit: int | None = None
) -> Sequence[Kept]:
    """Read the checkpoints after a number, up to another or to the last, in order."""
    statement = (
        select(audit_checkpoints.c.seq, audit_checkpoints.c.document)
        .where(audit_checkpoints.c.tenant_id == tx.tenant_id, audit_checkpoints.c.seq > after)
        .order_by(audit_checkpoints.c.seq)
        .limit(limit)
    )
    if up_to is not None:
        statement = statement.where(audit_checkpoints.c.seq <= up_to)
    found = await tx.session.execute(statement)
    return [Kept(row.seq, row.document) for row in found]


async def find_link(tx: Tx, seq: int) -> bytes | None:
    """Read the hash of a link; None where there is none of that number."""
    found = await tx.session.execute(
        select(audit_chain.c.link_sha256).where(
            audit_chain.c.tenant_id == tx.tenant_id, audit_chain.c.seq == seq
        )
    )
    held: bytes | None = found.scalar_one_or_none()
    return held


async def last_sealed_at(tx: Tx) -> datetime | None:
    """Read when the last link was made."""
    found = await tx.session.execute(
        select(func.max(audit_chain.c.sealed_at)).where(audit_chain.c.tenant_id == tx.tenant_id)
    )
    at: datetime | None = found.scalar_one()
    return at
