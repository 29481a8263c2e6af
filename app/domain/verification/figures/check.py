"""Every number a text states is a fact of the reason it speaks of, in a unit that keeps it."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from app.domain.explanation import Dossier, Finding
from app.domain.verification.figures.counts import (
    counts_facts,
    counts_reasons,
    counts_something_else,
    counts_the_one,
)
from app.domain.verification.figures.facts import NEGATED_ONE, is_named, stated_facts
from app.domain.verification.figures.places import belongs_elsewhere, is_denied
from app.domain.verification.figures.ratios import is_told_as_difference, is_turned
from app.domain.verification.figures.score import is_of_score
from app.domain.verification.figures.stated import Figures
from app.domain.verification.figures.windows import is_ago, is_window
from app.domain.verification.quantities import Quantity, misformatted
from app.domain.verification.texts import ReasonText, Text

MISPLACED = (is_denied, is_ago, counts_something_else, is_told_as_difference, is_turned)


def check_figures(figures: Figures, text: Text, dossier: Dossier) -> Iterator[tuple[int, Finding]]:
    """Find numbers that no fact carries or that stand with another fact, each with its place."""
    for written in misformatted(figures.text, figures.language):
        yield 0, Finding("number-format", written, text.where)
    for stated in figures.stated:
        if _is_no_fact(stated, figures, text, dossier):
            continue
        rule = _rule_broken(stated, figures, text)
        if rule is not None:
            yield stated.start, Finding(rule, stated.words, text.where)


def _is_no_fact(stated: Quantity, figures: Figures, text: Text, dossier: Dossier) -> bool:
    """Whether a number stands for something else than a fact, and rightly."""
    return (
        is_of_score(stated, figures, dossier)
        or counts_reasons(stated, text, figures, dossier)
        or (isinstance(text, ReasonText) and counts_facts(stated, text.licence, figures))
        or any(
            is_window(stated, licence, figures) or counts_the_one(stated, licence)
            for licence in text.licences
        )
    )


def _rule_broken(stated: Quantity, figures: Figures, text: Text) -> str | None:
    before = figures.before(stated)
    if stated.value == 0 and before.rstrip().endswith(("below", "bajo")):
        return None  # "below zero" is a sign
    if stated.value == 1 and NEGATED_ONE.search(before):
        stated = replace(stated, value=Decimal(0))  # "not one" is none
    matches = stated_facts(stated, text.licences, figures)
    if not matches:
        return None if any(is_named(stated, one) for one in text.licences) else "number-unproved"
    is_misplaced = any(check(stated, matches, figures) for check in MISPLACED)
    if is_misplaced or belongs_elsewhere(stated, matches, figures, text.licences):
        return "number-misplaced"
    return None
