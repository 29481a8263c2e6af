"""An endpoint registered for a receiver on this machine, and what the worker would do for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import uuid_utils.compat
from sqlalchemy import text

from app.adapters.webhook_http import WebhookHttp
from app.db import outbox
from app.db.engine import Sessions
from app.db.outbox import DeliverWebhook
from app.domain.access import Actor, Role
from app.domain.ids import DecisionId, EndpointId, MessageId, TenantId
from app.domain.webhook_urls import Allowed
from app.domain.webhooks import Delivery, EventType, Message, review_needed
from app.use_cases.deliver_webhook import Attempted, deliver_webhook
from app.use_cases.manage_webhooks import Registered, register_webhook, remove_webhook
from app.use_cases.ports import WebhookSender
from app.use_cases.replay_webhooks import page_deliveries

LOOPBACK = Allowed.of(["127.0.0.1"])


@dataclass
class WebhookDesk:
    """`later` moves the clock, which otherwise is the machine's."""

    sessions: Sessions
    tenant_id: TenantId
    later: timedelta = timedelta(0)
    sender: WebhookSender = field(default_factory=lambda: WebhookHttp(LOOPBACK, timeout_s=2))

    @property
    def actor(self) -> Actor:
        return Actor("admin", self.tenant_id, frozenset({Role.ADMIN}))

    @property
    def parts(self) -> dict[str, Any]:
        return {"sessions": self.sessions, "clock": self.clock, "new_id": uuid_utils.compat.uuid7}

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.later

    async def register(
        self, url: str, events: tuple[EventType, ...] = ("review.needed",)
    ) -> Registered:
        return await register_webhook(
            url,
            events,
            "",
            endpoint_id=EndpointId(uuid_utils.compat.uuid7()),
            actor=self.actor,
            sender=self.sender,
            **self.parts,
        )

    async def remove(self, endpoint_id: EndpointId) -> None:
        await remove_webhook(endpoint_id, actor=self.actor, **self.parts)

    def message(self) -> Message:
        return review_needed(
            DecisionId(uuid4()), "quarantined", MessageId(uuid_utils.compat.uuid7()), self.clock()
        )

    async def tell(self, *messages: Message) -> None:
        async with self.sessions.begin(self.tenant_id) as tx:
            await outbox.append(tx, *messages)

    async def deliver(
        self, endpoint_id: EndpointId, message: Message, turn: int
    ) -> Attempted | None:
        """Do one attempt, as a worker that took the job of this turn does."""
        return await deliver_webhook(
            DeliverWebhook(self.tenant_id, endpoint_id, message.id, turn),
            sender=self.sender,
            jitter=lambda: 0.0,
            trace={},
            **self.parts,
        )

    async def deliveries(self, endpoint_id: EndpointId) -> Sequence[Delivery]:
        return await page_deliveries(
            endpoint_id, outbox.Filter(), actor=self.actor, sessions=self.sessions
        )

    async def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        async with self.sessions.begin(self.tenant_id) as tx:
            return (await tx.session.execute(text(statement), values)).all()

    async def queued(self, message: Message) -> int:
        """How many jobs wait in the queue for a message."""
        found = await self.rows(
            "select 1 from pgqueuer where dedupe_key like '%' || :id || '%'", id=str(message.id)
        )
        return len(found)

    async def audited(self, endpoint_id: EndpointId) -> list[tuple[str, str, dict[str, str]]]:
        """Who did what to an endpoint, in order."""
        found = await self.rows(
            "select actor, action, details from audit_events where subject = :id order by at, id",
            id=endpoint_id,
        )
        return [(row.actor, row.action, row.details) for row in found]
