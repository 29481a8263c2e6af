"""Whether a number stands with the words of its own fact and not with those of another."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from app.domain.explanation import Fact
from app.domain.verification.figures.facts import readings
from app.domain.verification.figures.stated import Figures, Match
from app.domain.verification.lexicon import Term
from app.domain.verification.licence import Licence
from app.domain.verification.naming import named, tags_of_name
from app.domain.verification.quantities import Quantity
from app.domain.verification.text import CLAUSE_END, Span, folded, rooted, roots
from app.domain.verification.topics import ALWAYS
from app.domain.verification.words.reading import lexicon_of

NEXT_FIGURE: Final = re.compile(
    rf"{CLAUSE_END.pattern}|\b(?:and|while|whereas|but|against|y|e|mientras|frente a)\b"
)
# Words for the part of a feature's name that tells it from its likes.
VARIANTS: Final = tuple(
    (re.compile(rf"(?<![a-z])(?:{named_so})(?![a-z])"), rooted(words))
    for named_so, words in (
        (
            "now|current",
            "now current currently today present presently hoy actual actualmente vigente",
        ),
        ("max|highest|worst|peak", "maximum max highest peak worst fullest maximo pico mayor alto"),
        (
            "avg|average|mean",
            "average averaged averages avg mean promedio media medio promediaron",
        ),
        ("min|smallest|lowest", "minimum min lowest smallest minimo menor"),
        ("prior|previous", "prior previous before earlier anterior previo pasado"),
        ("last|latest", "last latest ultimo ultima reciente"),
        ("total|sum|paid", "total altogether together sum suma conjunto"),
    )
)
DENIED: Final = re.compile(
    r"(?:\bnot(?: even| quite)?|n't|\bnever|\bno) (?:\w+ ){0,2}$"
    r"|(?:\bno (?:lleg|alcanz|super)\w* (?:a )?)$",
    re.IGNORECASE,
)


def is_denied(stated: Quantity, matches: Sequence[Match], figures: Figures) -> bool:
    """Whether a number is denied: "did not reach 14 months"."""
    if any(match.licence.is_absence for match in matches):
        return False
    clause = CLAUSE_END.split(figures.before(stated))[-1]
    return DENIED.search(clause) is not None


def belongs_elsewhere(
    stated: Quantity, matches: Sequence[Match], figures: Figures, licences: Sequence[Licence]
) -> bool:
    """Whether the words nearest to a number are those of another fact than the ones it states."""
    others = [
        other
        for licence in licences
        for fact in licence.facts
        if _may_be_stated(fact, stated) and (other := Match(licence, fact)) not in matches
    ]
    if not others:
        return False
    mine, theirs = _telling(matches, others), _telling(others, matches)
    nearest: int | None = None
    is_other = False
    for term, distance in _terms_near(stated, figures):
        said = {f"tag:{tag}" for tag in term.tags} | {f"root:{folded(one)}" for one in term.roots}
        is_mine, is_theirs = bool(said & mine), bool(said & theirs)
        if is_mine != is_theirs and (nearest is None or distance < nearest):
            nearest, is_other = distance, is_theirs
    return is_other


def _may_be_stated(fact: Fact, stated: Quantity) -> bool:
    if not isinstance(fact.value, Decimal) or fact.unit == "flag":
        return False
    return any(unit == stated.unit for _, unit in readings(fact.value, fact))


def _terms_near(stated: Quantity, figures: Figures) -> Iterator[tuple[Term, int]]:
    """The terms of a number's own clause with their distance, save those nearer to another."""
    sentence = figures.sentence_of(stated)
    first, last = _clause(figures.text, stated, sentence)
    spans = figures.spans
    for term in lexicon_of(figures.language).read(sentence.text):
        start, end = sentence.start + term.start, sentence.start + term.end
        if not first <= start < last:
            continue
        if any(a <= start and end <= b for a, b in spans):
            continue
        distance = _gap(stated, start, end)
        if any(_gap(other, start, end) < distance for other in figures.stated):
            continue  # the word goes with another number
        yield term, distance


def _gap(stated: Quantity, start: int, end: int) -> int:
    return stated.start - end if end <= stated.start else start - stated.end


def _clause(text: str, stated: Quantity, sentence: Span) -> tuple[int, int]:
    start, end = sentence.start, sentence.end
    for match in NEXT_FIGURE.finditer(text, sentence.start, sentence.end):
        if match.end() <= stated.start:
            start = match.end()
        elif match.start() >= stated.end:
            return start, match.start()
    return start, end


def _telling(some: Sequence[Match], others: Sequence[Match]) -> set[str]:
    """Words and tags that the one facts' names have and the others' have not."""
    is_of_several = len({id(match.licence) for match in (*some, *others)}) > 1

    def said(matches: Sequence[Match]) -> set[str]:
        return set().union(
            *(_said_by_fact(match.fact) for match in matches),
            *(_said_by_reason(match.licence) for match in matches if is_of_several),
        )

    return said(some) - said(others)


def _said_by_fact(fact: Fact) -> set[str]:
    return {
        *(f"root:{one}" for one in roots(named(fact))),
        *(f"root:{one}" for one in _variant(fact)),
        *(f"tag:{tag}" for tag in tags_of_name(named(fact)) - ALWAYS if tag.startswith("t:")),
    }


def _said_by_reason(licence: Licence) -> set[str]:
    return {
        *(f"root:{one}" for one in licence.own_roots),
        *(f"tag:{tag}" for tag in licence.own_tags if tag.startswith("t:")),
    }


def _variant(fact: Fact) -> frozenset[str]:
    name = f"{fact.feature} {fact.label}".lower()
    return frozenset().union(*(words for named_so, words in VARIANTS if named_so.search(name)))
