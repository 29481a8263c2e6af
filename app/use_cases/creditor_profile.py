"""The creditor as its notices name it: read, and set by compliance."""

from dataclasses import replace

from app.db import tenants
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.audit import AuditEvent
from app.domain.creditors import CreditorProfile
from app.domain.ids import EventId
from app.use_cases.ports import Clock, NewId


async def get_creditor(*, actor: Actor, sessions: Sessions) -> CreditorProfile:
    """Read the profile."""
    async with sessions.begin(actor.tenant_id) as tx:
        return await tenants.get_creditor(tx)


async def set_creditor(
    profile: CreditorProfile,
    *,
    is_agency_confirmed: bool,
    actor: Actor,
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
) -> CreditorProfile:
    """Replace the profile. Notices already issued stay as they are.

    The agency is confirmed by whoever says so now; a confirmation of another agency is void.
    """
    confirmed = replace(profile, agency_confirmed_by=actor.name if is_agency_confirmed else "")
    event = AuditEvent(
        id=EventId(new_id()),
        tenant_id=actor.tenant_id,
        actor=actor.name,
        action="creditor.changed",
        subject=actor.tenant_id,
        at=clock(),
        details=(
            ("agency_type", confirmed.agency_type),
            ("agency_confirmed", str(confirmed.agency_is_confirmed).lower()),
            ("retention_months", str(confirmed.retention_months)),
            ("erase_after_retention", str(confirmed.erase_after_retention).lower()),
        ),
    )
    async with sessions.begin(actor.tenant_id) as tx:
        await tenants.set_creditor(tx, confirmed, event=event)
    return confirmed
