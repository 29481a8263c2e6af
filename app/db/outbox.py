"""The outbox: messages written with the change they tell of, and what is owed to each endpoint.

A delivery's `turn` fences its jobs: whoever records an attempt, or asks for a replay, raises it,
and a job that knows an older turn finds nothing to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

import orjson
from sqlalchemy import Row, delete, exists, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.db import audit, jobs
from app.db.engine import Tx
from app.db.webhook_tables import webhook_deliveries, webhook_endpoints, webhook_messages
from app.domain.audit import AuditEvent
from app.domain.ids import EndpointId, MessageId, TenantId
from app.domain.jobs import JobKind
from app.domain.webhook_errors import DeliveryNotFound
from app.domain.webhook_retries import (
    Answered,
    Busy,
    Delivered,
    GivenUp,
    Outcome,
    Postponed,
    Retry,
    Step,
)
from app.domain.webhooks import Delivery, DeliveryState, DisabledWhy, Message

# One statement, whoever subscribes: a message that nobody subscribes to is not even kept. Of
# messages with one key the first is kept, so that work which runs twice tells once.
_APPEND = text("""
    with told as (
        select * from unnest(cast(:ids as uuid[]), cast(:types as text[]), cast(:keys as text[]),
            cast(:bodies as text[])) as told (id, type, key, body)
    ), owed as (
        select told.id, endpoint.id as endpoint_id
        from told join webhook_endpoints endpoint on endpoint.tenant_id = :tenant
            and endpoint.disabled is null and told.type = any (endpoint.events)
    ), kept as (
        insert into webhook_messages (id, tenant_id, type, key, body, created_at)
        select id, :tenant, type, key, body, :at from told where id in (select id from owed)
        on conflict on constraint uq_webhook_messages_tenant_id_key do nothing
        returning id
    )
    insert into webhook_deliveries
        (endpoint_id, message_id, tenant_id, state, attempts, turn, next_at)
    select owed.endpoint_id, owed.id, :tenant, 'pending', 0, 0, :at
    from owed join kept on kept.id = owed.id
    returning endpoint_id, message_id
""")

_delivery = webhook_deliveries.c
_SHOWN = (
    webhook_messages.c.type,
    webhook_messages.c.created_at,
    _delivery.message_id,
    _delivery.state,
    _delivery.attempts,
    _delivery.outcome,
    _delivery.attempted_at,
    _delivery.next_at,
)


@dataclass(frozen=True, slots=True)
class DeliverWebhook:
    """The next attempt at one delivery; void once the delivery's turn is another."""

    tenant_id: TenantId
    endpoint_id: EndpointId
    message_id: MessageId
    turn: int

    @property
    def kind(self) -> JobKind:
        """What the worker runs."""
        return "deliver-webhook"

    @property
    def key(self) -> str:
        """What makes two jobs the same work."""
        return f"{self.kind}:{self.endpoint_id}:{self.message_id}:{self.turn}"

    def to_payload(self) -> bytes:
        """Serialise for the queue."""
        return orjson.dumps(
            {
                "tenant_id": str(self.tenant_id),
                "endpoint_id": str(self.endpoint_id),
                "message_id": str(self.message_id),
                "turn": self.turn,
            }
        )

    @staticmethod
    def of(payload: bytes) -> "DeliverWebhook":
        """Restore what `to_payload` wrote."""
        held = orjson.loads(payload)
        return DeliverWebhook(
            TenantId(UUID(held["tenant_id"])),
            EndpointId(UUID(held["endpoint_id"])),
            MessageId(UUID(held["message_id"])),
            held["turn"],
        )


@dataclass(frozen=True, slots=True)
class Due:
    """What an attempt needs to know."""

    url: str
    body: str
    attempts: int
    disabled: DisabledWhy | None
    failing_since: datetime | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which deliveries a list shows; `before` is the last message of the page already read."""

    state: DeliveryState | None = None
    before: MessageId | None = None
    limit: int = 50


async def append(tx: Tx, *messages: Message, trace: Mapping[str, str] | None = None) -> None:
    """Owe messages to every endpoint that subscribes to them, in the caller's transaction."""
    if not messages:
        return
    owed = await tx.session.execute(
        _APPEND,
        {
            "tenant": tx.tenant_id,
            "at": messages[0].at,
            "ids": [message.id for message in messages],
            "types": [message.type for message in messages],
            "keys": [message.key for message in messages],
            "bodies": [message.body for message in messages],
        },
    )
    due = [DeliverWebhook(tx.tenant_id, row.endpoint_id, row.message_id, 0) for row in owed]
    await jobs.enqueue(tx, *due, trace=trace or {})


async def append_for(
    tx: Tx,
    endpoint_id: EndpointId,
    message: Message,
    *,
    event: AuditEvent,
    trace: Mapping[str, str],
) -> None:
    """Owe a message to one endpoint, whatever it subscribes to, unless it is owed already."""
    kept = await tx.session.execute(
        insert(webhook_messages)
        .values(
            id=message.id,
            tenant_id=tx.tenant_id,
            type=message.type,
            key=message.key,
            body=message.body,
            created_at=message.at,
        )
        .on_conflict_do_nothing()
        .returning(webhook_messages.c.id)
    )
    if kept.one_or_none() is None:
        return
    await tx.session.execute(
        webhook_deliveries.insert().values(
            endpoint_id=endpoint_id,
            message_id=message.id,
            tenant_id=tx.tenant_id,
            state="pending",
            attempts=0,
            turn=0,
            next_at=message.at,
        )
    )
    job = DeliverWebhook(tx.tenant_id, endpoint_id, message.id, 0)
    await jobs.enqueue(tx, job, trace=trace)
    await audit.append(tx, event)


async def find_due(tx: Tx, job: DeliverWebhook) -> Due | None:
    """Read what a job is to send; None where its turn is over or its endpoint is gone."""
    found = await tx.session.execute(
        select(
            webhook_endpoints.c.url,
            webhook_messages.c.body,
            _delivery.attempts,
            webhook_endpoints.c.disabled,
            webhook_endpoints.c.failing_since,
        )
        .select_from(webhook_deliveries)
        .join(webhook_messages, webhook_messages.c.id == _delivery.message_id)
        .join(webhook_endpoints, webhook_endpoints.c.id == _delivery.endpoint_id)
        .where(*_is_turn_of(job))
    )
    row = found.one_or_none()
    if row is None:
        return None
    return Due(row.url, row.body, row.attempts, row.disabled, row.failing_since)


async def record(
    tx: Tx,
    job: DeliverWebhook,
    outcome: Outcome,
    step: Step,
    *,
    at: datetime,
    trace: Mapping[str, str],
) -> bool:
    """Record an attempt and enqueue the next; False where another recorded this turn's first."""
    state: DeliveryState
    next_at = None
    match step:
        case Delivered():
            state = "delivered"
        case Retry(after) | Postponed(after):
            state, next_at = "pending", at + after
        case GivenUp():
            state = "failed"
        case _:
            assert_never(step)
    tried: dict[str, Any] = {}
    if not isinstance(outcome, Busy):
        said = str(outcome.status) if isinstance(outcome, Answered) else outcome.why
        tried = {"attempts": _delivery.attempts + 1, "outcome": said, "attempted_at": at}
    recorded = await tx.session.execute(
        update(webhook_deliveries)
        .where(*_is_turn_of(job))
        .values(state=state, turn=_delivery.turn + 1, next_at=next_at, **tried)
        .returning(_delivery.turn)
    )
    turn = recorded.scalar_one_or_none()
    if turn is None:
        return False
    if isinstance(step, Retry | Postponed):
        following = DeliverWebhook(job.tenant_id, job.endpoint_id, job.message_id, turn)
        await jobs.enqueue(tx, following, trace=trace, after=step.after)
    return True


async def give_up_disabled(tx: Tx, job: DeliverWebhook) -> None:
    """End a delivery whose endpoint is disabled, without an attempt."""
    await tx.session.execute(
        update(webhook_deliveries)
        .where(*_is_turn_of(job))
        .values(state="failed", turn=_delivery.turn + 1, outcome="disabled", next_at=None)
    )


async def page(tx: Tx, endpoint_id: EndpointId, wanted: Filter) -> Sequence[Delivery]:
    """List an endpoint's deliveries, the newest message first."""
    statement = (
        select(*_SHOWN)
        .join(webhook_messages, webhook_messages.c.id == _delivery.message_id)
        .where(_delivery.endpoint_id == endpoint_id)
        .order_by(_delivery.message_id.desc())
        .limit(wanted.limit)
    )
    if wanted.state is not None:
        statement = statement.where(_delivery.state == wanted.state)
    if wanted.before is not None:
        statement = statement.where(_delivery.message_id < wanted.before)
    return [_shown(row) for row in await tx.session.execute(statement)]


async def get(tx: Tx, endpoint_id: EndpointId, message_id: MessageId) -> Delivery:
    """Read one delivery. Raises DeliveryNotFound."""
    found = await tx.session.execute(
        select(*_SHOWN)
        .join(webhook_messages, webhook_messages.c.id == _delivery.message_id)
        .where(_delivery.endpoint_id == endpoint_id, _delivery.message_id == message_id)
    )
    row = found.one_or_none()
    if row is None:
        raise DeliveryNotFound(message_id)
    return _shown(row)


async def replay(
    tx: Tx, endpoint_id: EndpointId, message_ids: Sequence[MessageId], *, event: AuditEvent
) -> None:
    """Begin deliveries again from the first attempt, whatever became of them."""
    again = await tx.session.execute(
        update(webhook_deliveries)
        .where(_delivery.endpoint_id == endpoint_id, _delivery.message_id.in_(message_ids))
        .values(state="pending", attempts=0, turn=_delivery.turn + 1, next_at=event.at)
        .returning(_delivery.endpoint_id, _delivery.message_id, _delivery.turn)
    )
    await jobs.enqueue(tx, *[_job(tx, row) for row in again], trace={})
    await audit.append(tx, event)


async def find_failed(
    tx: Tx, endpoint_id: EndpointId, *, since: datetime, limit: int
) -> Sequence[MessageId]:
    """List the messages made since an instant that were given up, the oldest first."""
    found = await tx.session.execute(
        select(_delivery.message_id)
        .join(webhook_messages, webhook_messages.c.id == _delivery.message_id)
        .where(
            _delivery.endpoint_id == endpoint_id,
            _delivery.state == "failed",
            webhook_messages.c.created_at >= since,
        )
        .order_by(_delivery.message_id)
        .limit(limit)
    )
    return [MessageId(row.message_id) for row in found]


async def prune(tx: Tx, *, before: datetime, limit: int) -> int:
    """Delete messages made before an instant that nobody is owed any more; return how many."""
    is_owed = exists().where(
        _delivery.message_id == webhook_messages.c.id, _delivery.state == "pending"
    )
    old = (
        select(webhook_messages.c.id)
        .where(
            webhook_messages.c.tenant_id == tx.tenant_id,
            webhook_messages.c.created_at < before,
            ~is_owed,
        )
        .limit(limit)
    )
    deleted = await tx.session.execute(
        delete(webhook_messages)
        .where(webhook_messages.c.id.in_(old))
        .returning(webhook_messages.c.id)
    )
    return len(deleted.all())


def _is_turn_of(job: DeliverWebhook) -> tuple[Any, ...]:
    return (
        _delivery.endpoint_id == job.endpoint_id,
        _delivery.message_id == job.message_id,
        _delivery.turn == job.turn,
        _delivery.state == "pending",
    )


def _job(tx: Tx, row: Row[*tuple[Any, ...]]) -> DeliverWebhook:
    return DeliverWebhook(tx.tenant_id, row.endpoint_id, row.message_id, row.turn)


def _shown(row: Row[*tuple[Any, ...]]) -> Delivery:
    return Delivery(
        MessageId(row.message_id),
        row.type,
        row.created_at,
        row.state,
        row.attempts,
        row.outcome,
        row.attempted_at,
        row.next_at,
    )
