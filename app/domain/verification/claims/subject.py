"""A statement says which factor it is about, and every aspect that makes it that factor."""

import re
from collections.abc import Iterator
from typing import Final

from app.domain.explanation import Finding
from app.domain.verification.lexicon import Tags
from app.domain.verification.licence import Licence
from app.domain.verification.reading import Reading
from app.domain.verification.tags import NEGATING
from app.domain.verification.texts import ReasonText

ENOUGH_FOR_RATIO: Final = 2  # of its two sides both are named
DENIAL: Final = re.compile(
    r"\b(?:no|not|never|without|cannot|incomplete|missing|out of (?:our )?reach|un\w+ed|un\w+able"
    r"|freeze|frozen)\b|n't\b|=\s*(?:0|false)\b",
    re.IGNORECASE,
)
# A flag is told as set by these, and as not set by those.
HAVING: Final = re.compile(
    r"\b(?:own|owns|owned|owner|homeowner|employed|propietari\w+|due\u00f1\w|emplead\w|tiene)\b",
    re.IGNORECASE,
)
RENTING: Final = re.compile(
    r"\b(?:rent\w*|tenant|lease\w*|unemployed|alquil\w*|inquilin\w*|arrend\w*|desemplead\w"
    r"|other than)\b",
    re.IGNORECASE,
)
WITH_US: Final = re.compile(
    r"\bwith (?:us|our (?:bank|company|credit union))\b|\bcon nosotros\b", re.IGNORECASE
)
# The time since a delinquency is not how long one stands.
STANDING: Final = re.compile(
    r"(?:is|are|been|was|were) (?:delinquent|past due|late|behind) for\b"
    r"|est\u00e1n? en mora desde|lleva\w* .{0,20}en mora",
    re.IGNORECASE,
)


def check_subject(reading: Reading, text: ReasonText) -> Iterator[Finding]:
    """Find statements that are not about their reason, or about another one beside it."""
    licence, where = text.licence, text.where
    said = _topics_said(reading, licence)
    if not _names_factor(reading, licence, said):
        yield Finding("reason-not-stated", text.text, where)
    missing = licence.aspects - said
    if reading.figures.has_time:
        missing -= {"t:severity"}  # how late is how severe
    if missing:
        yield Finding("reason-not-stated", ", ".join(sorted(missing)), where)
    if "t:with_others" in licence.own_tags and WITH_US.search(text.text):
        yield Finding("factor-unproved", "with us", where)
    if "t:since" in licence.aspects and STANDING.search(text.text):
        yield Finding("reason-not-stated", text.text, where)
    if _contradicts_flag(text, said) or (licence.is_absence and not _tells_absence(text, said)):
        yield Finding("negation-missing", text.text, where)


def _topics_said(reading: Reading, licence: Licence) -> Tags:
    lexicon = reading.lexicon
    said: set[str] = set()
    for term in reading.terms:
        said |= term.tags.union(*(lexicon.tags_of(word.lower) for word in term.words))
    if reading.figures.has_time:
        said |= {"t:length", "t:since"}
    if "t:utilization" in said:
        said |= {"t:revolving", "t:balance", "t:limit"}
    if "t:payment" in said & licence.tags:
        said |= {"t:debt"}
    return frozenset(said)


def _names_factor(reading: Reading, licence: Licence, said: Tags) -> bool:
    """Whether enough of the factor's topics are named, or of its statement's own words."""
    wanted = licence.subjects or licence.own_tags
    needed = ENOUGH_FOR_RATIO if "t:proportion" in licence.own_tags else 1
    if len(wanted & said) >= min(needed, len(wanted)):
        return True
    spoken = frozenset[str]().union(*(term.roots for term in reading.terms))
    return len(licence.own_roots & spoken) >= needed


def _contradicts_flag(text: ReasonText, said: Tags) -> bool:
    """Whether a flag that is not set is told as if it were: "you are the owner of your home"."""
    if not any(fact.unit == "flag" and fact.value == 0 for fact in text.licence.facts):
        return False
    denies = said & NEGATING or DENIAL.search(text.text) or RENTING.search(text.text)
    return bool(HAVING.search(text.text)) and not denies


def _tells_absence(text: ReasonText, said: Tags) -> bool:
    """Whether a reason that something is not there is told as such."""
    denials = NEGATING | {"low", "enough"} | (text.licence.own_tags & {"bad"})
    return bool(said & denials or DENIAL.search(text.text))
