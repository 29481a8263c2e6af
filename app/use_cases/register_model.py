"""Register a model version, as compliance approved it."""

from collections.abc import Sequence

from app.db import registrations
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.audit import AuditEvent
from app.domain.catalogue import Catalogue
from app.domain.errors import ModelAlreadyRegistered
from app.domain.ids import EventId
from app.domain.models import Registration
from app.domain.registering import check_registration
from app.use_cases.ports import Clock, NewId


async def register_model(
    registration: Registration,
    *,
    actor: Actor,
    sessions: Sessions,
    catalogue: Catalogue,
    clock: Clock,
    new_id: NewId,
) -> Registration:
    """Store a registration; the same one again changes nothing.

    Raises ProhibitedBasis, InvalidFields, or ModelAlreadyRegistered where that version stands
    with other contents: a decision names a version, so a version never changes.
    """
    checked = check_registration(registration, catalogue)
    at = clock()
    event = AuditEvent(
        id=EventId(new_id()),
        tenant_id=actor.tenant_id,
        actor=actor.name,
        action="model.registered",
        subject=actor.tenant_id,
        at=at,
        details=(("model", checked.model.name), ("version", checked.model.version)),
    )
    async with sessions.begin(actor.tenant_id) as tx:
        is_new = await registrations.register(tx, checked, at=at, event=event)
        standing = await registrations.get(tx, checked.model.name, checked.model.version)
    if not is_new and standing != checked:
        raise ModelAlreadyRegistered(checked.model.name, checked.model.version)
    return standing


async def get_model(name: str, version: str, *, actor: Actor, sessions: Sessions) -> Registration:
    """Read a registration. Raises UnknownModel."""
    async with sessions.begin(actor.tenant_id) as tx:
        return await registrations.get(tx, name, version)


async def list_models(*, actor: Actor, sessions: Sessions) -> Sequence[Registration]:
    """Read every registration of the tenant, by name and version."""
    async with sessions.begin(actor.tenant_id) as tx:
        return await registrations.find_all(tx)
