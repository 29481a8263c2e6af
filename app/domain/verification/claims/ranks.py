"""Ranks and order: the first reason alone is the most important one (Reg B comment 9(b)(2)-5)."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from app.domain.explanation import Finding
from app.domain.verification.claims.actions import ACTIONS
from app.domain.verification.claims.nearest import is_of_product, nearest, tells
from app.domain.verification.lexicon import Term
from app.domain.verification.text import listed
from app.domain.verification.texts import ReasonText, SummaryText, Text

ORDINALS: Final = {"second": 2, "third": 3, "fourth": 4}
# "The main reasons" are all of them.
ALL_REASONS: Final = listed("reasons factors motivos razones factores")


def check_ranks(terms: Sequence[Term], text: Text) -> Iterator[Finding]:
    """Find a rank that is not the reason's, and reasons told in another order than theirs."""
    for at, term in enumerate(terms):
        if not _has_rank(terms, at, text):
            yield Finding("rank-unproved", term.text, text.where)
    if isinstance(text, SummaryText) and not _is_in_order(terms, text):
        yield Finding("reasons-in-order", text.text, text.where)


def _has_rank(terms: Sequence[Term], at: int, text: Text) -> bool:
    """Whether a reason has the rank that a term gives it, if it gives one."""
    is_first = _claims_first(terms[at])
    match text:
        case SummaryText():
            return not is_first or _is_of_first(terms, at, text)
        case ReasonText():
            ranks = {rank for tag, rank in ORDINALS.items() if tag in terms[at].tags}
            return (ranks | {1} if is_first else ranks) <= {text.licence.rank}


def _claims_first(term: Term) -> bool:
    return "top" in term.tags and "plain" not in term.tags


def _is_of_first(terms: Sequence[Term], at: int, text: SummaryText) -> bool:
    following = [word.lower for term in terms[at + 1 : at + 3] for word in term.words]
    if any(word in ALL_REASONS for word in following):
        return True
    clause = [other for other in terms if other.clause == terms[at].clause]
    return any(licence.rank == 1 for licence in nearest(terms[at], clause, text))


def _is_in_order(terms: Sequence[Term], text: SummaryText) -> bool:
    """Whether a summary that lists reasons lists them from the heaviest on."""
    listing = _listing(terms)
    first_told = [
        next(
            (
                at
                for at, term in enumerate(listing)
                if tells(term, licence, text.licences) and not is_of_product(term, text)
            ),
            None,
        )
        for licence in text.licences
    ]
    places = [place for place in first_told if place is not None]
    return all(before < after for before, after in pairwise(places))


def _listing(terms: Sequence[Term]) -> Sequence[Term]:
    """The terms that may list reasons: not the first sentence, where it only tells the action."""
    later = [term for term in terms if term.sentence > 0]
    opening = [term for term in terms if term.sentence == 0]
    tells_action = any(term.tags & ACTIONS.keys() for term in opening)
    return later if tells_action and later else terms
