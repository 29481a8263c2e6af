"""What a reason lets a sentence say: its words, its factor, its side, its numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from app.domain.explanation import Dossier, Fact, Language, ReasonToExplain, Side
from app.domain.verification.lexicon import Tags, topics_of
from app.domain.verification.naming import (
    feature_names,
    named,
    named_value,
    tags_of_name,
    tags_of_value,
)
from app.domain.verification.text import roots
from app.domain.verification.times import windows_in
from app.domain.verification.topics import ALWAYS, BRINGS, BY_UNIT, WEAK
from app.domain.verification.words.reading import english, lexicon_of

# Aspects that make a factor another one: `verify` alone tells "unable to verify income".
ASPECTS: Final = (
    (re.compile(r"\bverify\b", re.IGNORECASE), "t:verify"),
    (re.compile(r"\bseverity\b", re.IGNORECASE), "t:severity"),
    (re.compile(r"\btime since\b", re.IGNORECASE), "t:since"),
    (re.compile(r"\bincrease\b", re.IGNORECASE), "t:growth"),
    (re.compile(r"\btemporary\b", re.IGNORECASE), "t:temporary"),
    (re.compile(r"\bfreeze\b", re.IGNORECASE), "t:freeze"),
)
ISO_DAY: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d)")
NEGATIVE: Final = re.compile(
    r"\b(?:no|not|unable|insufficient|inadequate|lack|limited|unacceptable|without|incomplete)\b",
    re.IGNORECASE,
)
AVERAGE: Final = re.compile(r"avg|average|mean")
TOTAL: Final = re.compile(r"total|debt_to_income|leverage|combined", re.IGNORECASE)
OBLIGATION: Final = re.compile(r"obligation", re.IGNORECASE)
# What is named for one end of its range, in the words of both languages.
ENDS: Final = (
    (re.compile(r"smallest|lowest|(?<![a-z])min"), "minimum smallest lowest least minimo menor"),
    (
        re.compile(r"worst|highest|largest|(?<![a-z])max"),
        "maximum highest largest worst peak maximo mayor peor",
    ),
)
HIGH_NAMES: Final = frozenset({"over", "above", "high", "exceed"})
LOW_NAMES: Final = frozenset({"under", "below", "low"})
PRODUCT: Final = frozenset(roots("account application loan line credit request financing"))


@dataclass(frozen=True, slots=True)
class Licence:
    """What may be said about one principal reason.

    `rank` counts from one; `sides` are those a sentence may take; `windows` the stretches of
    time its features measure, in months; `is_absence` says that the reason is that something
    is not there or could not be done, so a sentence about it denies something.
    """

    rank: int
    reason: ReasonToExplain
    tags: Tags
    own_tags: Tags
    own_roots: frozenset[str]
    roots: frozenset[str]
    sides: frozenset[Side]
    windows: frozenset[Decimal]
    is_absence: bool
    subjects: Tags  # the topics that tell this factor from others

    @property
    def dates(self) -> tuple[date, ...]:
        """The days that facts name."""
        return tuple(
            date.fromisoformat(fact.value)
            for fact in self.reason.facts
            if isinstance(fact.value, str) and ISO_DAY.fullmatch(fact.value)
        )

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts that carry the reason."""
        return self.reason.facts

    @property
    def aspects(self) -> Tags:
        """What a sentence must say beside the subject to be about this factor."""
        return frozenset(tag for said, tag in ASPECTS if said.search(self.reason.statement))


def licences_of(
    reasons: Sequence[ReasonToExplain], language: Language = "en"
) -> tuple[Licence, ...]:
    """Return the licence of each reason, in rank order."""
    return tuple(licence_of(reason, rank, language) for rank, reason in enumerate(reasons, start=1))


def licence_of(reason: ReasonToExplain, rank: int, language: Language = "en") -> Licence:
    """Work out what one reason lets a text of a language say."""
    own = _own_tags(reason.statement)
    names = feature_names(reason)
    windows = frozenset(windows_in(names))
    own_roots = frozenset(roots(reason.statement))
    return Licence(
        rank=rank,
        reason=reason,
        tags=_tags(reason, own, names, has_window=bool(windows)) | _values_in(reason, language),
        own_tags=own,
        own_roots=own_roots,
        roots=own_roots.union(roots(" ".join([*_names(reason), *_ends(names)]))),
        sides=_sides(reason, own, names),
        windows=windows,
        is_absence=_is_absence(reason),
        subjects=topics_of(own) - WEAK or topics_of(own),
    )


def product_roots(dossier: Dossier) -> frozenset[str]:
    """The words that only name what was applied for."""
    return frozenset(roots(dossier.product.replace("-", " "))) | PRODUCT


@lru_cache(maxsize=1024)
def _own_tags(statement: str) -> Tags:
    own = english().tags_in(statement)
    return own | {"t:utilization"} if {"t:balance", "t:limit"} <= own else own


def _tags(reason: ReasonToExplain, own: Tags, names: str, *, has_window: bool) -> Tags:
    """All that may be spoken of: statement, features, values, units and what these bring."""
    values = (tags_of_value(value) for value in _values(reason))
    tags = own.union(
        *(tags_of_name(named(fact)) for fact in reason.facts),
        *(topics_of(of_value) for of_value in values),
        *(BY_UNIT.get(fact.unit, ()) for fact in reason.facts),
    )
    if any(map(_is_absent, reason.facts)):
        tags |= {"not", "none"}
    tags = _with_what_it_brings(tags) | ALWAYS
    if has_window:
        tags |= {"recent", "past"}
    if AVERAGE.search(names):
        tags |= {"avg"}
    if TOTAL.search(f"{reason.statement} {names}"):
        tags |= {"t:total"}
    if OBLIGATION.search(reason.statement):
        tags |= {"t:payment"}
    return tags


def _values_in(reason: ReasonToExplain, language: Language) -> Tags:
    """Topics of values that stand in the language of the text: "comprobante de domicilio"."""
    if language == "en":
        return frozenset()
    lexicon = lexicon_of(language)
    return topics_of(frozenset().union(*map(lexicon.tags_in, _values(reason))))


def _values(reason: ReasonToExplain) -> list[str]:
    return [named_value(fact.value) for fact in reason.facts if isinstance(fact.value, str)]


def _names(reason: ReasonToExplain) -> list[str]:
    return [*map(named, reason.facts), *_values(reason)]


def _ends(names: str) -> list[str]:
    return [words for end, words in ENDS if end.search(names.lower())]


def _is_absent(fact: Fact) -> bool:
    """Whether a flag is not set, or a count is none."""
    return fact.value == 0 or (fact.unit == "flag" and fact.value == "false")


def _is_absence(reason: ReasonToExplain) -> bool:
    is_negative = NEGATIVE.search(reason.statement) is not None
    return is_negative and {fact.adverse for fact in reason.facts if fact.unit != "flag"} != {
        "high"
    }


def _with_what_it_brings(tags: Tags) -> Tags:
    if {"t:balance", "t:limit"} <= tags:
        tags |= {"t:utilization"}
    brought = tags.union(*(BRINGS.get(tag, ()) for tag in tags))
    return brought.union(BRINGS["t:utilization"]) if "t:utilization" in brought else brought


def _sides(reason: ReasonToExplain, own: Tags, names: str) -> frozenset[Side]:
    """The sides on which the decision, or else the catalogue or a name, says it counts."""
    told = frozenset(fact.adverse for fact in reason.facts if fact.adverse is not None)
    if told:
        return told
    named_so = frozenset(roots(names.replace("_", " ")))
    sides: set[Side] = set() if reason.side is None else {reason.side}
    if "high" in own or named_so & HIGH_NAMES:
        sides.add("high")
    if "low" in own or named_so & LOW_NAMES:
        sides.add("low")
    return frozenset(sides)
