"""Which reason a word of a summary speaks of: the one whose topics stand nearest."""

from collections.abc import Sequence

from app.domain.verification.lexicon import Term
from app.domain.verification.licence import Licence
from app.domain.verification.tags import MANY_TOPICS
from app.domain.verification.texts import Text


def nearest(
    term: Term, terms: Sequence[Term], text: Text, *, follows: bool = False
) -> tuple[Licence, ...]:
    """The reasons spoken of nearest to a term, first in its own clause; all if none is.

    With `follows` what comes after is nearer: "no credit file", "lack of savings".
    """
    if len(text.licences) == 1:
        return text.licences
    at = next(place for place, other in enumerate(terms) if other is term)
    best: tuple[bool, int] | None = None
    chosen = text.licences
    for place, other in enumerate(terms):
        if other.sentence != term.sentence or is_of_product(other, text):
            continue
        spoken = _spoken_of(other, text.licences)
        if not spoken or len(spoken) == len(text.licences):
            continue
        distance = 2 * (at - place) if follows and place < at else abs(place - at)
        key = (other.clause != term.clause, distance)
        if best is None or key < best:
            best, chosen = key, spoken
    return chosen


def is_of_product(term: Term, text: Text) -> bool:
    """Whether a term only names what was applied for."""
    return bool(term.roots) and term.roots <= text.product


def tells(term: Term, licence: Licence, licences: Sequence[Licence]) -> bool:
    """Whether a term speaks of this reason and of no other."""
    topics = term.topics
    if not topics & licence.subjects or len(topics) > MANY_TOPICS:
        return False
    return not any(topics & other.subjects for other in licences if other is not licence)


def _spoken_of(term: Term, licences: Sequence[Licence]) -> tuple[Licence, ...]:
    """The reasons whose topics a term names; a word of many topics names none."""
    topics = term.topics
    if len(topics) > MANY_TOPICS:
        return ()
    return tuple(licence for licence in licences if topics & licence.subjects)
