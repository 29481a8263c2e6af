"""Webhooks: where messages are sent, what was delivered, and sending it again."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AfterValidator, BaseModel, Field
from starlette.convertors import StringConvertor, register_url_convertor

from app.api.deps import ResourcesDep, allowed
from app.api.fields import Instant, OptionalLine, Strict
from app.api.idempotency import KeyedRoute, ReservedId
from app.db.outbox import Filter
from app.domain.access import Actor, Permission
from app.domain.ids import EndpointId, MessageId
from app.domain.webhook_urls import LONGEST_URL
from app.domain.webhooks import Delivery, DeliveryState, DisabledWhy, Endpoint, EventType
from app.observability.tracing import inject_context
from app.use_cases.manage_webhooks import (
    Changes,
    Registered,
    change_webhook,
    get_webhook,
    list_webhooks,
    register_webhook,
    remove_webhook,
    rotate_secret,
    send_probe,
)
from app.use_cases.replay_webhooks import page_deliveries, replay_delivery, replay_failed


class _Named(StringConvertor):
    """What a path names, without the verb that a colon begins: `{id}` is not `{id}:test`."""

    regex = "[^/:]+"


register_url_convertor("named", _Named())
router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=KeyedRoute)
Administrator = Annotated[Actor, Depends(allowed(Permission.MANAGE_WEBHOOKS))]
Limit = Annotated[int, Query(ge=1, le=200)]


def _each_once(events: list[EventType]) -> list[EventType]:
    return list(dict.fromkeys(events))


Url = Annotated[str, Field(min_length=1, max_length=LONGEST_URL)]
Events = Annotated[list[EventType], Field(min_length=1, max_length=10), AfterValidator(_each_once)]


class WebhookIn(Strict):
    """Where to send messages of these types: an https URL, port 443 or 8443."""

    url: Url
    events: Events
    description: OptionalLine = ""


class WebhookChangesIn(Strict):
    """What is to be another; what is left out stays. Enabling forgets earlier failures."""

    url: Url | None = None
    events: Events | None = None
    description: OptionalLine | None = None
    enabled: bool | None = None


class RotationIn(Strict):
    """For how long the old secret signs too: 0 where it has leaked."""

    old_secret_hours: Annotated[int, Field(ge=0, le=24)] = 24


class ReplayIn(Strict):
    """The instant since when messages that were given up were made."""

    since: Instant


class WebhookOut(BaseModel):
    """An endpoint. `disabled` says why nothing is sent to it, if nothing is."""

    id: UUID
    url: str
    events: list[EventType]
    description: str
    enabled: bool
    disabled: DisabledWhy | None
    failing_since: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, endpoint: Endpoint) -> "WebhookOut":
        """Present an endpoint."""
        return cls(
            id=endpoint.id,
            url=endpoint.url,
            events=list(endpoint.events),
            description=endpoint.description,
            enabled=endpoint.disabled is None,
            disabled=endpoint.disabled,
            failing_since=endpoint.failing_since,
            created_at=endpoint.created_at,
        )


class WebhookWithSecretOut(WebhookOut):
    """An endpoint with the secret that its messages are signed with, shown this once."""

    secret: str

    @classmethod
    def made(cls, registered: Registered) -> "WebhookWithSecretOut":
        """Present an endpoint and its new secret."""
        shown = WebhookOut.of(registered.endpoint)
        return cls(**shown.model_dump(), secret=registered.secret)


class DeliveryOut(BaseModel):
    """One message to one endpoint; `id` is the `webhook-id` that the receiver sees.

    `outcome` is the last status answered, or `refused`, `unreachable`, `untrusted`,
    `timed-out`, `broken-off` or `disabled`.
    """

    id: UUID
    type: str
    created_at: datetime
    state: DeliveryState
    attempts: int
    outcome: str | None
    attempted_at: datetime | None
    next_at: datetime | None

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryOut":
        """Present a delivery."""
        return cls(
            id=delivery.message_id,
            type=delivery.type,
            created_at=delivery.created_at,
            state=delivery.state,
            attempts=delivery.attempts,
            outcome=delivery.outcome,
            attempted_at=delivery.attempted_at,
            next_at=delivery.next_at,
        )


class DeliveryPageOut(BaseModel):
    """A page of deliveries; `next_before` is None on the last one."""

    deliveries: list[DeliveryOut]
    next_before: UUID | None


class ReplayedOut(BaseModel):
    """How many messages are sent again; ask again while `complete` is false."""

    messages: int
    complete: bool


@router.post("", status_code=HTTPStatus.CREATED, summary="Register a webhook")
async def post_webhook(
    body: WebhookIn,
    actor: Administrator,
    resources: ResourcesDep,
    response: Response,
    reserved: ReservedId,
) -> WebhookWithSecretOut:
    """Register an endpoint. Its secret is in this answer and in no other."""
    registered = await register_webhook(
        body.url,
        tuple(body.events),
        body.description,
        endpoint_id=EndpointId(reserved),
        actor=actor,
        sessions=resources.sessions,
        sender=resources.webhooks,
        clock=resources.clock,
        new_id=resources.new_id,
    )
    response.headers["Location"] = f"{router.prefix}/{registered.endpoint.id}"
    return WebhookWithSecretOut.made(registered)


@router.get("", summary="List webhooks")
async def get_webhooks(actor: Administrator, resources: ResourcesDep) -> list[WebhookOut]:
    """Return every endpoint, the oldest first: there are 20 at most."""
    held = await list_webhooks(actor=actor, sessions=resources.sessions)
    return [WebhookOut.of(endpoint) for endpoint in held]


@router.get("/{webhook_id:named}", summary="Read a webhook")
async def get_one_webhook(
    webhook_id: UUID, actor: Administrator, resources: ResourcesDep
) -> WebhookOut:
    """Return one endpoint."""
    held = await get_webhook(EndpointId(webhook_id), actor=actor, sessions=resources.sessions)
    return WebhookOut.of(held)


@router.patch("/{webhook_id:named}", summary="Change, enable or disable a webhook")
async def patch_webhook(
    webhook_id: UUID, body: WebhookChangesIn, actor: Administrator, resources: ResourcesDep
) -> WebhookOut:
    """Change an endpoint. While it is disabled no message is kept for it."""
    changed = await change_webhook(
        EndpointId(webhook_id),
        Changes(
            body.url,
            None if body.events is None else tuple(body.events),
            body.description,
            body.enabled,
        ),
        actor=actor,
        sessions=resources.sessions,
        sender=resources.webhooks,
        clock=resources.clock,
        new_id=resources.new_id,
    )
    return WebhookOut.of(changed)


@router.delete("/{webhook_id:named}", status_code=HTTPStatus.NO_CONTENT, summary="Delete a webhook")
async def delete_webhook(webhook_id: UUID, actor: Administrator, resources: ResourcesDep) -> None:
    """Delete an endpoint, with what is still owed to it."""
    await remove_webhook(
        EndpointId(webhook_id),
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
    )


@router.post("/{webhook_id:named}:rotate-secret", summary="Rotate a webhook's secret")
async def post_rotation(
    webhook_id: UUID,
    actor: Administrator,
    resources: ResourcesDep,
    reserved: ReservedId,
    body: RotationIn = RotationIn(),  # noqa: B008 -- frozen, so that all may share it
) -> WebhookWithSecretOut:
    """Make a new secret; the old one signs too for a day, or for as long as is asked."""
    rotated = await rotate_secret(
        EndpointId(webhook_id),
        rotation_id=reserved,
        old_for=timedelta(hours=body.old_secret_hours),
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
    )
    return WebhookWithSecretOut.made(rotated)


@router.post("/{webhook_id:named}:test", status_code=HTTPStatus.ACCEPTED, summary="Test a webhook")
async def post_test(
    webhook_id: UUID, actor: Administrator, resources: ResourcesDep, reserved: ReservedId
) -> DeliveryOut:
    """Send a message of type `webhook.test`; list the deliveries to see whether it arrived."""
    owed = await send_probe(
        EndpointId(webhook_id),
        message_id=MessageId(reserved),
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
        trace=inject_context(),
    )
    return DeliveryOut.of(owed)


@router.get("/{webhook_id:named}/deliveries", summary="List a webhook's deliveries")
async def get_deliveries(
    webhook_id: UUID,
    actor: Administrator,
    resources: ResourcesDep,
    state: DeliveryState | None = None,
    before: UUID | None = None,
    limit: Limit = 50,
) -> DeliveryPageOut:
    """Return deliveries, the newest message first."""
    wanted = Filter(state, None if before is None else MessageId(before), limit)
    held = await page_deliveries(
        EndpointId(webhook_id), wanted, actor=actor, sessions=resources.sessions
    )
    return DeliveryPageOut(
        deliveries=[DeliveryOut.of(delivery) for delivery in held],
        next_before=held[-1].message_id if len(held) == limit else None,
    )


@router.post(
    "/{webhook_id:named}/deliveries/{delivery_id:named}:replay",
    status_code=HTTPStatus.ACCEPTED,
    summary="Send a message again",
)
async def post_replay(
    webhook_id: UUID, delivery_id: UUID, actor: Administrator, resources: ResourcesDep
) -> DeliveryOut:
    """Send a message again under its id, whether it was delivered, given up or waits."""
    again = await replay_delivery(
        EndpointId(webhook_id),
        MessageId(delivery_id),
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
    )
    return DeliveryOut.of(again)


@router.post(
    "/{webhook_id:named}/deliveries:replay",
    status_code=HTTPStatus.ACCEPTED,
    summary="Send all messages that were given up again",
)
async def post_replay_of_failed(
    webhook_id: UUID, body: ReplayIn, actor: Administrator, resources: ResourcesDep
) -> ReplayedOut:
    """Send every message again that was made since an instant and given up, the oldest first."""
    replayed = await replay_failed(
        EndpointId(webhook_id),
        body.since,
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
    )
    return ReplayedOut(messages=replayed.messages, complete=replayed.is_complete)
