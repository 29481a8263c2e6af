"""On which side a value lies: only where the decision, the statement or the catalogue says so."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from app.domain.explanation import Finding, Side
from app.domain.verification.claims.nearest import nearest
from app.domain.verification.claims.negation import is_denied
from app.domain.verification.figures.ratios import sides_of_ratio
from app.domain.verification.lexicon import Tags, Term
from app.domain.verification.text import listed
from app.domain.verification.texts import ReasonText, SummaryText, Text

OPPOSITE: Final[dict[Side, Side]] = {"high": "low", "low": "high"}
# "Eleven months old" and "two years long" measure, and take no side.
MEASURING: Final = listed("old long viejo antiguo antigua")
UNITS: Final = listed("months month years year days yr mo")
ABOVE: Final = re.compile(
    r"(?:was |were |is |are |runs? |ran |stands? )?(?:much )?"
    r"(?:higher|greater|larger|more|bigger) than"
    r"|exceed\w*|above|outstrip\w*|outpace\w*|surpass\w*|outweigh\w*"
    r"|superan?|super\u00f3|superaron|exceden?|excedi\u00f3|rebasan?"
    r"|mayor(?:es)? (?:que|a)|m\u00e1s (?:que|de lo que)|por encima de"
)
RELATIVE: Final = re.compile(
    r"(?:relative|in relation|in proportion) to|as an? (?:share|percentage|part) of"
    r"|en relaci\u00f3n con|respecto (?:a|al|de|del)|frente a(?: sus?| l[ao]s?)?"
)


def check_sides(terms: Sequence[Term], text: Text) -> Iterator[Finding]:
    """Find sides that no reason takes."""
    for at, term in enumerate(terms):
        side = _side_of(term)
        if side is None or "plain" in term.tags or _takes_none(term, text):
            continue
        licences = nearest(term, terms, text)
        denied = is_denied(terms, at)
        if not denied and any(term.roots <= one.roots for one in licences):
            continue  # the reason's own word
        if denied and any(one.is_absence and term.roots <= one.own_roots for one in licences):
            continue  # "the collateral was not sufficient", as the statement says
        taken = OPPOSITE[side] if denied else side
        if not any(taken in one.sides for one in licences):
            yield Finding("direction-unproved", term.text, text.where)


def _side_of(term: Term) -> Side | None:
    if "enough" in term.tags:
        return "high"
    is_high, is_low = "high" in term.tags, "low" in term.tags
    if is_high == is_low:
        return None
    return "high" if is_high else "low"


def _takes_none(term: Term, text: Text) -> bool:
    if isinstance(text, SummaryText) and term.first in {"below", "above"}:
        return True  # where the reasons stand
    if term.first not in MEASURING:
        return False
    before = text.text[max(0, term.start - 12) : term.start].lower().split()
    return bool(before) and before[-1].strip("-") in UNITS


def check_comparisons(terms: Sequence[Term], text: ReasonText) -> Iterator[Finding]:
    """Find ratios turned round: "your income is higher than your spending"."""
    sides = sides_of_ratio(text.licence)
    if sides is None:
        return
    for at, term in enumerate(terms):
        said = " ".join(word.lower for word in term.words)
        if not ABOVE.fullmatch(said) and not RELATIVE.fullmatch(said):
            continue
        before = _side_of_line(reversed(terms[:at]), term, *sides)
        after = _side_of_line(terms[at + 1 :], term, *sides)
        if (before, after) == ("low", "high"):
            yield Finding("direction-unproved", term.text, text.where)


def _side_of_line(others: Iterable[Term], term: Term, over: Tags, under: Tags) -> Side | None:
    """The side of a ratio's line whose topic comes first in the term's sentence."""
    for other in others:
        if other.sentence != term.sentence:
            return None
        is_over, is_under = bool(other.tags & over), bool(other.tags & under)
        if is_over != is_under:
            return "high" if is_over else "low"
    return None
