"""Nobody spends more on language models than their month allows, however many ask at once."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
import uuid_utils.compat
from sqlalchemy import text

from app.adapters.model_budget import TenantBudgets, Unlimited
from app.db import budgets
from app.db.engine import Sessions
from app.domain.access import Actor, Role
from app.domain.budgets import NOTHING, Limits, MonthlyBudget, Prices, Reservation, Spending
from app.domain.ids import TenantId
from app.use_cases.model_budget import set_model_budget, view_model_budget
from tests.conftest import NOW

MONTH = date(2026, 11, 1)
CALL = Spending(100, 40)


@pytest.fixture
def spender() -> TenantId:
    return TenantId(uuid4())


async def month(sessions: Sessions, tenant: TenantId) -> MonthlyBudget:
    async with sessions.begin(tenant) as tx:
        return await budgets.get_month(tx, MONTH, default=Limits())


@pytest.mark.parametrize("limits", [Limits(tokens=1050), Limits(micros=410)])
async def test_calls_at_once_never_take_more_than_the_month_allows(
    sessions: Sessions, spender: TenantId, limits: Limits
) -> None:
    budget = TenantBudgets(sessions, lambda: NOW, limits)

    taken = await asyncio.gather(*(budget.reserve(spender, CALL) for _ in range(40)))

    assert sum(reservation is not None for reservation in taken) == 10
    assert (await month(sessions, spender)).held == Spending(1000, 400)


async def test_what_a_call_cost_replaces_what_was_set_aside(
    sessions: Sessions, spender: TenantId
) -> None:
    budget = TenantBudgets(sessions, lambda: NOW, Limits(tokens=150))
    first = await budget.reserve(spender, CALL)
    assert first is not None
    assert await budget.reserve(spender, CALL) is None

    await budget.settle(first, Spending(30, 12))

    held = await month(sessions, spender)
    assert (held.spent, held.held) == (Spending(30, 12), NOTHING)
    assert await budget.reserve(spender, CALL) is not None


async def test_a_tenants_own_limits_go_before_those_of_the_settings(
    sessions: Sessions, spender: TenantId
) -> None:
    budget = TenantBudgets(sessions, lambda: NOW, Limits(tokens=50))
    assert await budget.reserve(spender, CALL) is None
    actor = Actor("test", spender, frozenset({Role.SERVICE}))

    await set_model_budget(
        Limits(tokens=100),
        actor=actor,
        sessions=sessions,
        clock=lambda: NOW,
        new_id=uuid_utils.compat.uuid7,
    )

    assert await budget.reserve(spender, CALL) is not None
    seen = await view_model_budget(
        actor=actor, sessions=sessions, clock=lambda: NOW, default=Limits()
    )
    assert (seen.limits, seen.held) == (Limits(tokens=100), CALL)
    async with sessions.begin(spender) as tx:
        audited = text("select count(*) from audit_events where action = 'model-budget.set'")
        assert (await tx.session.execute(audited)).scalar_one() == 1


async def test_a_new_month_begins_anew(sessions: Sessions, spender: TenantId) -> None:
    now = [NOW]
    budget = TenantBudgets(sessions, lambda: now[0], Limits(tokens=100))
    held = await budget.reserve(spender, CALL)
    assert held is not None
    assert await budget.reserve(spender, CALL) is None

    now[0] = datetime(2026, 12, 1, tzinfo=UTC)

    assert await budget.reserve(spender, CALL) is not None
    await budget.settle(held, CALL)  # counted where it was set aside
    assert (await month(sessions, spender)).spent == CALL


async def test_one_tenant_spends_nothing_of_anothers(sessions: Sessions, spender: TenantId) -> None:
    budget = TenantBudgets(sessions, lambda: NOW, Limits(tokens=100))
    assert await budget.reserve(spender, CALL) is not None
    assert await budget.reserve(TenantId(uuid4()), CALL) is not None


@pytest.mark.parametrize("kind", ["unlimited", "tenants"])
async def test_what_belongs_to_no_tenant_is_not_limited(sessions: Sessions, kind: str) -> None:
    tenants = TenantBudgets(sessions, lambda: NOW, Limits(0, 0))
    budget = Unlimited() if kind == "unlimited" else tenants
    reservation = await budget.reserve(None, CALL)
    assert isinstance(reservation, Reservation)
    await budget.settle(reservation, CALL)


def test_a_price_per_million_tokens_is_rounded_up_to_a_millionth_of_a_dollar() -> None:
    prices = Prices(Decimal("0.15"), Decimal("0.60"))
    assert prices.cost(1000, 101) == Spending(1101, 211)
    assert prices.cost(1_000_000, 0).usd == Decimal("0.15")
