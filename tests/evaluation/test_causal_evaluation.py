"""A claim does not outlive the passage that it cites."""

import json
from typing import Any

import pytest

from app.domain.errors import InvalidFields
from app.domain.verification.verify import findings_of
from app.evaluation.causal import alterations, evaluate_citations, negate, read_cases
from app.resources import seed_catalogue

CATALOGUE = seed_catalogue()
PASSAGE = {
    "citation": "12 CFR 1002.9(b)(2)",
    "text": "The statement of reasons for adverse action must be specific and\n"
    "indicate the principal reason(s) for the adverse action.",
    "status": "in force",
}
QUOTE = "must be specific and indicate the principal reason(s) for the adverse action"


def case(**changes: Any) -> dict[str, Any]:
    reply = {
        "summary": "Your application for a personal loan was declined for the reason below.",
        "reasons": [
            {
                "code": "C1-09",
                "statement": "Your obligations are excessive in relation to your income.",
                "citations": [{"citation": PASSAGE["citation"], "quote": QUOTE}],
            }
        ],
    }
    return {
        "id": "c-1",
        "audience": "customer",
        "language": "en",
        "decision": {
            "action": "declined",
            "product": "personal-loan",
            "decided_at": "2026-10-01T12:00:00Z",
            "score": {"value": 547, "min": 300, "max": 850},
        },
        "principal_reasons": [
            {
                "code": "C1-09",
                "statement": "Excessive obligations in relation to income",
                "facts": [
                    {"feature": "dti", "value": 0.47, "unit": "ratio", "adverse": "high"},
                ],
            }
        ],
        "passages": [PASSAGE],
        "reply": json.dumps(reply),
        "faithful": True,
        "defect": None,
        **changes,
    }


def lines(*cases: dict[str, Any]) -> list[str]:
    return [json.dumps(each) for each in cases]


def test_no_claim_survives_what_is_done_to_its_passage() -> None:
    report = evaluate_citations(read_cases(lines(case()), CATALOGUE))
    assert (report.cases, report.left_out, report.claims) == (1, 0, 1)
    survivors = {survivor.partition(", ")[2] for survivor in report.survivors}
    # What a passage means, beyond the words quoted, is not the verifier's to read yet.
    assert survivors <= {"negated-and-quoted", "negated-before"}
    assert set(report.by_alteration) == {
        "removed",
        "negated",
        "negated-and-quoted",
        "negated-before",
        "other-text",
        "cited-elsewhere",
        "quoted-elsewhere",
        "superseded",
        "withdrawn",
    }


def test_an_alteration_changes_the_passage_and_never_the_claim() -> None:
    (read,) = read_cases(lines(case()), CATALOGUE)
    for altered in alterations(read, 0, 0):
        assert altered.draft.statements[0].text == read.draft.statements[0].text
        assert altered.draft.statements[0].code == read.draft.statements[0].code
        assert (altered.draft, altered.dossier) != (read.draft, read.dossier), altered.kind


def test_the_negated_passage_holds_the_negated_quote() -> None:
    (read,) = read_cases(lines(case()), CATALOGUE)
    (altered,) = [a for a in alterations(read, 0, 0) if a.kind == "negated-and-quoted"]
    quote = altered.draft.statements[0].citations[0].quote
    assert quote.startswith("must not be specific")
    assert quote in altered.dossier.passages[0].text
    rules = {finding.rule for finding in findings_of(altered.draft, altered.dossier)}
    assert "quote-verbatim" not in rules


def test_what_does_not_pass_as_it_stands_is_left_out() -> None:
    withdrawn = case(passages=[{**PASSAGE, "status": "withdrawn"}])
    unfaithful = case(faithful=False)
    report = evaluate_citations(read_cases(lines(withdrawn, unfaithful), CATALOGUE))
    assert (report.cases, report.left_out, report.tried) == (1, 1, 0)


@pytest.mark.parametrize(
    ("quote", "turned"),
    [
        ("must be specific", "must not be specific"),
        ("the reasons are disclosed", "the reasons are not disclosed"),
        ("Bankruptcy", "not Bankruptcy"),
        ("Income insufficient for credit", "Income not insufficient for credit"),
    ],
)
def test_a_quote_is_turned_into_its_opposite(quote: str, turned: str) -> None:
    assert negate(quote) == turned


@pytest.mark.parametrize("line", ["{", '{"id": "x", "faithful": true}', "[]"])
def test_a_case_that_cannot_be_read_is_named(line: str) -> None:
    with pytest.raises(InvalidFields, match="/1"):
        list(read_cases([line], CATALOGUE))
