"""Webhook endpoints and their secrets, which are sealed and never leave but to sign."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, update

from app.db import audit
from app.db.engine import Tx
from app.db.webhook_tables import webhook_deliveries, webhook_endpoints
from app.domain.audit import AuditEvent
from app.domain.ids import EndpointId
from app.domain.webhook_errors import TooManyWebhooks, WebhookNotFound
from app.domain.webhooks import MOST_ENDPOINTS, DisabledWhy, Endpoint

PURPOSE = "webhook-secret"
_row = webhook_endpoints.c
_SHOWN = (
    _row.id,
    _row.url,
    _row.description,
    _row.events,
    _row.created_at,
    _row.disabled,
    _row.failing_since,
)


async def register(tx: Tx, endpoint: Endpoint, secret: str, *, event: AuditEvent) -> None:
    """Insert an endpoint. Raises TooManyWebhooks, though not exactly where several come at once."""
    held = await tx.session.execute(
        select(func.count()).select_from(webhook_endpoints).where(_row.tenant_id == tx.tenant_id)
    )
    if held.scalar_one() >= MOST_ENDPOINTS:
        raise TooManyWebhooks(MOST_ENDPOINTS)
    await tx.session.execute(
        insert(webhook_endpoints).values(
            id=endpoint.id,
            tenant_id=tx.tenant_id,
            url=endpoint.url,
            description=endpoint.description,
            events=list(endpoint.events),
            secret=_seal(tx, endpoint.id, secret),
            created_at=endpoint.created_at,
        )
    )
    await audit.append(tx, event)


async def find_all(tx: Tx) -> Sequence[Endpoint]:
    """List a tenant's endpoints, the oldest first."""
    found = await tx.session.execute(
        select(*_SHOWN).where(_row.tenant_id == tx.tenant_id).order_by(_row.id)
    )
    return [_endpoint(row) for row in found]


async def find(tx: Tx, endpoint_id: EndpointId, *, for_change: bool = False) -> Endpoint | None:
    """Read one endpoint if there is one, locked until the end where it is to change."""
    statement = select(*_SHOWN).where(_row.id == endpoint_id)
    found = await tx.session.execute(statement.with_for_update() if for_change else statement)
    row = found.one_or_none()
    return None if row is None else _endpoint(row)


async def get(tx: Tx, endpoint_id: EndpointId, *, for_change: bool = False) -> Endpoint:
    """Read one endpoint, as `find` does. Raises WebhookNotFound."""
    found = await find(tx, endpoint_id, for_change=for_change)
    if found is None:
        raise WebhookNotFound(endpoint_id)
    return found


async def change(tx: Tx, endpoint: Endpoint, *, event: AuditEvent) -> None:
    """Replace what can change of an endpoint. Raises WebhookNotFound."""
    changed = await tx.session.execute(
        update(webhook_endpoints)
        .where(_row.id == endpoint.id)
        .values(
            url=endpoint.url,
            description=endpoint.description,
            events=list(endpoint.events),
            disabled=endpoint.disabled,
            failing_since=endpoint.failing_since,
        )
        .returning(_row.id)
    )
    if changed.one_or_none() is None:
        raise WebhookNotFound(endpoint.id)
    await audit.append(tx, event)


async def remove(tx: Tx, endpoint_id: EndpointId, *, event: AuditEvent) -> None:
    """Delete an endpoint with what is owed to it. Raises WebhookNotFound."""
    removed = await tx.session.execute(
        delete(webhook_endpoints).where(_row.id == endpoint_id).returning(_row.id)
    )
    if removed.one_or_none() is None:
        raise WebhookNotFound(endpoint_id)
    await tx.session.execute(
        delete(webhook_deliveries).where(webhook_deliveries.c.endpoint_id == endpoint_id)
    )
    await audit.append(tx, event)


async def rotate(
    tx: Tx,
    endpoint_id: EndpointId,
    secret: str,
    *,
    rotation_id: UUID,
    old_until: datetime,
    event: AuditEvent,
) -> None:
    """Replace the secret, once a rotation; the one it replaces signs too until `old_until`."""
    rotated = await tx.session.execute(
        update(webhook_endpoints)
        .where(_row.id == endpoint_id, _row.rotation_id.is_distinct_from(rotation_id))
        .values(
            secret=_seal(tx, endpoint_id, secret),
            old_secret=_row.secret,
            old_secret_until=old_until,
            rotation_id=rotation_id,
        )
        .returning(_row.id)
    )
    if rotated.one_or_none() is not None:
        await audit.append(tx, event)


async def get_secrets(tx: Tx, endpoint_id: EndpointId, *, at: datetime) -> tuple[str, ...]:
    """Open the secrets that sign at an instant, the newest first. Raises WebhookNotFound."""
    found = await tx.session.execute(
        select(_row.secret, _row.old_secret, _row.old_secret_until).where(_row.id == endpoint_id)
    )
    row = found.one_or_none()
    if row is None:
        raise WebhookNotFound(endpoint_id)
    sealed = [row.secret]
    if row.old_secret is not None and at < row.old_secret_until:
        sealed.append(row.old_secret)
    return tuple(
        tx.vault.open_secret(PURPOSE, endpoint_id, bytes(one)).decode("ascii") for one in sealed
    )


async def note_success(tx: Tx, endpoint_id: EndpointId) -> None:
    """Forget since when the endpoint failed; nothing is written where it did not."""
    await tx.session.execute(
        update(webhook_endpoints)
        .where(_row.id == endpoint_id, _row.failing_since.is_not(None))
        .values(failing_since=None)
    )


async def note_failure(tx: Tx, endpoint_id: EndpointId, *, at: datetime) -> None:
    """Remember since when the endpoint fails, if it did not before."""
    await tx.session.execute(
        update(webhook_endpoints)
        .where(_row.id == endpoint_id, _row.failing_since.is_(None))
        .values(failing_since=at)
    )


async def disable(tx: Tx, endpoint_id: EndpointId, why: DisabledWhy, *, event: AuditEvent) -> None:
    """Send nothing more to an endpoint; one disabled or deleted meanwhile stays as it is."""
    disabled = await tx.session.execute(
        update(webhook_endpoints)
        .where(_row.id == endpoint_id, _row.disabled.is_(None))
        .values(disabled=why)
        .returning(_row.id)
    )
    if disabled.one_or_none() is not None:
        await audit.append(tx, event)


def _seal(tx: Tx, endpoint_id: EndpointId, secret: str) -> bytes:
    return tx.vault.seal_secret(PURPOSE, endpoint_id, secret.encode("ascii"))


def _endpoint(row: Row[*tuple[Any, ...]]) -> Endpoint:
    return Endpoint(
        EndpointId(row.id),
        row.url,
        row.description,
        tuple(row.events),
        row.created_at,
        row.disabled,
        row.failing_since,
    )
