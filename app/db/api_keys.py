"""API keys by the hashes of their secrets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert

from app.db import audit
from app.db.engine import Tx
from app.db.identity_tables import api_keys
from app.domain.access import Permission
from app.domain.api_keys import USED_GRAIN, ApiKey, HeldKey
from app.domain.audit import AuditEvent
from app.domain.identity_errors import ApiKeyNotFound
from app.domain.ids import ApiKeyId


async def create(tx: Tx, key: ApiKey, digest: bytes, *, event: AuditEvent) -> None:
    """Insert a key; one that stands, whose secret nobody was shown, gets this secret instead."""
    made = insert(api_keys).values(
        id=key.id,
        tenant_id=tx.tenant_id,
        name=key.name,
        scopes=sorted(key.scopes),
        digest=digest,
        created_by=key.created_by,
        created_at=key.created_at,
        expires_at=key.expires_at,
    )
    await tx.session.execute(
        made.on_conflict_do_update(
            index_elements=[api_keys.c.id], set_={"digest": made.excluded.digest}
        )
    )
    await audit.append(tx, event)


async def find(tx: Tx, key_id: ApiKeyId) -> HeldKey | None:
    """Read a key with its hashes."""
    found = await tx.session.execute(select(api_keys).where(api_keys.c.id == key_id))
    row = found.one_or_none()
    return None if row is None else _held(row)


async def lock(tx: Tx, key_id: ApiKeyId) -> HeldKey:
    """Read a key that is about to change. Raises ApiKeyNotFound."""
    found = await tx.session.execute(
        select(api_keys).where(api_keys.c.id == key_id).with_for_update()
    )
    row = found.one_or_none()
    if row is None:
        raise ApiKeyNotFound(key_id)
    return _held(row)


async def page(tx: Tx, *, before: ApiKeyId | None, limit: int) -> Sequence[ApiKey]:
    """List keys, newest first."""
    listed = select(api_keys).where(api_keys.c.tenant_id == tx.tenant_id)
    if before is not None:
        listed = listed.where(api_keys.c.id < before)
    found = await tx.session.execute(listed.order_by(api_keys.c.id.desc()).limit(limit))
    return [_held(row).key for row in found]


async def rotate(tx: Tx, held: HeldKey, *, event: AuditEvent) -> None:
    """Replace a key's secret; `held` says until when the one before works."""
    await _change(
        tx,
        held.key.id,
        digest=held.digest,
        previous_digest=held.previous_digest,
        previous_until=held.key.previous_until,
        expires_at=held.key.expires_at,
        rotated_at=held.key.rotated_at,
        rotation_id=held.rotation_id,
    )
    await audit.append(tx, event)


async def revoke(tx: Tx, key_id: ApiKeyId, *, event: AuditEvent) -> None:
    """End a key."""
    await _change(tx, key_id, revoked_at=event.at)
    await audit.append(tx, event)


async def note_use(tx: Tx, key: ApiKey, at: datetime) -> None:
    """Note when a key was last used, to some minutes: a figure for people, not audited."""
    if key.last_used_at is None or at - key.last_used_at > USED_GRAIN:
        await _change(tx, key.id, last_used_at=at)


async def _change(tx: Tx, key_id: ApiKeyId, **values: object) -> None:
    await tx.session.execute(update(api_keys).where(api_keys.c.id == key_id).values(**values))


def _held(row: Row[Any]) -> HeldKey:
    known = {permission.value: permission for permission in Permission}
    key = ApiKey(
        id=ApiKeyId(row.id),
        name=row.name,
        scopes=frozenset(known[scope] for scope in row.scopes if scope in known),
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        rotated_at=row.rotated_at,
        previous_until=row.previous_until,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )
    previous = row.previous_digest
    return HeldKey(
        key, bytes(row.digest), None if previous is None else bytes(previous), row.rotation_id
    )
