from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import repeat
from uuid import UUID

import pytest

from app.adapters.notice_renderer import NoticeRenderer
from app.domain.creditors import DEMO_CREDITOR
from app.domain.decisions import Decision, Offer
from app.domain.duties import Duty, FirstDuty, first_duty
from app.domain.errors import NothingToExplain, NoticeIncomplete
from app.domain.ids import DecisionId, NoticeId, SubjectId, TenantId
from app.domain.models import ReasonCode
from app.domain.notices.compose import compose_notices
from app.domain.notices.elements import Element
from app.domain.notices.letters import Letter
from app.domain.notices.notice import Notice, content_sha256, to_json
from app.domain.notices.validate import missing_elements
from app.domain.parties import Applicant, Business, ConsumerReport, ThirdPartyCreditor
from app.domain.reasons import PrincipalReason
from app.resources import seed_catalogue
from tests.domain.kinds_of_notice import ATTRIBUTED

RECEIVED = datetime(2026, 11, 1, 9, tzinfo=UTC)
NOTICE_ID = NoticeId(UUID(int=9))
REPORT = ConsumerReport(
    "Example Bureau",
    "1 Bureau Way, Dover, DE 19901",
    "1-800-555-0111",
    Decimal(601),
    Decimal(300),
    Decimal(850),
    date(2026, 10, 30),
    "Example Scores",
    ("Too many inquiries",),
)


def decision(**changes: object) -> Decision:
    made = Decision(
        id=DecisionId(UUID(int=1)),
        tenant_id=TenantId(UUID(int=2)),
        subject_id=SubjectId(UUID(int=3)),
        external_id="a-1",
        kind="credit",
        product="personal-loan",
        purpose="consumer",
        jurisdiction="US-federal",
        action="declined",
        received_at=RECEIVED,
        completed_at=RECEIVED + timedelta(days=2),
        decided_at=RECEIVED + timedelta(days=5),
        model=None,
        score=None,
        cutoff=None,
        attributed=None,
        reasons=(PrincipalReason(ReasonCode("C1-09"), Decimal(3), ()),),
        claimed_reasons=(),
        findings=(),
        requested=Offer(Decimal(5000), 36),
        offered=None,
        reference_sha256="",
        applicants=(Applicant("primary", "r", "<b>Ann</b>", "1 Road"),),
        application={},
    )
    return replace(made, **changes)  # type: ignore[arg-type] # a test's own shorthand


def compose(given: Decision) -> Notice:
    (notice,) = compose_notices(
        given, seed_catalogue(), DEMO_CREDITOR, notice_ids=repeat(NOTICE_ID), issued_at=RECEIVED
    )
    return notice


def test_thirty_days_run_from_the_completed_application() -> None:
    assert compose(decision()).due_at == RECEIVED + timedelta(days=32)


def test_on_an_existing_account_they_run_from_the_action() -> None:
    closed = decision(action="account_terminated")
    assert compose(closed).due_at == RECEIVED + timedelta(days=35)


def test_an_approval_owes_no_notice() -> None:
    with pytest.raises(NothingToExplain):
        compose(decision(action="approved"))


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"reasons": ()}, "specific reasons"),
        ({"applicants": (Applicant("primary", "r", "Ann", " "),)}, "last known address"),
        ({"action": "counteroffer"}, "terms of the counteroffer"),
        (
            {
                "applicants": (
                    Applicant(
                        "primary", "r", "Ann", "1 Road", "en", (replace(REPORT, key_factors=()),)
                    ),
                )
            },
            "key factors",
        ),
        (
            {
                "applicants": (
                    Applicant("primary", "r", "Ann", "1 Road", "en", (replace(REPORT, phone=""),)),
                )
            },
            "telephone number",
        ),
    ],
)
def test_a_notice_that_lacks_an_element_is_not_issued(
    changes: dict[str, object], missing: str
) -> None:
    with pytest.raises(NoticeIncomplete, match=missing):
        compose(decision(**changes))


def test_the_letter_carries_every_required_element() -> None:
    applicant = Applicant("primary", "r", "Ann Lee", "1 Road", "en", (REPORT,))
    text = " ".join(
        NoticeRenderer().render_text(Letter(compose(decision(applicants=(applicant,))))).split()
    )
    for element in (
        "unable to approve",
        "Example Lending Company",
        "100 Example Street",
        "Equal Credit Opportunity Act prohibits creditors",
        "Federal Trade Commission",
        "Excessive obligations in relation to income",
        "Example Bureau",
        "1-800-555-0111",
        "did not make the decision",
        "free copy",
        "60 days",
        "dispute",
        "601",
        "low of 300 to a high of 850",
        "Too many inquiries",
        "Ann Lee",
    ):
        assert element in text
    assert "2013" not in text  # the obsolete sentence of the older text


def test_a_counteroffer_states_its_terms() -> None:
    offered = Offer(Decimal(3000), 60, 1449, Decimal("70.57"))
    html = NoticeRenderer().render_html(
        Letter(compose(decision(action="counteroffer", offered=offered)))
    )
    assert "$3,000.00" in html
    assert "14.49%" in html


def letter(*given: Notice) -> str:
    return " ".join(
        "\n".join(NoticeRenderer().render_text(Letter(notice)) for notice in given).split()
    )


def issued(given: Decision, duty: Duty | None = None) -> str:
    owed = None if duty is None else FirstDuty(duty, RECEIVED, "")
    return letter(
        *compose_notices(
            given,
            seed_catalogue(),
            DEMO_CREDITOR,
            notice_ids=repeat(NOTICE_ID),
            issued_at=RECEIVED,
            owed=owed,
        )
    )


OFFER = Offer(Decimal(3000), 60)


def test_terms_stand_below_only_where_the_letter_states_them() -> None:
    countered = decision(action="counteroffer", offered=OFFER, reasons_given="on_request")
    large = replace(countered, purpose="business", business=Business(Decimal(5_000_000)))
    for text in (issued(countered), issued(large)):
        assert "on the terms below" in text
        assert "$3,000.00" in text
        assert "STATEMENT OF REASONS" not in text
    abroad = replace(countered, reasons_given="specific", jurisdiction="EU")
    for text in (issued(countered, "statement_of_reasons"), issued(abroad)):
        assert "terms below" not in text
        assert "offered you other terms" in text


def test_a_notice_without_reasons_is_not_titled_a_statement_of_them() -> None:
    closed = decision(action="account_terminated", reasons_given="on_request")
    assert "STATEMENT OF REASONS" not in issued(closed)
    assert "STATEMENT OF REASONS" in issued(replace(closed, reasons_given="specific"))


FIRST = ThirdPartyCreditor("First", "1 Row", "national_bank")
UNION = ThirdPartyCreditor("Union", "2 Row", "federal_credit_union")


def test_every_creditor_stands_beside_the_reasons_it_relied_on() -> None:
    code = ReasonCode("C1-09")
    both = (replace(FIRST, reasons=(code,)), replace(UNION, reasons=(code,)))
    assert "(C1-09) \N{EM DASH} First; Union" in issued(decision(creditors=both))
    assert "(C1-09) \N{EM DASH} First; Union" in issued(decision(creditors=(FIRST, UNION)))
    others = tuple(replace(each, reasons=(ReasonCode("C1-17"),)) for each in both)
    with pytest.raises(NoticeIncomplete, match="whose reason C1-09 is"):
        issued(decision(creditors=others))
    told = issued(decision(creditors=both, reasons_given="on_request"))
    assert "First: 1 Row" in told
    assert "reason above" not in told


def test_another_creditors_agency_is_not_named_before_a_person_looked_it_up() -> None:
    text = issued(decision(creditors=(FIRST, UNION)))
    assert "Comptroller of the Currency" in text
    assert "National Credit Union Administration" not in text


def test_the_scores_provider_may_be_told_once_for_all_reports() -> None:
    report = replace(REPORT, score_provider=None)
    applicant = Applicant("primary", "r", "Ann", "1 Road", "en", (report,))
    assert "Provided by: Scores Ltd" in issued(
        decision(applicants=(applicant,), score_provider="Scores Ltd")
    )


def test_a_european_explanation_says_who_decided_and_by_what() -> None:
    abroad = decision(jurisdiction="EU", attributed=ATTRIBUTED)
    assert "calculates a score" in issued(abroad)
    judged = issued(
        replace(
            abroad,
            component="judgmental",
            attributed=None,
            reasons=(PrincipalReason(ReasonCode("C1-09"), None, ()),),
        )
    )
    assert "made by a person" in judged
    assert "automated" not in judged.lower()
    assert "other applicants" not in judged
    assert "together with an automated system" in issued(replace(abroad, component="both"))
    closed = issued(replace(abroad, action="account_terminated"))
    assert "credit is not granted" not in closed


def test_a_score_and_its_key_factors_stand_together() -> None:
    applicant = Applicant("primary", "r", "Ann", "1 Road", "en", (REPORT,))
    given = decision(applicants=(applicant,))
    notice = compose(given)
    scores = [s for s in notice.sections if s.element is Element.CREDIT_SCORE]
    assert len(scores) == 2
    for dropped in scores:
        kept = tuple(section for section in notice.sections if section is not dropped)
        lacking = missing_elements(replace(notice, sections=kept), given, applicant)
        assert any(Element.CREDIT_SCORE.value in each for each in lacking)


def test_a_guarantors_report_alone_owes_nobody_a_pricing_notice() -> None:
    parties = (
        Applicant("primary", "r", "Ann", "1 Road"),
        Applicant("guarantor", "g", "Gus", "2 Road", "en", (REPORT,)),
    )
    assert first_duty(decision(action="less_favorable_terms", applicants=parties)) is None


def test_names_are_escaped_and_never_printed_by_accident() -> None:
    notice = compose(decision())
    assert "<b>Ann" not in NoticeRenderer().render_html(Letter(notice))
    assert "Ann" not in repr(notice)
    assert "Ann" not in repr(decision())


def test_the_content_hash_changes_with_any_word() -> None:
    notice = compose(decision())
    assert content_sha256(notice) == content_sha256(compose(decision()))
    assert content_sha256(notice) != content_sha256(replace(notice, creditor_name="Other"))
    assert to_json(notice)["reasons"][0]["code"] == "C1-09"
