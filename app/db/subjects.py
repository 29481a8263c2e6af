"""The people decisions are about, and the keys that keep what we hold on them readable."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.db import audit
from app.db.engine import Tx
from app.db.tables import subjects
from app.domain.audit import AuditEvent
from app.domain.errors import SubjectErased
from app.domain.ids import SubjectId


async def ensure(tx: Tx, reference: str, *, new_id: SubjectId, at: datetime) -> SubjectId:
    """Return the subject with this lender's reference, making one with a fresh key if new."""
    pseudonym = tx.vault.pseudonym(f"{tx.tenant_id}:{reference}")
    await tx.session.execute(
        insert(subjects)
        .values(
            id=new_id,
            tenant_id=tx.tenant_id,
            pseudonym=pseudonym,
            wrapped_key=tx.vault.new_key(new_id),
            created_at=at,
        )
        .on_conflict_do_nothing(constraint="uq_subjects_tenant_id_pseudonym")
    )
    found = await tx.session.execute(
        select(subjects.c.id)
        .where(subjects.c.tenant_id == tx.tenant_id, subjects.c.pseudonym == pseudonym)
        # Held until the commit, so that nobody erases the person while we write about them.
        .with_for_update(read=True)
    )
    return SubjectId(found.scalar_one())


async def seal(tx: Tx, subject_id: SubjectId, plaintext: bytes) -> bytes:
    """Encrypt under the subject's own key."""
    return tx.vault.seal(subject_id, await _wrapped_key(tx, subject_id), plaintext)


async def unseal(tx: Tx, subject_id: SubjectId, sealed: bytes) -> bytes:
    """Decrypt what was sealed for the subject."""
    return tx.vault.open(subject_id, await _wrapped_key(tx, subject_id), sealed)


async def _wrapped_key(tx: Tx, subject_id: SubjectId) -> bytes:
    found = await tx.session.execute(
        select(subjects.c.wrapped_key).where(subjects.c.id == subject_id)
    )
    wrapped = found.scalar_one()
    if wrapped is None:
        raise SubjectErased
    return bytes(wrapped)


async def find(tx: Tx, reference: str) -> SubjectId | None:
    """Find and lock the subject with this lender's reference."""
    found = await tx.session.execute(
        select(subjects.c.id)
        .where(
            subjects.c.tenant_id == tx.tenant_id,
            subjects.c.pseudonym == tx.vault.pseudonym(f"{tx.tenant_id}:{reference}"),
        )
        .with_for_update()
    )
    row = found.one_or_none()
    return None if row is None else SubjectId(row.id)


async def lock(tx: Tx, subject_id: SubjectId) -> None:
    """Keep others from writing about a person until the transaction ends."""
    await tx.session.execute(
        select(subjects.c.id).where(subjects.c.id == subject_id).with_for_update()
    )


async def erase(tx: Tx, subject_id: SubjectId, *, event: AuditEvent) -> None:
    """Destroy the subject's key, and with it all that it sealed; free the reference."""
    await tx.session.execute(
        update(subjects)
        .where(subjects.c.id == subject_id)
        .values(wrapped_key=None, key_destroyed_at=event.at, pseudonym=subject_id.bytes)
    )
    await audit.append(tx, event)
