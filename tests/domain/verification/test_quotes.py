"""A quote stands in its passage word for word, the passage is in force, and it bears."""

from dataclasses import replace

import pytest

from app.domain.explanation import Citation, EvidencePassage, Statement
from app.domain.models import ReasonCode
from app.domain.verification.licence import licence_of
from app.domain.verification.quotes import (
    bears,
    check_quotes,
    find_quote,
    holds,
    is_in_force,
    is_torn,
)
from tests.domain.verification.cases import HISTORY, RULE, dossier

PASSAGE = EvidencePassage(
    "a", "The creditor  must\ngive specific reasons. Notice is given.", "in force"
)


@pytest.mark.parametrize(
    ("quote", "span"),
    [
        ("The creditor must give", (0, 22)),
        ("must give specific", (14, 32)),
        ("Notice is given.", (42, 58)),
        ("ust give specific", None),
        ("must give specif", None),
        ("mustgive specific", None),
        ("must not give", None),
        ("must specific", None),
        ("", None),
    ],
)
def test_a_quote_is_found_across_white_space_and_on_whole_words(
    quote: str, span: tuple[int, int] | None
) -> None:
    found = find_quote(quote, PASSAGE)
    assert found == span or (
        found is not None and PASSAGE.text[slice(*found)].split() == quote.split()
    )
    assert (found is None) is (span is None)


def test_a_second_occurrence_is_found_where_the_first_is_part_of_a_word() -> None:
    assert find_quote("give", EvidencePassage("a", "forgive, give", "in force")) == (9, 13)


@pytest.mark.parametrize(
    ("quote", "is_held"),
    [
        ("The creditor ... specific reasons", True),
        ("The creditor [\u2026] Notice is given.", True),
        ("specific reasons ... The creditor", False),
        ("The creditor ... vague reasons", False),
        ("...", False),
    ],
)
def test_dots_leave_words_out_and_keep_their_order(
    quote: str,
    is_held: bool,  # noqa: FBT001 -- a column
) -> None:
    assert holds(quote, PASSAGE) is is_held


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("in force", True),
        (" In force ", True),
        ("in force; partly superseded", True),
        ("final", True),
        ("effective 2023", True),
        ("vigente", True),
        ("in force until 2020", False),
        ("in force from 2030", False),
        ("withdrawn", False),
        ("final, since withdrawn", False),
        ("draft", False),
        ("", False),
    ],
)
def test_only_what_is_in_force_is_cited_as_current(
    status: str,
    expected: bool,  # noqa: FBT001 -- a column
) -> None:
    assert is_in_force(EvidencePassage("a", "b", status)) is expected


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("must be specific", True),
        ("the length of credit history", True),
        ("a copy of each appraisal", False),
        ("retain for 25 months the principal reasons", True),
        ("retain for 25 months the reasons", False),
        ("the creditor must act for the applicant", False),
    ],
)
def test_a_quote_bears_on_reasons_or_on_the_factor(
    quote: str,
    expected: bool,  # noqa: FBT001 -- a column
) -> None:
    assert bears(quote, licence_of(HISTORY, 1)) is expected


@pytest.mark.parametrize(
    ("citations", "rules"),
    [
        ((), ["citation-missing"]),
        ((Citation(RULE.citation, "must be specific and indicate"),), []),
        ((Citation("12  CFR 1002.9(B)(2)", "must be specific and indicate"),), []),
        ((Citation("12 CFR 1002.10", "must be specific and indicate"),), ["passage-unknown"]),
        ((Citation(RULE.citation, "must be vague"),), ["quote-verbatim"]),
        ((Citation(RULE.citation, "must be"),), ["quote-verbatim"]),
        ((Citation("old", "must be specific"),), ["passage-not-in-force"]),
        ((Citation("other", "copy of each appraisal"),), ["quote-off-subject"]),
    ],
)
def test_a_citation_proves_or_is_found_under_its_rule(
    citations: tuple[Citation, ...], rules: list[str]
) -> None:
    others = (
        EvidencePassage("old", "It must be specific.", "withdrawn"),
        EvidencePassage("other", "A copy of each appraisal.", "in force"),
        EvidencePassage("other", "Send a copy of each appraisal.", "in force"),
    )
    held = replace(dossier(HISTORY), passages=(RULE, *others))
    statement = Statement(ReasonCode("X"), "", citations)
    found = list(check_quotes(statement, licence_of(HISTORY, 1), held, "here"))
    assert [finding.rule for finding in found] == rules
    assert all(finding.where == "here" for finding in found)


@pytest.mark.parametrize(
    ("text", "quote", "expected"),
    [
        ("A creditor need not describe how or why.", "describe how or why", True),
        ("The notice must not be specific.", "be specific", True),
        ("They are not reasons that must be given.", "reasons that must be given", True),
        ("These are not the statement that must be given.", "the statement that must be given", True),
        ("These are not the factors actually used.", "the factors actually used", False),
        ("The notice must be specific, not vague.", "must be specific", False),
        ("A creditor need not describe how or why.", "need not describe how or why", False),
    ],
)  # fmt: skip
def test_a_quote_keeps_the_word_that_denies_it(
    text: str,
    quote: str,
    expected: bool,  # noqa: FBT001 -- a column
) -> None:
    assert is_torn(quote, EvidencePassage("a", text, "in force")) is expected
