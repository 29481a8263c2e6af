"""Model registrations: what each version reads, where it cuts and whom it compares with."""

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.db import audit
from app.db.codec import from_json, to_json
from app.db.engine import Tx
from app.db.tables import model_registrations
from app.domain.audit import AuditEvent
from app.domain.errors import UnknownModel
from app.domain.models import Registration


async def register(tx: Tx, registration: Registration, *, at: datetime, event: AuditEvent) -> bool:
    """Insert a model version; False when it is already registered."""
    inserted = await tx.session.execute(
        insert(model_registrations)
        .values(
            tenant_id=tx.tenant_id,
            name=registration.model.name,
            version=registration.model.version,
            registration=orjson.loads(to_json(registration)),
            registered_at=at,
        )
        .on_conflict_do_nothing()
        .returning(model_registrations.c.name)
    )
    if inserted.one_or_none() is None:
        return False
    await audit.append(tx, event)
    return True


async def get(tx: Tx, name: str, version: str) -> Registration:
    """Read a registration. Raises UnknownModel."""
    found = await tx.session.execute(
        select(model_registrations.c.registration).where(
            model_registrations.c.tenant_id == tx.tenant_id,
            model_registrations.c.name == name,
            model_registrations.c.version == version,
        )
    )
    row = found.scalar_one_or_none()
    if row is None:
        raise UnknownModel(name, version)
    return from_json(Registration, orjson.dumps(row))


async def find_all(tx: Tx) -> Sequence[Registration]:
    """Read every registration of the transaction's tenant, by name and version."""
    found = await tx.session.execute(
        select(model_registrations.c.registration)
        .where(model_registrations.c.tenant_id == tx.tenant_id)
        .order_by(model_registrations.c.name, model_registrations.c.version)
    )
    return [from_json(Registration, orjson.dumps(row.registration)) for row in found]
