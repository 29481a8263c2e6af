"""Whether a quantity says the value of a fact, in its unit or in one that keeps it."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from app.domain.explanation import Fact
from app.domain.verification.figures.stated import Figures, Match
from app.domain.verification.licence import Licence
from app.domain.verification.naming import named, named_value
from app.domain.verification.quantities import Quantity, quantities
from app.domain.verification.times import in_months
from app.domain.verification.units import TIME

PERCENT: Final = Decimal(100)
LOOSE: Final = Decimal("0.10")  # "over 90 %" of 92 % is a rounding; of 140 % it misleads
ROUNDED: Final = Decimal("0.05")
FRACTION_STEP: Final = Decimal("0.06")  # half, a third, a quarter: how far they lie apart
FRACTION_ERROR: Final = Decimal("0.005")  # "a third" is 33 %: a fraction in words is a rounding
ROUND_STEPS: Final = 5  # a round number is a multiple of five of its last digits
SPOKEN_BARE: Final = 1000  # a sum from here on may stand without its currency
NEGATED_ONE: Final = re.compile(r"\b(?:not|ni)\s*$", re.IGNORECASE)
MINUS: Final = re.compile(r"(?:^|\s)[-\u2212]$")
IN_DEBT: Final = re.compile(
    r"overdr[ae]wn|below zero|negative balance|in the red|sobregir|saldo negativo", re.IGNORECASE
)
FALLEN: Final = re.compile(
    r"minus|\u2212|-\s?\d|negative|fell|fall|drop|decreas|declin|shr[aiu]nk|down|lower"
    r"|menos|baj|ca[iy\u00ed]|reduc|dismin",
    re.IGNORECASE,
)
BELOW_ZERO: Final = re.compile(
    r"minus|\u2212|negative|overdr[ae]wn|below zero|deficit|in the red|-\s?\$?\d"
    r"|menos|negativ|sobregir|descubiert|bajo cero|d\u00e9ficit|en rojo|deudor",
    re.IGNORECASE,
)


def stated_facts(
    stated: Quantity, licences: Sequence[Licence], figures: Figures
) -> tuple[Match, ...]:
    """Return the facts whose value a quantity says, with its sign."""
    return tuple(
        Match(licence, fact)
        for licence in licences
        for fact in licence.facts
        if states(stated, fact) and _keeps_sign(stated, fact, figures)
    )


def states(stated: Quantity, fact: Fact) -> bool:
    """Whether a quantity says a fact's value, in its unit or one that keeps it."""
    if isinstance(fact.value, bool) or not isinstance(fact.value, Decimal):
        return False
    if fact.unit == "category":
        return False
    return any(
        unit == stated.unit and _says(stated, value) for value, unit in readings(fact.value, fact)
    )


def readings(value: Decimal, fact: Fact) -> list[tuple[Decimal, str]]:
    """Return the ways to state a value that keep it: 0.92 as 92 percent, 24 months as 2 years."""
    match fact.unit:
        case "ratio":
            return [(abs(value) * PERCENT, "percent"), *_as_share(abs(value))]
        case "percent":
            return [(value, "percent"), *_as_share(value / PERCENT)]
        case "months" | "years" | "days":
            return _as_time(value, fact.unit)
        case "count":
            months = [(value, "months")] if "month" in fact.feature else []
            return [(value, ""), (value, "times"), *months]
        case "usd":
            bare = [(value, "")] if value >= SPOKEN_BARE else []
            return [(value, "usd"), (abs(value), "usd"), *bare]
        case unit:
            bare = [(value, "")]
            return bare if unit == "flag" else [(value, unit), *bare]


def _as_share(value: Decimal) -> list[tuple[Decimal, str]]:
    return [(value, "fraction"), (value, "times"), (value, "")]


def _as_time(value: Decimal, unit: str) -> list[tuple[Decimal, str]]:
    months = in_months(value, unit)
    found = [
        (months, "months"),
        (months / 12, "years"),
        (value, unit),
        (months / 3, "quarters_of_year"),
        (months / 6, "half_years"),
        (months / 120, "decades"),
    ]
    return [*found, (value / 7, "weeks")] if unit == "days" else found


def _says(stated: Quantity, value: Decimal) -> bool:
    gap = stated.value - value
    is_near = abs(gap) <= abs(value) * ROUNDED
    match stated.bound:
        case "exact":
            return gap == 0 or (stated.unit == "fraction" and abs(gap) < FRACTION_ERROR)
        case "about":
            is_coarse = is_near and abs(gap) <= _coarseness(stated) / 2
            return _rounds(stated, gap) or is_coarse
        case "just over":
            return gap < 0 and is_near
        case "just under":
            return gap > 0 and is_near
        case "over":
            # "over seven years" is for as long
            is_so_long = stated.unit in TIME and gap == 0
            return is_so_long or (gap < 0 and -gap <= abs(value) * LOOSE)
        case "under":
            return 0 < gap <= abs(value) * LOOSE


def _rounds(stated: Quantity, gap: Decimal) -> bool:
    """Whether a value is rounded to the last digit stated: 47.2 is about 47."""
    return abs(gap) <= stated.step / 2 and (stated.unit != "fraction" or gap == 0)


def _coarseness(stated: Quantity) -> Decimal:
    """How coarsely a rounded number is stated: 90 to tens, 65 to fives, two thirds to 0.06."""
    if stated.unit == "fraction":
        return FRACTION_STEP
    step = stated.step
    while stated.value and stated.value % (step * 10) == 0:
        step *= 10
    return step * ROUND_STEPS if stated.value % (step * ROUND_STEPS) == 0 else step


def _keeps_sign(stated: Quantity, fact: Fact, figures: Figures) -> bool:
    """Whether a value below zero is told as one, and no other is."""
    if not isinstance(fact.value, Decimal):
        return True
    sentence = figures.sentence_of(stated).text
    if fact.value < 0 and fact.unit in {"ratio", "percent"}:
        return FALLEN.search(sentence) is not None
    if fact.value < 0:
        return BELOW_ZERO.search(sentence) is not None
    if MINUS.search(figures.before(stated)):
        return False
    return fact.unit != "usd" or not IN_DEBT.search(sentence)


def is_named(stated: Quantity, licence: Licence) -> bool:
    """Whether the statement or the name of a fact holds the very number."""
    values = [named_value(fact.value) for fact in licence.facts if isinstance(fact.value, str)]
    names = " ".join([licence.reason.statement, *map(named, licence.facts)])
    known = [*quantities(names, "en"), *quantities(" ".join(values), "en")]
    return any(one.value == stated.value and one.unit in (stated.unit, "") for one in known)
