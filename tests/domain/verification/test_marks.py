"""Quoted words, legal addresses, numbers of a list and codes are found and told apart."""

import pytest

from app.domain.explanation import EvidencePassage
from app.domain.verification.marks import cited, codes, is_address_of, numbered, quoted

HELD = (
    EvidencePassage("12 CFR 1002.9(b)(2)", "text", "in force"),
    EvidencePassage("Regulation B, official comment 9(b)(2)-5", "text", "in force"),
    EvidencePassage("GDPR Article 22(3)", "text", "in force"),
)


@pytest.mark.parametrize(
    "address",
    [
        "12 CFR 1002.9(b)(2)",
        "section 12 CFR § 1002.9",
        "15 U.S.C. 1691",
        "comment 9(b)(2)-5",
        "comment -5",
        "Regulation B",
        "Reg. B",
        "9(b)(2)",
        "Article 22(3) GDPR",
        "Article 22 of the UK GDPR",
        "§ 1002.9(b)",
        "Appendix C",
        "Sample Form C-1",
        "ECOA",
        "AI Act",
        "Equal Credit Opportunity Act",
        "comentario 9(b)(2)-5",
        "artículo 22",
        "sección 9",
        "RGPD",
        "Reglamento B",
    ],
)
def test_a_legal_address_is_found_whole(address: str) -> None:
    assert [one.text for one in cited(f"as {address} says")] == [address]


def test_plain_words_are_no_address() -> None:
    assert cited("your application form and the 12 accounts of the last section") == []


@pytest.mark.parametrize(
    ("address", "is_held"),
    [
        ("12 CFR 1002.9(b)(2)", True),
        ("12 CFR § 1002.9(b)", True),
        ("1002.9", True),
        ("section 1002.9(b)(2)", True),
        ("Reg. B", True),
        ("comment 9(b)(2)-5", True),
        ("comentario 9(b)(2)-5", True),
        ("article 22 GDPR", True),
        ("artículo 22(3) RGPD", True),
        ("12 CFR 1002.9(b)(3)", False),
        ("12 CFR 1002.14", False),
        ("article 21 GDPR", False),
        ("Appendix C", False),
        ("", False),
    ],
)
def test_an_address_is_that_of_a_passage_or_holds_it(
    address: str,
    is_held: bool,  # noqa: FBT001 -- a column
) -> None:
    assert is_address_of(address, HELD) is is_held


def test_nothing_is_the_address_of_no_passage() -> None:
    assert not is_address_of("12 CFR 1002.9", ())


def test_quoted_words_are_found_with_their_marks() -> None:
    text = "it says \u201cmust be specific\u201d and \"so on\" and \u00abser clara\u00bb, not 'a'"
    assert [one.text for one in quoted(text)] == ["must be specific", "so on", "ser clara"]
    first = quoted(text)[0]
    assert text[first.start : first.end] == "\u201cmust be specific\u201d"


def test_the_numbers_of_a_list_are_found() -> None:
    assert [one.text for one in numbered("(1) your debts; 2) your history")] == ["1", "2"]
    assert [one.text for one in numbered("3. Your history")] == ["3"]
    assert numbered("about 2 years (b)(2)") == []


def test_a_reason_code_is_found() -> None:
    assert [one.text for one in codes("C1-09 and X-RV-01, not X-RV-1")] == ["C1-09", "X-RV-01"]
