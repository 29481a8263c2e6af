"""Whether the three views say the same: held against the words that are read, not the intent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, product
from typing import Literal

from app.domain.explanation import Audience, Draft, Language, Side
from app.domain.views import (
    ToldReason,
    View,
    Views,
)

What = Literal["action", "order", "number", "side", "source"]
AUDIENCES: tuple[Audience, ...] = ("customer", "underwriter", "compliance")


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two views that cannot both be right: about what, in which reason, and what each says."""

    what: What
    code: str
    between: tuple[str, str]
    said: tuple[str, str]


NUMBER = re.compile(
    r"(?P<usd>\$\s?|US\$\s?|USD\s?)?(?P<digits>\d(?:[\d.,\u00a0]*\d)?)"
    r"\s?(?P<unit>%|percent|por ciento|months?|mes(?:es)?|years?|años?|points?|puntos?|dollars?"
    r"|dólares|USD|\$)?",
    re.IGNORECASE,
)
MONTHS_PER_YEAR = 12
TOO_HIGH = re.compile(
    r"\btoo (?:high|large|long|many|much|great|big)\b|\bexcessive\b"
    r"|\bdemasiad[oa]s? (?:alt|larg|grand|elevad)|\bexcesiv",
    re.IGNORECASE,
)
TOO_LOW = re.compile(
    r"\btoo (?:low|small|short|few|little)\b|\binsufficient\b"
    r"|\bdemasiad[oa]s? (?:baj|cort|pequeñ|poc)|\binsuficient",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as read from a text; `step` is the weight of its last digit."""

    value: Decimal
    kind: str
    step: Decimal
    words: str

    def agrees_with(self, other: "Figure") -> bool:
        """Whether both may be the same value, rounded as each is written."""
        return abs(self.value - other.value) <= max(self.step, other.step) / 2


def contradictions(views: Views) -> tuple[Contradiction, ...]:
    """List what any two views say of one thing and cannot both be right about."""
    found: list[Contradiction] = []
    told = {name: views.seen_by(name) for name in AUDIENCES}
    for name, view in told.items():
        found += _within(name, view)
    for first, second in combinations(AUDIENCES, 2):
        found += _between((first, second), told[first], told[second])
    english = views.customer.english
    if english is not None:
        found += _beside_english(views.customer.reasons, english, views.customer.language)
    return tuple(dict.fromkeys(found))


def figures_in(text: str, language: Language) -> tuple[Figure, ...]:
    """Read the numbers of a text: years as months, so that 2 years are 24 months."""
    return tuple(_figure(match, language) for match in NUMBER.finditer(text))


def _figure(match: re.Match[str], language: Language) -> Figure:
    digits = match["digits"].replace("\u00a0", "")
    if language == "es":  # 1.234,5; but a single point may be an English one, as in 0.47
        if "," in digits or re.fullmatch(r"\d{1,3}(?:\.\d{3})+", digits):
            digits = digits.replace(".", "").replace(",", ".")
    else:
        digits = digits.replace(",", "")
    if digits.count(".") > 1:
        digits = digits.replace(".", "")
    value = Decimal(digits)
    exponent = value.as_tuple().exponent
    step = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
    unit = (match["unit"] or "").lower()
    kind = "plain"
    if match["usd"] or unit in {"$", "usd", "dollar", "dollars", "dólares"}:
        kind = "usd"
    elif unit.startswith(("%", "percent", "por")):
        kind = "percent"
    elif unit.startswith(("year", "año")):
        value, step, kind = value * MONTHS_PER_YEAR, step * MONTHS_PER_YEAR, "months"
    elif unit.startswith(("month", "mes")):
        kind = "months"
    return Figure(value, kind, step, match.group().strip())


def _within(name: str, view: View) -> Iterator[Contradiction]:
    """A view's words against its own figures and sides."""
    for reason in view.reasons:
        said = _side_said(reason.text)
        if said is not None and reason.side is not None and said != reason.side:
            yield Contradiction("side", reason.code, (name, name), (reason.text, reason.side))
        held = tuple(f for words in reason.figures for f in figures_in(words, "en"))
        yield from _numbers(reason.code, (name, name), figures_in(reason.text, view.language), held)


def _between(names: tuple[str, str], one: View, other: View) -> Iterator[Contradiction]:
    if one.action != other.action:
        yield Contradiction("action", "", names, (one.action, other.action))
    orders = tuple(tuple(reason.code for reason in view.reasons) for view in (one, other))
    if orders[0] != orders[1]:
        yield Contradiction("order", "", names, (", ".join(orders[0]), ", ".join(orders[1])))
    for first, second in product(one.reasons, other.reasons):
        if first.code != second.code:
            continue
        yield from _sides(names, first, second)
        yield from _numbers(
            first.code,
            names,
            figures_in(first.text, one.language),
            figures_in(second.text, other.language),
        )
        if first.figures != second.figures:
            said = ("; ".join(first.figures), "; ".join(second.figures))
            yield Contradiction("number", first.code, names, said)
        if set(first.sources) != set(second.sources):
            said = (_sources_said(first), _sources_said(second))
            yield Contradiction("source", first.code, names, said)


def _sides(
    names: tuple[str, str], first: ToldReason, second: ToldReason
) -> Iterator[Contradiction]:
    said = (_side_said(first.text), _side_said(second.text))
    if (None not in said and said[0] != said[1]) or first.side != second.side:
        texts = (f"{first.text} [{first.side}]", f"{second.text} [{second.side}]")
        yield Contradiction("side", first.code, names, texts)


def _numbers(
    code: str, names: tuple[str, str], ours: tuple[Figure, ...], theirs: tuple[Figure, ...]
) -> Iterator[Contradiction]:
    """A figure of a kind that the other text states too must be among those it states."""
    for mine in ours:
        same_kind = [figure for figure in theirs if figure.kind == mine.kind]
        if same_kind and not any(mine.agrees_with(figure) for figure in same_kind):
            said = (mine.words, ", ".join(figure.words for figure in same_kind))
            yield Contradiction("number", code, names, said)


def _beside_english(
    reasons: tuple[ToldReason, ...], english: Draft, language: Language
) -> Iterator[Contradiction]:
    names = (f"customer in {language}", "customer in en")
    codes = tuple(reason.code for reason in reasons)
    beside = tuple(statement.code for statement in english.statements)
    if codes != beside:
        yield Contradiction("order", "", names, (", ".join(codes), ", ".join(beside)))
        return
    for reason, statement in zip(reasons, english.statements, strict=True):
        ours, theirs = figures_in(reason.text, language), figures_in(statement.text, "en")
        yield from _numbers(reason.code, names, ours, theirs)
        said = (_side_said(reason.text), _side_said(statement.text))
        if None not in said and said[0] != said[1]:
            yield Contradiction("side", reason.code, names, (reason.text, statement.text))


def _side_said(text: str) -> Side | None:
    """The side that a text takes; None where it takes none, or both (of two factors)."""
    high, low = TOO_HIGH.search(text), TOO_LOW.search(text)
    if high and not low:
        return "high"
    return "low" if low and not high else None


def _sources_said(reason: ToldReason) -> str:
    return "; ".join(
        f"{s.citation} {s.version_sha256[:8]}[{s.start}:{s.end}]" for s in reason.sources
    )
