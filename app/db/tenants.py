"""Lenders and the profile their notices carry."""

from datetime import datetime

import orjson
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.db import audit
from app.db.codec import from_json, to_json
from app.db.engine import Tx
from app.db.tables import tenants
from app.domain.audit import AuditEvent
from app.domain.creditors import CreditorProfile


async def ensure(tx: Tx, name: str, creditor: CreditorProfile, *, at: datetime) -> None:
    """Insert the transaction's tenant unless it is there."""
    await tx.session.execute(
        insert(tenants)
        .values(id=tx.tenant_id, name=name, creditor=orjson.loads(to_json(creditor)), created_at=at)
        .on_conflict_do_nothing()
    )


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
