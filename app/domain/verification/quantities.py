"""The quantities a text states, in figures or in words, with their units."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from app.domain.explanation import Language
from app.domain.verification.amounts import CALENDAR, Amount, read_amount
from app.domain.verification.text import listed
from app.domain.verification.tokens import Line
from app.domain.verification.units import (
    ABOUT_SIGNS,
    ARTICLES,
    BOUNDS,
    HALVES,
    LONGEST_BOUND,
    PAST,
    UNIT_WORDS,
    Bound,
    Phrase,
    unit_at,
)

ENGLISH_ONLY: Final = re.compile(r"\d\.\d{1,2}(?!\d)|\d\.\d{4,}|\d,\d{3}(?!\d)")
MONTHS_IN_YEAR: Final = 12
LOOKS_BACK: Final = listed("months years days weeks quarters_of_year")


def _phrases(entries: str) -> tuple[Phrase, ...]:
    return tuple(tuple(entry.split()) for entry in entries.split(","))


# "47 cents of each dollar" is 47 percent; "nine in ten" is 90.
OF_A_DOLLAR: Final = _phrases(
    "of every dollar, of each dollar, out of every dollar, on the dollar, for each dollar,"
    " de cada d\u00f3lar,"
    " on every dollar, for every dollar, per dollar, por cada d\u00f3lar, por d\u00f3lar"
)
OUT_OF: Final = _phrases(
    "out of every, out of each, of every, of each, in every, out of, in, de cada, por cada"
)
WHOLES: Final = frozenset(map(Decimal, (3, 4, 5, 10, 100)))
OF_A: Final = _phrases("of a, of one, de un, del un")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity as a text states it.

    `unit` is percent, usd, months, years, days, weeks, points, times, fraction, or "" where
    none is named; `step` is the weight of the last digit stated; `is_past` says that it
    measures a stretch of time up to now ("the past six months").
    """

    words: str
    value: Decimal
    unit: str
    bound: Bound
    step: Decimal
    start: int
    end: int
    is_past: bool = False
    in_words: bool = False


def misformatted(text: str, language: Language) -> list[str]:
    """Return numbers that a Spanish text writes the English way, whose value a reader mistakes."""
    return [] if language == "en" else [match.group() for match in ENGLISH_ONLY.finditer(text)]


def quantities(text: str, language: Language) -> list[Quantity]:
    """Return every quantity a text states, in the order of the text."""
    line = Line.of(text, language)
    found: list[Quantity] = []
    at = 0
    while at < len(line):
        read = read_amount(line, at)
        if read is None:
            at += 1
            continue
        quantity, at = _quantity(line, read)
        found.append(quantity)
    return found


def _quantity(line: Line, read: Amount) -> tuple[Quantity, int]:
    """Read what stands around an amount, and say where the next one may begin."""
    read = _with_unit(line, read)
    bound, start = _bound(line, read.first)
    if line.has(("or", "so"), read.after):
        bound, read = "about", replace(read, after=read.after + 2)
    read = _of_a_time(line, read)
    read = _of_a_whole(line, read)
    end = line.tokens[read.after - 1].end
    is_past = read.unit in LOOKS_BACK and _is_past(line, read)
    stated = Quantity(
        line.text[start:end],
        read.value,
        read.unit,
        bound,
        read.step,
        start,
        end,
        is_past,
        read.in_words,
    )
    return stated, read.after


def _with_unit(line: Line, read: Amount) -> Amount:
    if not read.unit:
        unit, after = unit_at(line, read.after)
        read = replace(read, unit=unit, after=after)
    if not read.unit and read.first and line.tokens[read.first - 1].text in {"USD", "US"}:
        read = replace(read, unit="usd")
    for half in HALVES[line.language]:
        if read.unit in CALENDAR and line.has(half, read.after):
            read = read.and_a_half(read.after + len(half))
    return _and_months(line, read) if read.unit == "years" else read


def _and_months(line: Line, years: Amount) -> Amount:
    """Read "eleven years and eight months" as one time."""
    at = years.after
    if line.word(at) in {"and", "y", "con"}:
        at += 1
    read = read_amount(line, at) if at < len(line) else None
    if read is None or read.unit:
        return years
    unit, after = unit_at(line, read.after)
    if unit != "months" or read.value >= MONTHS_IN_YEAR:
        return years
    months = years.value * MONTHS_IN_YEAR + read.value
    return replace(years, value=months, unit=unit, after=after)


def _bound(line: Line, first: int) -> tuple[Bound, int]:
    """Read what stands before a number, `about`, `poco menos de`, and say where it starts."""
    before_article = first
    articles = ARTICLES[line.language] - {"one"}
    while before_article and line.words[before_article - 1] in articles:
        before_article -= 1
    if before_article and line.tokens[before_article - 1].text in ABOUT_SIGNS:
        return "about", line.tokens[before_article - 1].start
    for length in range(LONGEST_BOUND, 0, -1):
        for end in (first, before_article):
            if end < length:
                continue
            bound = BOUNDS[line.language].get(" ".join(line.words[end - length : end]))
            if bound is not None:
                return bound, line.tokens[end - length].start
    return "exact", line.tokens[first].start


def _of_a_time(line: Line, read: Amount) -> Amount:
    """Read "eight tenths of a month" as a time."""
    if read.unit == "fraction" and any(line.has(joint, read.after) for joint in OF_A):
        unit = UNIT_WORDS[line.language].get(line.word(read.after + 2), "")
        if unit in CALENDAR:
            return replace(read, unit=unit, after=read.after + 3)
    return read


def _of_a_whole(line: Line, read: Amount) -> Amount:
    """Read "nine out of ten", "92 of every 100" and "47 cents of each dollar" as fractions."""
    if read.unit == "cents":
        for phrase in OF_A_DOLLAR:
            if line.has(phrase, read.after):
                return _share(read, Decimal(100), read.after + len(phrase))
    if read.unit:
        return read
    for phrase in OUT_OF:
        at = read.after + len(phrase)
        whole = read_amount(line, at) if line.has(phrase, read.after) and at < len(line) else None
        if whole is not None and whole.value in WHOLES and read.value <= whole.value:
            return _share(read, whole.value, whole.after)
    return read


def _share(read: Amount, whole: Decimal, after: int) -> Amount:
    step = read.step / whole
    return replace(read, value=read.value / whole, step=step, unit="fraction", after=after)


def _is_past(line: Line, read: Amount) -> bool:
    past = PAST[line.language]
    if line.words[read.first] in past or (read.first and line.words[read.first - 1] in past):
        return True
    following = line.words[read.after - 1 : read.after + 1]
    return line.language == "es" and any(word in past for word in following)
