"""Causes and breadth: a sentence names no cause of a fact, and nothing wider than its factor."""

from collections.abc import Iterator, Sequence

from app.domain.explanation import Finding
from app.domain.verification.lexicon import Term
from app.domain.verification.tags import DECIDING
from app.domain.verification.texts import SummaryText, Text


def check_causes(terms: Sequence[Term], text: Text) -> Iterator[Finding]:
    """A cause may be named of the decision; of a fact only where the reason itself names it."""
    if isinstance(text, SummaryText):
        return  # what it names as causes are reasons, or words that no reason lets stand
    names_cause = any("caus" in root for one in text.licences for root in one.own_roots)
    tells_flag = any(fact.unit == "flag" for one in text.licences for fact in one.facts)
    is_since = any("t:since" in one.aspects for one in text.licences)
    for term in terms:
        if (
            "cause" not in term.tags
            or names_cause
            or tells_flag
            or ("t:since" in term.tags and is_since)
        ):
            continue
        around = (other for other in terms if other.sentence == term.sentence)
        if not any(other.tags & DECIDING for other in around):
            yield Finding("cause-unproved", term.text, text.where)


def check_breadth(terms: Sequence[Term], text: Text) -> Iterator[Finding]:
    """A sentence says no more than its factor: not "your finances as a whole"."""
    for term in terms:
        if "broad" in term.tags and not any(term.roots <= one.roots for one in text.licences):
            yield Finding("factor-broadened", term.text, text.where)
