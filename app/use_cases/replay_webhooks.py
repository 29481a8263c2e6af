"""See what was delivered, and send it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db import outbox, webhooks
from app.db.engine import Sessions, Tx
from app.domain.access import Actor
from app.domain.audit import AuditEvent
from app.domain.ids import EndpointId, EventId, MessageId
from app.domain.webhook_errors import WebhookDisabled
from app.domain.webhooks import Delivery
from app.use_cases.ports import Clock, NewId

MOST_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many messages are sent again; not `is_complete` where more than one call takes."""

    messages: int
    is_complete: bool


async def page_deliveries(
    endpoint_id: EndpointId, wanted: outbox.Filter, *, actor: Actor, sessions: Sessions
) -> Sequence[Delivery]:
    """List an endpoint's deliveries, the newest message first. Raises WebhookNotFound."""
    async with sessions.begin(actor.tenant_id) as tx:
        await webhooks.get(tx, endpoint_id)
        return await outbox.page(tx, endpoint_id, wanted)


async def replay_delivery(
    endpoint_id: EndpointId,
    message_id: MessageId,
    *,
    actor: Actor,
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
) -> Delivery:
    """Send one message again, under the same id, whatever became of it before.

    Raises WebhookNotFound, WebhookDisabled or DeliveryNotFound.
    """
    async with sessions.begin(actor.tenant_id) as tx:
        await _require_enabled(tx, endpoint_id)
        await outbox.get(tx, endpoint_id, message_id)
        at = clock()
        event = _event(endpoint_id, [("message_id", str(message_id))], actor, at, new_id)
        await outbox.replay(tx, endpoint_id, [message_id], event=event)
        return await outbox.get(tx, endpoint_id, message_id)


async def replay_failed(
    endpoint_id: EndpointId,
    since: datetime,
    *,
    actor: Actor,
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
) -> Replayed:
    """Send again every message made since an instant that was given up, the oldest first.

    Raises WebhookNotFound or WebhookDisabled.
    """
    async with sessions.begin(actor.tenant_id) as tx:
        await _require_enabled(tx, endpoint_id)
        failed = await outbox.find_failed(tx, endpoint_id, since=since, limit=MOST_AT_ONCE + 1)
        again = failed[:MOST_AT_ONCE]
        if again:
            details = [("since", since.isoformat()), ("messages", str(len(again)))]
            event = _event(endpoint_id, details, actor, clock(), new_id)
            await outbox.replay(tx, endpoint_id, again, event=event)
    return Replayed(len(again), is_complete=len(failed) <= MOST_AT_ONCE)


async def _require_enabled(tx: Tx, endpoint_id: EndpointId) -> None:
    endpoint = await webhooks.get(tx, endpoint_id)
    if endpoint.disabled is not None:
        raise WebhookDisabled(endpoint_id)


def _event(
    endpoint_id: EndpointId,
    details: Sequence[tuple[str, str]],
    actor: Actor,
    at: datetime,
    new_id: NewId,
) -> AuditEvent:
    return AuditEvent(
        id=EventId(new_id()),
        tenant_id=actor.tenant_id,
        actor=actor.name,
        action="webhook.replayed",
        subject=endpoint_id,
        at=at,
        details=tuple(details),
    )
