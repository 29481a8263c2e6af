"""Register, change, test and delete the endpoints that webhooks are sent to."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from app.db import outbox, webhooks
from app.db.engine import Sessions, Tx
from app.domain.access import Actor
from app.domain.audit import AuditEvent
from app.domain.ids import EndpointId, EventId, MessageId
from app.domain.webhook_errors import WebhookDisabled
from app.domain.webhook_urls import read_url
from app.domain.webhooks import (
    OLD_SECRET_FOR,
    SECRET_BYTES,
    Delivery,
    Endpoint,
    EventType,
    new_secret,
    probe,
)
from app.use_cases.ports import Clock, NewId, WebhookSender


@dataclass(frozen=True, slots=True, repr=False)
class Registered:
    """A new endpoint with its secret, which nobody is shown again."""

    endpoint: Endpoint
    secret: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be another; None leaves a thing as it is."""

    url: str | None = None
    events: tuple[EventType, ...] | None = None
    description: str | None = None
    is_enabled: bool | None = None


async def register_webhook(
    url: str,
    events: tuple[EventType, ...],
    description: str,
    *,
    endpoint_id: EndpointId,
    actor: Actor,
    sessions: Sessions,
    sender: WebhookSender,
    clock: Clock,
    new_id: NewId,
) -> Registered:
    """Register an endpoint and make its secret; what has this id already is returned as it is.

    Raises WebhookUrlRefused or TooManyWebhooks.
    """
    await sender.check(url)
    endpoint = Endpoint(endpoint_id, url, description, events, clock())
    secret = new_secret(secrets.token_bytes(SECRET_BYTES))
    event = _event("webhook.registered", endpoint, actor, clock, new_id)
    async with sessions.begin(actor.tenant_id) as tx:
        standing = await webhooks.find(tx, endpoint_id)
        if standing is not None:
            return Registered(standing, await _current_secret(tx, endpoint_id, clock))
        await webhooks.register(tx, endpoint, secret, event=event)
    return Registered(endpoint, secret)


async def list_webhooks(*, actor: Actor, sessions: Sessions) -> Sequence[Endpoint]:
    """List the endpoints, the oldest first."""
    async with sessions.begin(actor.tenant_id) as tx:
        return await webhooks.find_all(tx)


async def get_webhook(endpoint_id: EndpointId, *, actor: Actor, sessions: Sessions) -> Endpoint:
    """Read one endpoint. Raises WebhookNotFound."""
    async with sessions.begin(actor.tenant_id) as tx:
        return await webhooks.get(tx, endpoint_id)


async def change_webhook(
    endpoint_id: EndpointId,
    changes: Changes,
    *,
    actor: Actor,
    sessions: Sessions,
    sender: WebhookSender,
    clock: Clock,
    new_id: NewId,
) -> Endpoint:
    """Change an endpoint; to enable it forgets its failures.

    Raises WebhookNotFound or WebhookUrlRefused.
    """
    if changes.url is not None:
        await sender.check(changes.url)
    async with sessions.begin(actor.tenant_id) as tx:
        changed = _apply(changes, await webhooks.get(tx, endpoint_id, for_change=True))
        event = _event("webhook.changed", changed, actor, clock, new_id)
        await webhooks.change(tx, changed, event=event)
    return changed


async def remove_webhook(
    endpoint_id: EndpointId, *, actor: Actor, sessions: Sessions, clock: Clock, new_id: NewId
) -> None:
    """Delete an endpoint; what is still owed to it is not sent. Raises WebhookNotFound."""
    async with sessions.begin(actor.tenant_id) as tx:
        endpoint = await webhooks.get(tx, endpoint_id, for_change=True)
        event = _event("webhook.deleted", endpoint, actor, clock, new_id)
        await webhooks.remove(tx, endpoint_id, event=event)


async def rotate_secret(
    endpoint_id: EndpointId,
    *,
    rotation_id: UUID,
    old_for: timedelta = OLD_SECRET_FOR,
    actor: Actor,
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
) -> Registered:
    """Make a new secret; the old one signs too for `old_for`, so that none is refused meanwhile.

    A rotation that was made already gets the secret that it made: to rotate again would end the
    one that the receiver still knows. Raises WebhookNotFound.
    """
    secret = new_secret(secrets.token_bytes(SECRET_BYTES))
    async with sessions.begin(actor.tenant_id) as tx:
        endpoint = await webhooks.get(tx, endpoint_id, for_change=True)
        event = _event("webhook.secret_rotated", endpoint, actor, clock, new_id)
        await webhooks.rotate(
            tx,
            endpoint_id,
            secret,
            rotation_id=rotation_id,
            old_until=event.at + old_for,
            event=event,
        )
        return Registered(endpoint, await _current_secret(tx, endpoint_id, clock))


async def send_probe(
    endpoint_id: EndpointId,
    *,
    message_id: MessageId,
    actor: Actor,
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
    trace: Mapping[str, str],
) -> Delivery:
    """Owe an endpoint a message that says nothing, once an id.

    Raises WebhookNotFound or WebhookDisabled.
    """
    async with sessions.begin(actor.tenant_id) as tx:
        endpoint = await webhooks.get(tx, endpoint_id)
        if endpoint.disabled is not None:
            raise WebhookDisabled(endpoint_id)
        message = probe(endpoint_id, message_id, clock())
        event = _event("webhook.probed", endpoint, actor, clock, new_id)
        await outbox.append_for(tx, endpoint_id, message, event=event, trace=trace)
        return await outbox.get(tx, endpoint_id, message_id)


async def _current_secret(tx: Tx, endpoint_id: EndpointId, clock: Clock) -> str:
    newest, *_ = await webhooks.get_secrets(tx, endpoint_id, at=clock())
    return newest


def _apply(changes: Changes, endpoint: Endpoint) -> Endpoint:
    changed = replace(
        endpoint,
        url=endpoint.url if changes.url is None else changes.url,
        events=endpoint.events if changes.events is None else changes.events,
        description=endpoint.description if changes.description is None else changes.description,
    )
    match changes.is_enabled:
        case True:
            return replace(changed, disabled=None, failing_since=None)
        case False:
            return replace(changed, disabled="asked")
        case None:
            return changed


def _event(
    action: str, endpoint: Endpoint, actor: Actor, clock: Clock, new_id: NewId
) -> AuditEvent:
    """Name the host alone: a path or a query may hold the receiver's own secrets."""
    return AuditEvent(
        id=EventId(new_id()),
        tenant_id=actor.tenant_id,
        actor=actor.name,
        action=action,
        subject=endpoint.id,
        at=clock(),
        details=(
            ("host", read_url(endpoint.url).host),
            ("events", " ".join(endpoint.events)),
            ("disabled", endpoint.disabled or ""),
        ),
    )
