"""What a reason lets a sentence say: its words, its factor, its side, its numbers."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.domain.explanation import Fact, ReasonToExplain, Side
from app.domain.verification.lexicon import NO_TAGS, Tags
from app.domain.verification.text import roots
from app.domain.verification.words.reading import english

# What speaking of one factor brings with it: revolving use is a share of balances in limits.
BRINGS: dict[str, tuple[str, ...]] = {
    "t:delinquency": ("t:payment", "t:debt", "t:credit_file", "past"),
    "t:utilization": ("t:revolving", "t:balance", "t:limit", "t:proportion", "t:debt"),
    "t:revolving": ("t:balance",),
    "t:balance": ("t:debt",),
    "t:collection": ("t:debt", "t:credit_file", "past"),
    "t:judgment": ("t:debt", "t:credit_file", "past"),
    "t:garnishment": ("t:income", "t:debt", "t:credit_file", "past"),
    "t:foreclosure": ("t:mortgage", "t:housing", "t:credit_file", "past"),
    "t:repossession": ("t:vehicle", "t:collateral", "t:credit_file", "past"),
    "t:bankruptcy": ("t:credit_file", "past"),
    "t:inquiries": ("t:credit_file", "t:number", "t:requested"),
    "t:credit_file": ("t:history",),
    "t:history": ("t:credit_file", "t:opened", "past"),
    "t:employment": ("t:status",),
    "t:liquid": ("t:income", "t:assets", "t:savings", "t:checking", "t:balance"),
    "t:savings": ("t:balance", "t:amount", "t:liquid"),
    "t:checking": ("t:balance",),
    "t:payday": ("t:debt", "t:term"),
    "t:term": ("t:payment", "t:length"),
    "t:requested": ("t:amount",),
    "t:installment": ("t:payment", "t:debt"),
    "t:mortgage": ("t:housing",),
    "t:deposit_relationship": ("t:bank", "t:savings", "t:checking"),
    "t:opened": ("t:number",),
    "t:vehicle": ("t:value", "t:collateral"),
    "t:collateral": ("t:value", "t:vehicle", "t:housing"),
    "t:down_payment": ("t:amount",),
    "t:residence": ("t:housing",),
    "t:housing": ("t:residence", "t:mortgage"),
    "t:insurance": ("t:mortgage",),
    "t:references": ("t:credit_file",),
    "t:identity": (),
    "t:since": ("t:length", "past", "recent"),
    "t:value": ("t:amount",),
    "t:spending": ("t:amount",),
    "t:payment": ("t:amount",),
    "t:growth": ("t:amount",),
}
BY_UNIT: dict[str, tuple[str, ...]] = {
    "ratio": ("t:proportion",),
    "percent": ("t:proportion",),
    "usd": ("t:amount",),
    "months": ("t:length",),
    "years": ("t:length",),
    "days": ("t:length",),
    "count": ("t:number",),
}
# Tags that name no subject: two factors may share them.
WEAK = frozenset(
    {"t:amount", "t:number", "t:proportion", "t:value", "t:status", "t:type", "t:rate"}
    | {"t:length", "t:credit_file", "t:application_incomplete", "t:requested"}
)
# Aspects that make a factor another one: `verify` alone tells "unable to verify income".
ASPECTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bverify\b", re.IGNORECASE), "t:verify"),
    (re.compile(r"\bseverity\b", re.IGNORECASE), "t:severity"),
    (re.compile(r"\btime since\b", re.IGNORECASE), "t:since"),
    (re.compile(r"\bincrease\b", re.IGNORECASE), "t:growth"),
    (re.compile(r"\btemporary\b", re.IGNORECASE), "t:temporary"),
    (re.compile(r"\bfreeze\b", re.IGNORECASE), "t:freeze"),
)
ALWAYS = frozenset({"t:credit_file", "t:application_incomplete", "t:requested", "t:proportion"})
ISO_DAY = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d)")
WINDOW = re.compile(r"(?<![a-z0-9])(\d+)_?(m|mo|months?|y|yr|years?|d|days?)(?![a-z0-9])")
WINDOW_UNITS = {"m": "months", "y": "years", "d": "days"}
LONGEST_NAME = 6
COMMAND = re.compile(
    r"\s*(?:ignore|disregard|forget|tell|say|write|system|assistant|note to|please|approve|end|add|output|print)\b",
    re.IGNORECASE,
)
ENGLISH_NEGATIVE = re.compile(
    r"\b(?:no|not|unable|insufficient|inadequate|lack|limited|unacceptable|without|incomplete)\b",
    re.IGNORECASE,
)


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
        found = []
        for fact in self.reason.facts:
            if isinstance(fact.value, str) and ISO_DAY.fullmatch(fact.value):
                found.append(date.fromisoformat(fact.value))
        return tuple(found)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts that carry the reason."""
        return self.reason.facts

    @property
    def aspects(self) -> Tags:
        """What a sentence must say beside the subject to be about this factor."""
        return frozenset(tag for said, tag in ASPECTS if said.search(self.reason.statement))


def licence_of(reason: ReasonToExplain, rank: int) -> Licence:
    """Work out what one reason lets a text say."""
    features = [named(fact) for fact in reason.facts]
    categories = [named_value(fact.value) for fact in reason.facts if isinstance(fact.value, str)]
    own = english().tags_in(reason.statement)
    shown = _tags_of(features)
    spoken = frozenset(tag for tag in _tags_of(categories) if tag.startswith("t:"))
    if {"t:balance", "t:limit"} <= own:
        own |= {"t:utilization"}
    tags = own | shown | spoken
    for fact in reason.facts:
        tags |= frozenset(BY_UNIT.get(fact.unit, ()))
        if fact.unit == "flag" or fact.value == 0:
            tags |= {"not", "none"} if _is_absent(fact) else NO_TAGS
    tags = _with_what_it_brings(tags) | ALWAYS
    windows = frozenset(_windows(" ".join(feature_names(reason))))
    if windows:
        tags |= {"recent", "past"}
    if re.search(r"avg|average|mean", " ".join(feature_names(reason))):
        tags |= {"avg"}
    tags |= {"past"} & own
    if re.search(r"obligation", reason.statement, re.IGNORECASE):
        tags |= {"t:payment"}
    return Licence(
        rank=rank,
        reason=reason,
        tags=tags,
        own_tags=own,
        own_roots=frozenset(roots(reason.statement)),
        roots=frozenset(
            roots(" ".join([reason.statement, *features, *categories, *_ends(reason)]))
        ),
        sides=_sides(reason, own),
        windows=windows,
        is_absence=bool(ENGLISH_NEGATIVE.search(reason.statement))
        and {fact.adverse for fact in reason.facts if fact.unit != "flag"} != {"high"},
        subjects=_subjects(own),
    )


def _tags_of(names: Iterable[str]) -> Tags:
    """Tags of names read as phrases and word by word: a ratio's name speaks of both its sides."""
    tags = NO_TAGS
    for name in names:
        tags |= english().tags_in(name)
        for word in name.lower().split():
            tags |= english().tags_of(word)
    return tags


def _subjects(own: Tags) -> Tags:
    topics = frozenset(tag for tag in own if tag.startswith("t:"))
    return topics - WEAK or topics


def licences_of(reasons: Sequence[ReasonToExplain]) -> tuple[Licence, ...]:
    """Return the licence of each reason, in rank order."""
    return tuple(licence_of(reason, rank) for rank, reason in enumerate(reasons, start=1))


def named(fact: Fact) -> str:
    """A fact's name in words: its label and its feature, underscores taken out."""
    feature = re.sub(r"_(?:\d+[a-z]+|usd|avg|max|min|pct|ratio)\b", " ", fact.feature)
    label = re.sub(r"(?<= )\d+[a-z]+\b", " ", fact.label.replace("_", " "))
    return f"{label} {feature.replace('_', ' ')}"


def _ends(reason: ReasonToExplain) -> list[str]:
    """Words for the ends of what a feature ranges over, where it is named for one of them."""
    names = " ".join(feature_names(reason)).lower()
    found = []
    if re.search(r"smallest|lowest|(?<![a-z])min", names):
        found.append("minimum smallest lowest least minimo menor")
    if re.search(r"worst|highest|largest|(?<![a-z])max", names):
        found.append("maximum highest largest worst peak maximo mayor peor")
    return found


def named_value(value: str) -> str:
    """What a category's value names, without what else somebody may have typed there.

    A category is a name or a kind: "Equifax", "manufactured home". Sentences after it are
    applicants' text, perhaps instructions to the writer, and let nothing be said.
    """
    name = re.split(r"[.:;!?\n\r<>{}\[\]]|--|\u2014|\bSYSTEM\b", value, maxsplit=1)[0]
    words = name.split()
    if len(words) > LONGEST_NAME or COMMAND.match(name):
        return ""
    return name


def feature_names(reason: ReasonToExplain) -> list[str]:
    """The features behind a reason, by name."""
    return [fact.feature for fact in reason.facts] + [fact.label for fact in reason.facts]


def _is_absent(fact: Fact) -> bool:
    return fact.value in (False, 0) or fact.value == "false"


def _with_what_it_brings(tags: Tags) -> Tags:
    grown = set(tags)
    if {"t:balance", "t:limit"} <= grown:
        grown.add("t:utilization")
    for tag in tuple(grown):
        grown.update(BRINGS.get(tag, ()))
    if "t:utilization" in grown:
        grown.update(BRINGS["t:utilization"])
    return frozenset(grown)


def _sides(reason: ReasonToExplain, own: Tags) -> frozenset[Side]:
    told: set[Side] = {fact.adverse for fact in reason.facts if fact.adverse is not None}
    if told:
        return frozenset(told)
    if reason.side is not None:
        told.add(reason.side)
    named_so = set(roots(" ".join(feature_names(reason)).replace("_", " ")))
    if "high" in own or named_so & {"over", "above", "high", "exceed"}:
        told.add("high")
    if "low" in own or named_so & {"under", "below", "low"}:
        told.add("low")
    return frozenset(told)


def _windows(names: str) -> Iterable[Decimal]:
    lowered = names.lower()
    for digits, unit in WINDOW.findall(lowered.replace("_", "__").replace("__", "_")):
        yield in_months(Decimal(digits), WINDOW_UNITS[unit[0]])
    for match in re.finditer(r"(?<=_)(\d+)(m|y|d)(?=_|$|\s)", lowered):
        yield in_months(Decimal(match[1]), WINDOW_UNITS[match[2]])


def in_months(value: Decimal, unit: str) -> Decimal:
    """A stretch of time in months."""
    match unit:
        case "years":
            return value * 12
        case "quarters_of_year":
            return value * 3
        case "half_years":
            return value * 6
        case "days":
            return value / 30
        case "weeks":
            return value * 7 / 30
        case "decades":
            return value * 120
        case _:
            return value
