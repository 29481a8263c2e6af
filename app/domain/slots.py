"""Texts with typed slots for facts, such as `Your debt was {leverage_ratio:ratio} of your assets.`.

A slot names a fact and its unit. A count may bring the noun it counts, in the singular and in
the plural: `{inquiries:count|inquiry|inquiries}`. A text is taken apart once and then filled in
microseconds; numbers are written as people of the language write them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, partial
from typing import Literal, get_args

from app.domain.errors import FieldProblem, InvalidFields
from app.domain.explanation import Fact, Language
from app.domain.facts_in_words import figures, rounded

Unit = Literal["ratio", "percent", "usd", "months", "years", "count", "points", "category", "flag"]
UNITS: Mapping[str, Unit] = {unit: unit for unit in get_args(Unit)}
WHOLE = Decimal(1)
TENTH = Decimal("0.1")
PERCENT = Decimal(100)
ABOUT: dict[Language, str] = {"en": "about ", "es": "aproximadamente "}
PERCENT_SIGN: dict[Language, str] = {"en": "%", "es": " %"}
NOUNS: dict[Language, dict[str, tuple[str, str]]] = {
    "en": {
        "months": ("month", "months"),
        "years": ("year", "years"),
        "points": ("point", "points"),
    },
    "es": {
        "months": ("mes", "meses"),
        "years": ("a\u00f1o", "a\u00f1os"),
        "points": ("punto", "puntos"),
    },
}
SLOT = re.compile(r"\{([^{}]*)\}")

Render = Callable[[Fact], str]


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a fact is said. `noun` is what a count counts: one, and several."""

    feature: str
    unit: Unit
    noun: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Compiled:
    """A text taken apart: words as they stand, and what says the fact of a number."""

    parts: tuple[str | tuple[int, Render], ...]

    def render(self, facts: Sequence[Fact]) -> str:
        """Fill the slots; the sentence begins with a capital whatever fills its first words."""
        said = "".join(
            part if isinstance(part, str) else part[1](facts[part[0]]) for part in self.parts
        )
        return said[:1].upper() + said[1:]


def slots_of(text: str) -> tuple[Slot, ...]:
    """Return the slots of a text, in order. Raises InvalidFields for one that means nothing."""
    return tuple(_slot(match[1]) for match in SLOT.finditer(_checked(text)))


@lru_cache(maxsize=4096)
def compile_text(text: str, language: Language, features: tuple[str, ...]) -> Compiled:
    """Take a text apart for facts that come in the order of `features`. Raises InvalidFields."""
    parts: list[str | tuple[int, Render]] = []
    at = 0
    for match in SLOT.finditer(_checked(text)):
        if match.start() > at:
            parts.append(text[at : match.start()])
        slot = _slot(match[1])
        if slot.feature not in features:
            raise _refused(f"{slot.feature!r} is no fact of this reason")
        parts.append((features.index(slot.feature), _renderer(slot, language)))
        at = match.end()
    if at < len(text):
        parts.append(text[at:])
    return Compiled(tuple(parts))


def say(fact: Fact, unit: Unit, language: Language) -> str:
    """Say a fact as its slot does: `about 47%`, `$31,200`, `1 month`; `47 %` in Spanish."""
    return _renderer(Slot(fact.feature, unit), language)(fact)


def unit_of(fact: Fact) -> Unit:
    """Return a fact's unit as a slot names it; a number without a known one is a count."""
    if isinstance(fact.value, bool):
        return "flag"
    if isinstance(fact.value, str):
        return "category"
    return UNITS.get(fact.unit, "count")


def _checked(text: str) -> str:
    if re.search(r"[{}]", SLOT.sub("", text)):
        raise _refused("a brace is left open or closed twice")
    return text


def _slot(inside: str) -> Slot:
    feature, _, kind = inside.partition(":")
    name, *noun = kind.split("|")
    unit = UNITS.get(name)
    if not feature or unit is None:
        raise _refused(
            f"{{{inside}}} is no slot; write {{feature:unit}}, unit one of {', '.join(UNITS)}"
        )
    match noun:
        case []:
            return Slot(feature, unit)
        case [one, several] if unit == "count" and one.strip() and several.strip():
            return Slot(feature, unit, (one.strip(), several.strip()))
        case _:
            raise _refused(f"{{{inside}}}: a count alone takes a noun, as {{n:count|one|several}}")


def _refused(why: str) -> InvalidFields:
    return InvalidFields([FieldProblem("/text", why)])


def _renderer(slot: Slot, language: Language) -> Render:
    if slot.unit in {"months", "years", "points"}:
        return partial(_say_measure, language, NOUNS[language][slot.unit])
    renders: dict[Unit, Render] = {
        "ratio": partial(_say_percent, language, PERCENT),
        "percent": partial(_say_percent, language, WHOLE),
        "usd": partial(_say_dollars, language),
        "count": partial(_say_count, language, slot.noun),
        "category": _say_category,
        "flag": partial(_say_label, language),
    }
    return renders[slot.unit]


def _say_percent(language: Language, factor: Decimal, fact: Fact) -> str:
    shown, about = _rounded(_number(fact) * factor, WHOLE, language)
    return f"{about}{figures(shown, language)}{PERCENT_SIGN[language]}"


def _say_dollars(language: Language, fact: Fact) -> str:
    shown, about = _rounded(_number(fact), WHOLE, language)
    return f"{about}${figures(shown, language)}"


def _say_measure(language: Language, noun: tuple[str, str], fact: Fact) -> str:
    shown, about = _rounded(_number(fact), TENTH, language)
    return f"{about}{figures(shown, language)} {noun[shown != 1]}"


def _say_count(language: Language, noun: tuple[str, str] | None, fact: Fact) -> str:
    value = _number(fact)
    said = figures(value, language)
    return said if noun is None else f"{said} {noun[value != 1]}"


def _say_category(fact: Fact) -> str:
    return str(fact.value)


def _say_label(language: Language, fact: Fact) -> str:
    return fact.label if language == "en" else fact.local_label


def _number(fact: Fact) -> Decimal:
    return fact.value if isinstance(fact.value, Decimal) else Decimal(fact.value)


def _rounded(value: Decimal, step: Decimal, language: Language) -> tuple[Decimal, str]:
    """Round, and return with it the word that says so where a digit was lost."""
    shown = rounded(value, step)
    return shown, "" if shown == value else ABOUT[language]
