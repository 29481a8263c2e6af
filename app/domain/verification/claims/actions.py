"""What is said to have been done is what was done."""

from collections.abc import Iterator, Sequence
from typing import Final

from app.domain.decisions import Action
from app.domain.explanation import Dossier, Finding
from app.domain.verification.claims.negation import is_denied
from app.domain.verification.lexicon import Term
from app.domain.verification.tags import CHECKED, NEGATING
from app.domain.verification.texts import Text

# Of which actions each kind of word may be said.
ACTIONS: Final[dict[str, frozenset[Action]]] = {
    "declined": frozenset({"declined"}),
    "approved": frozenset({"approved", "less_favorable_terms"}),
    "countered": frozenset({"counteroffer", "less_favorable_terms", "terms_changed"}),
    "closed": frozenset({"account_terminated"}),
    "changed": frozenset({"terms_changed", "less_favorable_terms", "counteroffer"}),
    "incomplete_application": frozenset({"incomplete"}),
}
OTHER_CLAIMS: Final = CHECKED - ACTIONS.keys()


def check_actions(terms: Sequence[Term], text: Text, dossier: Dossier) -> Iterator[Finding]:
    """Find actions told that are not the decision's."""
    tells_offer = any(
        "countered" in term.tags and not is_denied(terms, at) for at, term in enumerate(terms)
    )
    for at, term in enumerate(terms):
        meant = term.tags & ACTIONS.keys()
        if not meant or "plain" in term.tags or _is_of_reason(term, text):
            continue
        if any(dossier.action in ACTIONS[tag] for tag in meant):
            is_true = not _follows_negation(terms, at)
        else:
            is_true = _is_otherwise_true(terms, at, dossier, tells_offer=tells_offer)
        if not is_true:
            yield Finding("action-misstated", term.text, text.where)


def _is_of_reason(term: Term, text: Text) -> bool:
    """Whether a reason is about it: a "closed" account may be a factor."""
    return any(
        term.tags & licence.tags or term.roots <= licence.own_roots for licence in text.licences
    )


def _follows_negation(terms: Sequence[Term], at: int) -> bool:
    """Whether the term right before only denies: "not declined"."""
    before = terms[at - 1].tags if at else frozenset()
    return bool(before) and before <= NEGATING


def _is_otherwise_true(
    terms: Sequence[Term], at: int, dossier: Dossier, *, tells_offer: bool
) -> bool:
    """Whether a word for another action is true: "not approved", or what an offer replaced."""
    term = terms[at]
    not_approved = "approved" in term.tags and is_denied(terms, at)
    if not_approved and dossier.action == "declined":
        return True
    is_offer = dossier.action == "counteroffer" and tells_offer
    if is_offer and (not_approved or "declined" in term.tags):
        return True
    # A word of two meanings is left to the check of the other.
    return "x:promise" not in term.tags and bool(term.tags & OTHER_CLAIMS)
