"""Deliver a message to an endpoint: send once, then record what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.db import outbox, webhooks
from app.db.engine import Sessions
from app.db.outbox import DeliverWebhook
from app.domain.audit import AuditEvent
from app.domain.ids import EventId, TenantId
from app.domain.webhook_errors import WebhookNotFound
from app.domain.webhook_retries import (
    Delivered,
    GivenUp,
    Outcome,
    Postponed,
    Step,
    next_step,
)
from app.domain.webhooks import KEPT_FOR
from app.use_cases.ports import Clock, NewId, Outgoing, WebhookSender

WORKER = "worker"
BATCH = 500  # messages forgotten in one transaction


@dataclass(frozen=True, slots=True)
class Attempted:
    """What one attempt came to."""

    outcome: Outcome
    step: Step


async def deliver_webhook(
    job: DeliverWebhook,
    *,
    sessions: Sessions,
    sender: WebhookSender,
    clock: Clock,
    new_id: NewId,
    jitter: Callable[[], float],
    trace: Mapping[str, str],
) -> Attempted | None:
    """Make one attempt; None where this job's turn is over, or its endpoint gone or disabled.

    A worker that dies between sending and recording leaves the turn as it was, so the message is
    sent again under the same id: deliveries are made at least once, in no order. `jitter` gives
    a random number from 0 to 1.
    """
    started = clock()
    async with sessions.begin(job.tenant_id) as tx:
        due = await outbox.find_due(tx, job)
        if due is None:
            return None
        if due.disabled is not None:
            await outbox.give_up_disabled(tx, job)
            return None
        try:
            secrets = await webhooks.get_secrets(tx, job.endpoint_id, at=started)
        except WebhookNotFound:  # deleted since the statement before
            return None

    outcome = await sender.send(Outgoing(due.url, job.message_id, due.body, secrets, started))
    at = clock()
    step = next_step(
        outcome,
        attempts=due.attempts + 1,
        failing_since=due.failing_since,
        now=at,
        jitter=jitter(),
    )
    async with sessions.begin(job.tenant_id) as tx:
        if not await outbox.record(tx, job, outcome, step, at=at, trace=trace):
            return None
        if isinstance(step, Delivered):
            await webhooks.note_success(tx, job.endpoint_id)
        elif not isinstance(step, Postponed):
            await webhooks.note_failure(tx, job.endpoint_id, at=at)
        if isinstance(step, GivenUp) and step.disable is not None:
            event = AuditEvent(
                id=EventId(new_id()),
                tenant_id=job.tenant_id,
                actor=WORKER,
                action="webhook.disabled",
                subject=job.endpoint_id,
                at=at,
                details=(("why", step.disable),),
            )
            await webhooks.disable(tx, job.endpoint_id, step.disable, event=event)
    return Attempted(outcome, step)


async def forget_messages(tenant_id: TenantId, *, sessions: Sessions, clock: Clock) -> int:
    """Delete messages KEPT_FOR after they were made, unless still owed; return how many."""
    forgotten = 0
    while True:
        async with sessions.begin(tenant_id) as tx:
            deleted = await outbox.prune(tx, before=clock() - KEPT_FOR, limit=BATCH)
        forgotten += deleted
        if deleted < BATCH:
            return forgotten
