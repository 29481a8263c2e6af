"""What tenants may spend on language models, and have spent: one locked row per month."""

from datetime import date

from sqlalchemy import BigInteger, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.db import audit
from app.db.engine import Tx
from app.db.tables import model_budgets, model_spending
from app.domain.audit import AuditEvent
from app.domain.budgets import NOTHING, Limits, MonthlyBudget, Reservation, Spending

# One statement: it waits for the row's lock and then reads what stands, so that calls at once
# can not both take what only one of them may. A tenant's own limits go before the settings'.
RESERVE = text("""
    update model_spending s
    set tokens_held = tokens_held + :tokens, micros_held = micros_held + :micros
    from (select coalesce(bool_or(true), false) as own, max(tokens) as tokens,
                 max(micros) as micros
          from model_budgets where tenant_id = :tenant) b
    where s.tenant_id = :tenant and s.month = :month
      and s.tokens + s.tokens_held + :tokens
          <= coalesce(case when b.own then b.tokens else :token_limit end, 9223372036854775807)
      and s.micros + s.micros_held + :micros
          <= coalesce(case when b.own then b.micros else :micro_limit end, 9223372036854775807)
    returning s.tenant_id
""").bindparams(
    bindparam("tokens", type_=BigInteger),
    bindparam("micros", type_=BigInteger),
    bindparam("token_limit", type_=BigInteger),
    bindparam("micro_limit", type_=BigInteger),
)


async def reserve(tx: Tx, most: Spending, month: date, *, default: Limits) -> Reservation | None:
    """Set aside what a call may cost at most; None where the month's budget does not hold it."""
    await tx.session.execute(
        insert(model_spending)
        .values(tenant_id=tx.tenant_id, month=month)
        .on_conflict_do_nothing(constraint="pk_model_spending")
    )
    held = await tx.session.execute(
        RESERVE,
        {
            "tenant": tx.tenant_id,
            "month": month,
            "tokens": most.tokens,
            "micros": most.micros,
            "token_limit": default.tokens,
            "micro_limit": default.micros,
        },
    )
    return None if held.one_or_none() is None else Reservation(tx.tenant_id, month, most)


async def settle(tx: Tx, reservation: Reservation, spent: Spending) -> None:
    """Put what a call really cost in the place of what was set aside for it."""
    row = model_spending.c
    await tx.session.execute(
        update(model_spending)
        .where(row.tenant_id == reservation.tenant_id, row.month == reservation.month)
        .values(
            tokens=row.tokens + spent.tokens,
            micros=row.micros + spent.micros,
            tokens_held=row.tokens_held - reservation.held.tokens,
            micros_held=row.micros_held - reservation.held.micros,
        )
    )


async def set_limits(tx: Tx, limits: Limits, *, event: AuditEvent) -> None:
    """Give the tenant limits of its own."""
    values = {"tokens": limits.tokens, "micros": limits.micros, "set_at": event.at}
    await tx.session.execute(
        insert(model_budgets)
        .values(tenant_id=tx.tenant_id, **values)
        .on_conflict_do_update(constraint="pk_model_budgets", set_=values)
    )
    await audit.append(tx, event)


async def get_month(tx: Tx, month: date, *, default: Limits) -> MonthlyBudget:
    """Read what the tenant may spend in a month and has spent."""
    own = (
        await tx.session.execute(
            select(model_budgets.c.tokens, model_budgets.c.micros).where(
                model_budgets.c.tenant_id == tx.tenant_id
            )
        )
    ).one_or_none()
    limits = default if own is None else Limits(own.tokens, own.micros)
    row = (
        await tx.session.execute(
            select(model_spending).where(
                model_spending.c.tenant_id == tx.tenant_id, model_spending.c.month == month
            )
        )
    ).one_or_none()
    if row is None:
        return MonthlyBudget(month, limits, NOTHING, NOTHING)
    return MonthlyBudget(
        month,
        limits,
        Spending(row.tokens, row.micros),
        Spending(row.tokens_held, row.micros_held),
    )
