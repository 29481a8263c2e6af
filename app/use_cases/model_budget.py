"""See and set what a tenant may spend on language models in a month."""

from app.db import budgets
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.audit import AuditEvent
from app.domain.budgets import Limits, MonthlyBudget, month_of
from app.domain.ids import EventId
from app.use_cases.ports import Clock, NewId


async def view_model_budget(
    *, actor: Actor, sessions: Sessions, clock: Clock, default: Limits
) -> MonthlyBudget:
    """Return this month's limits, what is spent and what calls in flight hold."""
    async with sessions.begin(actor.tenant_id) as tx:
        return await budgets.get_month(tx, month_of(clock().date()), default=default)


async def set_model_budget(
    limits: Limits, *, actor: Actor, sessions: Sessions, clock: Clock, new_id: NewId
) -> None:
    """Give the tenant limits of its own, which hold from the next call on."""
    event = AuditEvent(
        EventId(new_id()),
        actor.tenant_id,
        actor.name,
        "model-budget.set",
        actor.tenant_id,
        clock(),
        (("tokens", str(limits.tokens)), ("micros", str(limits.micros))),
    )
    async with sessions.begin(actor.tenant_id) as tx:
        await budgets.set_limits(tx, limits, event=event)
