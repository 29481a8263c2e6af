"""Make, list, rotate and revoke the API keys of a lender's systems."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from app.db import api_keys
from app.db.engine import Sessions
from app.domain.access import Actor, Permission
from app.domain.api_keys import LONGEST_OVERLAP, ApiKey, HeldKey, wrong_terms
from app.domain.audit import AuditEvent
from app.domain.credentials import Credential, CredentialKind
from app.domain.errors import FieldProblem, InvalidFields
from app.domain.identity_errors import ApiKeyEnded
from app.domain.ids import ApiKeyId, EventId
from app.use_cases.ports import Clock, NewId

NewSecret = Callable[[], bytes]


@dataclass(frozen=True, slots=True, repr=False)
class MadeKey:
    """A key with the text that its holder sends: shown once."""

    key: ApiKey
    text: str


async def create_api_key(
    key_id: ApiKeyId,
    name: str,
    scopes: frozenset[Permission],
    expires_at: datetime,
    *,
    actor: Actor,
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
    new_secret: NewSecret,
) -> MadeKey:
    """Make a key under an id; made already, by a run whose answer was lost, it is shown anew.

    Raises InvalidFields where it would hold too much, or for too long.
    """
    at = clock()
    _check(scopes, expires_at, at)
    key = ApiKey(key_id, name, scopes, actor.name, at, expires_at)
    credential = _credential(actor, key.id, new_secret)
    async with sessions.begin(actor.tenant_id) as tx:
        event = _event("created", key, actor, at, new_id)
        await api_keys.create(tx, key, credential.digest, event=event)
    return MadeKey(key, credential.text)


async def page_api_keys(
    *, before: ApiKeyId | None, limit: int, actor: Actor, sessions: Sessions
) -> Sequence[ApiKey]:
    """List keys, newest first: those that ended too."""
    async with sessions.begin(actor.tenant_id) as tx:
        return await api_keys.page(tx, before=before, limit=limit)


async def rotate_api_key(
    key_id: ApiKeyId,
    overlap: timedelta,
    expires_at: datetime | None,
    *,
    rotation_id: UUID,
    actor: Actor,
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
    new_secret: NewSecret,
) -> MadeKey:
    """Give a key a new secret; the old one works for `overlap` more, and one before it no more.

    Run again under the same `rotation_id`, it replaces the new secret and leaves the old one.
    Raises ApiKeyNotFound, ApiKeyEnded or InvalidFields.
    """
    at = clock()
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        most = int(LONGEST_OVERLAP.total_seconds())
        raise InvalidFields([FieldProblem("/overlap_s", f"must lie between 0 and {most}")])
    credential = _credential(actor, key_id, new_secret)
    async with sessions.begin(actor.tenant_id) as tx:
        held = await api_keys.lock(tx, key_id)
        if not held.key.is_live(at):
            raise ApiKeyEnded(key_id)
        until = held.key.expires_at if expires_at is None else expires_at
        if expires_at is not None:
            _check(held.key.scopes, expires_at, at)
        is_new = held.rotation_id != rotation_id
        ends = at + overlap if is_new else held.key.previous_until
        key = replace(held.key, expires_at=until, rotated_at=at, previous_until=ends)
        old = held.digest if is_new else held.previous_digest
        event = _event("rotated", key, actor, at, new_id)
        rotated = HeldKey(key, credential.digest, old, rotation_id)
        await api_keys.rotate(tx, rotated, event=event)
    return MadeKey(key, credential.text)


async def revoke_api_key(
    key_id: ApiKeyId, *, actor: Actor, sessions: Sessions, clock: Clock, new_id: NewId
) -> None:
    """End a key; ended already, it stays as it is. Raises ApiKeyNotFound."""
    at = clock()
    async with sessions.begin(actor.tenant_id) as tx:
        held = await api_keys.lock(tx, key_id)
        if held.key.revoked_at is None:
            await api_keys.revoke(tx, key_id, event=_event("revoked", held.key, actor, at, new_id))


def _check(scopes: frozenset[Permission], expires_at: datetime, at: datetime) -> None:
    wrong = wrong_terms(scopes, expires_at, at)
    if wrong:
        raise InvalidFields([FieldProblem(where, what) for where, what in wrong.items()])


def _credential(actor: Actor, key_id: ApiKeyId, new_secret: NewSecret) -> Credential:
    return Credential(CredentialKind.API_KEY, actor.tenant_id, key_id, new_secret())


def _event(what: str, key: ApiKey, actor: Actor, at: datetime, new_id: NewId) -> AuditEvent:
    return AuditEvent(
        id=EventId(new_id()),
        tenant_id=actor.tenant_id,
        actor=actor.name,
        action=f"api_key.{what}",
        subject=key.id,
        at=at,
        details=(
            ("scopes", " ".join(sorted(key.scopes))),
            ("expires_at", key.expires_at.isoformat()),
        ),
    )
