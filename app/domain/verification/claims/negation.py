"""How far a negation reaches."""

from collections.abc import Sequence
from typing import Final

from app.domain.verification.lexicon import Tags, Term

REACH: Final = 5  # terms between a negation and what it denies
DENYING: Final = frozenset({"not", "unable", "contrast"})


def is_denied(terms: Sequence[Term], at: int, *, by_verb: bool = False) -> bool:
    """Whether a negation stands before a term; with `by_verb` not one that denies a thing."""
    term = terms[at]
    for other in reversed(terms[max(0, at - REACH + 1) : at]):
        if other.sentence != term.sentence or other.clause != term.clause:
            return False
        if other.tags & DENYING and not (by_verb and "none" in other.tags):
            return True
    return False


def denies(terms: Sequence[Term], at: int, denied: Tags) -> bool:
    """Whether a negation falls on a word of these tags: `not high enough`, `could not grant`."""
    for other in terms[at + 1 : at + REACH + 1]:
        if other.clause != terms[at].clause:
            return False
        if other.tags & denied:
            return True
    return False
