"""Which clauses of a text restate the law faithfully, and so need no fact to carry them."""

from collections.abc import Sequence
from typing import Final

from app.domain.explanation import Dossier
from app.domain.verification.lexicon import Term
from app.domain.verification.quantities import Quantity
from app.domain.verification.reading import Reading
from app.domain.verification.rules import is_restated, speaks_of_law
from app.domain.verification.text import listed, root, rooted

TO_READER: Final = listed("you your you're usted su sus tu tus")
LAW: Final = rooted(
    "law regulation rule rules statute commentary act section article comment interpretation"
    " appendix must required requires require duty obliged entitled has have exige obliga"
    " norma normas ley reglamento comentario art\u00edculo regla interpretaci\u00f3n ap\u00e9ndice"
)


def restated_clauses(reading: Reading, dossier: Dossier) -> frozenset[int]:
    """Return the clauses that restate a passage in force.

    A sentence is tried as a whole, and where that fails each clause of it that speaks of law.
    """
    found: set[int] = set()
    for sentence in {term.sentence for term in reading.terms}:
        terms = [term for term in reading.terms if term.sentence == sentence]
        is_named = sentence in reading.law_sentences
        if not is_named and not speaks_of_law(terms):
            continue
        clauses = {term.clause for term in terms}
        if _restates(reading, terms, dossier, is_named=is_named):
            found |= clauses
            continue
        for clause in clauses:
            part = [term for term in terms if term.clause == clause]
            if speaks_of_law(part) and _restates(reading, part, dossier, is_named=False):
                found.add(clause)
    return frozenset(found)


def _restates(reading: Reading, terms: Sequence[Term], dossier: Dossier, *, is_named: bool) -> bool:
    """Whether terms restate a passage; what is told of "you" must name a law or a duty.

    "You failed to achieve a qualifying score" stands in a passage, and is told of nobody there.
    """
    if not is_named and _addresses_reader(terms) and not _names_law(terms):
        return False
    stated = _stated_in(reading, {term.clause for term in terms})
    return is_restated(terms, stated, dossier, dossier.language)


def _addresses_reader(terms: Sequence[Term]) -> bool:
    return any(word.lower in TO_READER for term in terms for word in term.words)


def _names_law(terms: Sequence[Term]) -> bool:
    return any(root(word.text) in LAW for term in terms for word in term.words)


def _stated_in(reading: Reading, clauses: set[int]) -> list[Quantity]:
    return [one for one in reading.figures.stated if reading.clause_at(one.start) in clauses]
