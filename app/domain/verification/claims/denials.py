"""What is denied is absent by the reason, and what is praised counted against nobody."""

from collections.abc import Iterator, Sequence
from typing import Final

from app.domain.explanation import Dossier, Finding
from app.domain.verification.claims.actions import ACTIONS
from app.domain.verification.claims.nearest import nearest
from app.domain.verification.claims.negation import denies, is_denied
from app.domain.verification.lexicon import Term
from app.domain.verification.licence import Licence, product_roots
from app.domain.verification.tags import NEGATING
from app.domain.verification.text import listed
from app.domain.verification.texts import SummaryText, Text

SPANISH_NOT: Final = listed("no ni nunca tampoco")
TURNED: Final = listed("high low enough good")  # what a negation turns round
GRANTED: Final = listed("grant approved")
REFUSING: Final = frozenset({"declined", "counteroffer", "incomplete", "terms_changed"})
DENIED_OR_PRAISED: Final = NEGATING | {"good", "bad", "against"}
NO_CLAIM: Final = ACTIONS.keys() | {"plain"}


def check_denials(terms: Sequence[Term], text: Text, dossier: Dossier) -> Iterator[Finding]:
    """Find praise, and denials that neither a reason nor the decision makes."""
    for at, term in enumerate(terms):
        if not term.tags & DENIED_OR_PRAISED:
            continue
        licences = nearest(term, terms, text, follows=True)
        if _praises(term, licences[0]) and not is_denied(terms, at, by_verb=True):
            yield Finding("direction-unproved", term.text, text.where)
        if _denies_absence(terms, at):
            yield Finding("negation-unproved", term.text, text.where)
            continue
        if {"bad", "against"} & term.tags and is_denied(terms, at, by_verb=True):
            yield Finding("negation-unproved", term.text, text.where)
        if not term.tags & NEGATING or term.tags & NO_CLAIM:
            continue
        is_absence = any(one.is_absence or "none" in one.tags for one in licences)
        if not is_absence and not _denies_the_decision(terms, at, text, dossier):
            yield Finding("negation-unproved", term.text, text.where)


def _denies_absence(terms: Sequence[Term], at: int) -> bool:
    """Whether what is denied is an absence: "you do not lack a checking account".

    Spanish denies twice and means it once: "no se encontró ninguna".
    """
    term = terms[at]
    if "not" not in term.tags or "none" in term.tags or SPANISH_NOT & {w.lower for w in term.words}:
        return False
    return any(
        "none" in other.tags and "plain" not in other.tags and other.clause == term.clause
        for other in terms[at + 1 : at + 3]
    )


def _praises(term: Term, licence: Licence) -> bool:
    return "good" in term.tags and "plain" not in term.tags and not term.tags & licence.tags


def _denies_the_decision(terms: Sequence[Term], at: int, text: Text, dossier: Dossier) -> bool:
    """Whether a negation turns a side round, which has its check, or tells what was refused."""
    if denies(terms, at, TURNED):
        return True
    if dossier.action not in REFUSING:
        return False
    is_answer = isinstance(text, SummaryText) and _is_the_answer(terms, at, dossier)
    return is_answer or denies(terms, at, GRANTED)


def _is_the_answer(terms: Sequence[Term], at: int, dossier: Dossier) -> bool:
    """Whether "no" is the answer to the application: `the answer is no`, `no card this time`."""
    if terms[at].first != "no":
        return False
    following = terms[at + 1] if at + 1 < len(terms) else None
    if following is None or following.clause != terms[at].clause:
        return True
    is_for_it = following.first in {"from", "to", "for", "on"}
    return is_for_it or following.roots <= product_roots(dossier)
