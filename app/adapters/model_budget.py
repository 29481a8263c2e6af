"""Budgets for language models: a tenant's month in the database, or none at all."""

from datetime import date
from uuid import UUID

from typing_extensions import override

from app.db import budgets
from app.db.engine import Sessions
from app.domain.budgets import NOTHING, Limits, Reservation, Spending, month_of
from app.domain.ids import TenantId
from app.use_cases.ports import Budget, Clock

NOBODY = Reservation(TenantId(UUID(int=0)), date.min, NOTHING)


class Unlimited(Budget):
    """Nobody's budget: evaluations, and models of one's own that nobody counts."""

    @override
    async def reserve(self, tenant_id: TenantId | None, most: Spending) -> Reservation | None:
        return NOBODY

    @override
    async def settle(self, reservation: Reservation, spent: Spending) -> None:
        pass


class TenantBudgets(Budget):
    """Each tenant's month, under a lock of the row; what belongs to no tenant is not limited."""

    def __init__(self, sessions: Sessions, clock: Clock, default: Limits) -> None:
        self._sessions = sessions
        self._clock = clock
        self._default = default

    @override
    async def reserve(self, tenant_id: TenantId | None, most: Spending) -> Reservation | None:
        if tenant_id is None:
            return NOBODY
        async with self._sessions.begin(tenant_id) as tx:
            month = month_of(self._clock().date())
            return await budgets.reserve(tx, most, month, default=self._default)

    @override
    async def settle(self, reservation: Reservation, spent: Spending) -> None:
        if reservation == NOBODY:
            return
        async with self._sessions.begin(reservation.tenant_id) as tx:
            await budgets.settle(tx, reservation, spent)
