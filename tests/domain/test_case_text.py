"""Nothing leaves for a model but what is named, and nothing in it can end the data."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.case_text import decision_case, findings_case, reason_case
from app.domain.explanation import (
    Citation,
    Dossier,
    EvidencePassage,
    Fact,
    Finding,
    ReasonToExplain,
    ScoreFact,
)
from app.domain.ids import DecisionId, TenantId
from app.domain.models import ReasonCode

PASSAGE = EvidencePassage(
    "Policy 4.2", "We decline where DTI < 43% does not hold.", "in force", "f00d"
)
REASON = ReasonToExplain(
    ReasonCode("C1-09"),
    "Excessive obligations in relation to income",
    (Fact("dti_secret", "debt payments as a share of income", Decimal("0.47"), "ratio", "high"),),
)
DOSSIER = Dossier(
    DecisionId(UUID(int=0xDEC1DE)),
    "underwriter",
    "en",
    "declined",
    "personal-loan",
    date(2026, 11, 1),
    ScoreFact(Decimal(547), Decimal(300), Decimal(850)),
    (REASON,),
    (PASSAGE,),
    {REASON.code: Citation(PASSAGE.citation, PASSAGE.text)},
    TenantId(UUID(int=0x7E11)),
)


def test_the_case_of_one_reason_is_its_statement_and_facts() -> None:
    assert reason_case(REASON, "en") == (
        "<facts>Reason: Excessive obligations in relation to income. Facts: debt payments as a "
        "share of income stood at 47%, which was too high.</facts>"
    )


def test_the_case_of_a_decision_names_what_may_be_said_and_cited() -> None:
    written = decision_case(DOSSIER)
    case = json.loads(written.removeprefix("<case>").removesuffix("</case>"))
    quote = {"citation": "Policy 4.2", "quote": PASSAGE.text}
    assert case == {
        "audience": "underwriter",
        "action": "declined",
        "product": "personal loan",
        "score": {"value": "547", "min": "300", "max": "850"},
        "reasons": [
            {
                "code": "C1-09",
                "statement": "Excessive obligations in relation to income",
                "facts": [
                    {
                        "what": "debt payments as a share of income",
                        "value": "47%",
                        "counted against the applicant because it was too": "high",
                    }
                ],
            }
        ],
        "passages": [{"citation": "Policy 4.2", "status": "in force", "text": PASSAGE.text}],
        "suggested quotes": {"C1-09": quote},
    }


def test_ids_hashes_features_and_days_do_not_leave() -> None:
    written = decision_case(DOSSIER) + reason_case(REASON, "en")
    for kept in ("dec1de", "7e11", "f00d", "dti_secret", "2026"):
        assert kept not in written


@pytest.mark.parametrize(
    "said", ["acct 4929123456781234", "77 Hidden Lane", "a@example.com", "x" * 41]
)
def test_a_category_that_is_more_than_a_word_does_not_leave(said: str) -> None:
    reason = replace(REASON, facts=(Fact("f", "housing", said, "category"),))
    assert said not in reason_case(reason, "en")
    assert said not in decision_case(replace(DOSSIER, reasons=(reason,)))


def test_a_category_that_is_a_word_may_be_said() -> None:
    reason = replace(REASON, facts=(Fact("f", "housing", "rented", "category"),))
    assert "housing stood at rented" in reason_case(reason, "en")


def test_a_product_leaves_under_a_name_of_a_closed_list() -> None:
    written = decision_case(replace(DOSSIER, product="zelda-quimby-special"))
    assert "zelda" not in written
    assert '"product":"credit"' in written


@given(st.text(alphabet=st.sampled_from('</>facts cneidg!\\"\n\u2039&;')) | st.text())
def test_no_text_can_close_what_holds_it(text: str) -> None:
    reason = replace(REASON, statement=text, facts=(Fact("f", text, text, "flag"),))
    passage = EvidencePassage(text, text, text)
    dossier = replace(
        DOSSIER,
        reasons=(reason,),
        passages=(passage,),
        quotes={reason.code: Citation(text, text)},
    )
    finding = Finding(text, text, text)
    for written, tag in (
        (reason_case(reason, "en"), "facts"),
        (reason_case(replace(reason, local_statement=text), "es"), "facts"),
        (decision_case(dossier), "case"),
        (findings_case((finding,)), "findings"),
    ):
        inside = written.removeprefix(f"<{tag}>").removesuffix(f"</{tag}>")
        assert len(inside) == len(written) - len(f"<{tag}></{tag}>")
        assert "<" not in inside
        assert ">" not in inside


def test_a_passage_with_brackets_can_still_be_quoted_word_for_word() -> None:
    case = json.loads(decision_case(DOSSIER).removeprefix("<case>").removesuffix("</case>"))
    assert case["passages"][0]["text"] == PASSAGE.text
