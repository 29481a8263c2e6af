"""Open and list tenants: what the operator of an installation does, and no request can."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db import tenants
from app.db.engine import Sessions
from app.domain.audit import AuditEvent
from app.domain.creditors import CreditorProfile
from app.domain.errors import FieldProblem, InvalidFields
from app.domain.ids import EventId, TenantId
from app.use_cases.ports import Clock, NewId

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class TenantLine:
    """A tenant as the operator sees it."""

    id: TenantId
    name: str
    created_at: datetime


async def create_tenant(
    name: str, *, actor: str, sessions: Sessions, clock: Clock, new_id: NewId
) -> TenantLine:
    """Open a tenant whose creditor profile compliance has yet to fill in.

    Address and agency are left open, so no notice goes out in its name before that. Raises
    InvalidFields for a name that no letter could carry.
    """
    named = name.strip()
    if not named or len(named) > LONGEST_NAME or not named.isprintable():
        what = f"must be one line of 1 to {LONGEST_NAME} characters"
        raise InvalidFields([FieldProblem("/name", what)])
    line = TenantLine(TenantId(new_id()), named, clock())
    event = AuditEvent(
        id=EventId(new_id()),
        tenant_id=line.id,
        actor=actor,
        action="tenant.created",
        subject=line.id,
        at=line.created_at,
    )
    profile = CreditorProfile(named, address="", phone="", agency_type="other_creditor")
    async with sessions.begin(line.id) as tx:
        await tenants.create(tx, named, profile, event=event)
    return line


async def list_tenants(*, sessions: Sessions) -> Sequence[TenantLine]:
    """List every tenant, the oldest first; each is read under its own policy."""
    lines = []
    for tenant_id in await tenants.find_all(sessions):
        async with sessions.begin(tenant_id) as tx:
            name, created_at = await tenants.get_name(tx)
        lines.append(TenantLine(tenant_id, name, created_at))
    return lines
