"""Stretches of time in months, and those that the name of a feature measures."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

# In names: "late_payments_12m", "inquiries_over_6_months".
WINDOW: Final = re.compile(r"(?<![a-z0-9])(\d+)_?(m|mo|months?|y|yr|years?|d|days?)(?![a-z0-9])")
WINDOW_UNITS: Final = {"m": "months", "y": "years", "d": "days"}
MONTHS: Final[dict[str, Decimal]] = {
    "years": Decimal(12),
    "quarters_of_year": Decimal(3),
    "half_years": Decimal(6),
    "decades": Decimal(120),
}
DAYS: Final[dict[str, int]] = {"days": 1, "weeks": 7}
DAYS_IN_MONTH: Final = 30


def in_months(value: Decimal, unit: str) -> Decimal:
    """A stretch of time in months; a month has thirty days."""
    if unit in DAYS:
        return value * DAYS[unit] / DAYS_IN_MONTH
    return value * MONTHS.get(unit, 1)


def windows_in(names: str) -> Iterator[Decimal]:
    """The stretches of time over which features count, in months, by their names."""
    for digits, unit in WINDOW.findall(names.lower()):
        yield in_months(Decimal(digits), WINDOW_UNITS[unit[0]])
