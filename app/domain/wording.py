"""Amounts and dates as letters write them."""

from datetime import date
from decimal import Decimal

BPS_PER_PERCENT = 100


def money(amount: Decimal) -> str:
    """US dollars, to the cent."""
    return f"${amount:,.2f}"


def percent(bps: int) -> str:
    """Basis points as a rate."""
    return f"{bps / BPS_PER_PERCENT:.2f}%"


def spelled_date(day: date) -> str:
    """A day that no reader can take for another."""
    return f"{day:%B} {day.day}, {day.year}"
