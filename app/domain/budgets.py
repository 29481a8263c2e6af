"""What a language model costs, and how much of it a tenant may use in a month."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal

from app.domain.ids import TenantId

MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars per million tokens read and written; nothing for a model of one's own."""

    input_usd: Decimal = Decimal(0)
    output_usd: Decimal = Decimal(0)

    def cost(self, input_tokens: int, output_tokens: int) -> "Spending":
        """Price a call. Dollars per million tokens are millionths of a dollar per token."""
        micros = self.input_usd * input_tokens + self.output_usd * output_tokens
        return Spending(input_tokens + output_tokens, int(micros.to_integral_value(ROUND_CEILING)))


FREE = Prices()


@dataclass(frozen=True, slots=True)
class Spending:
    """Tokens, and what they cost in millionths of a US dollar."""

    tokens: int
    micros: int

    @property
    def usd(self) -> Decimal:
        """The cost in dollars."""
        return self.micros / MILLION


NOTHING = Spending(0, 0)


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be spent in a calendar month (UTC); None is no limit."""

    tokens: int | None = None
    micros: int | None = None

    @property
    def usd(self) -> Decimal | None:
        """The limit on the cost, in dollars."""
        return None if self.micros is None else self.micros / MILLION


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a call may cost at most, set aside before it is made. It counts until settled."""

    tenant_id: TenantId
    month: date
    held: Spending


@dataclass(frozen=True, slots=True)
class MonthlyBudget:
    """A tenant's month: what it may spend, what it has spent, and what calls in flight hold."""

    month: date
    limits: Limits
    spent: Spending
    held: Spending


def month_of(day: date) -> date:
    """Return the first day of the month whose budget a day's calls spend."""
    return date(day.year, day.month, 1)
