"""Lenders and the profile their notices carry."""

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.db import audit
from app.db.codec import from_json, to_json
from app.db.engine import Sessions, Tx
from app.db.job_tables import tenant_directory
from app.db.tables import tenants
from app.domain.audit import AuditEvent
from app.domain.creditors import CreditorProfile
from app.domain.ids import TenantId


async def ensure(tx: Tx, name: str, creditor: CreditorProfile, *, at: datetime) -> None:
    """Insert the transaction's tenant unless it is there; workers serve it from then on."""
    await tx.session.execute(
        insert(tenants)
        .values(id=tx.tenant_id, name=name, creditor=orjson.loads(to_json(creditor)), created_at=at)
        .on_conflict_do_nothing()
    )
    await tx.session.execute(
        insert(tenant_directory).values(id=tx.tenant_id, opened_at=at).on_conflict_do_nothing()
    )


async def create(tx: Tx, name: str, creditor: CreditorProfile, *, event: AuditEvent) -> None:
    """Insert a new tenant."""
    await ensure(tx, name, creditor, at=event.at)
    await audit.append(tx, event)


async def get_name(tx: Tx) -> tuple[str, datetime]:
    """Read the name of the transaction's tenant, and when it was opened."""
    found = await tx.session.execute(select(tenants.c.name, tenants.c.created_at))
    row = found.one()
    return row.name, row.created_at


async def find_all(sessions: Sessions) -> Sequence[TenantId]:
    """List every tenant's id: all that is held of a tenant outside its own rows."""
    async with sessions.engine.connect() as connection:
        found = await connection.execute(
            select(tenant_directory.c.id).order_by(tenant_directory.c.id)
        )
        return [TenantId(row.id) for row in found]


async def get_creditor(tx: Tx) -> CreditorProfile:
    """Read the creditor profile of the transaction's tenant."""
    found = await tx.session.execute(select(tenants.c.creditor))
    return from_json(CreditorProfile, orjson.dumps(found.scalar_one()))


async def set_creditor(tx: Tx, creditor: CreditorProfile, *, event: AuditEvent) -> None:
    """Replace the creditor profile of the transaction's tenant."""
    await tx.session.execute(
        update(tenants)
        .where(tenants.c.id == tx.tenant_id)
        .values(creditor=orjson.loads(to_json(creditor)))
    )
    await audit.append(tx, event)
