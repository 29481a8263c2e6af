from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import repeat
from uuid import UUID

import pytest

from app.adapters.notice_renderer import NoticeRenderer
from app.domain.creditors import DEMO_CREDITOR
from app.domain.decisions import Decision, Offer
from app.domain.errors import NothingToExplain, NoticeIncomplete
from app.domain.ids import DecisionId, NoticeId, SubjectId, TenantId
from app.domain.models import ReasonCode
from app.domain.notices.compose import compose_notices
from app.domain.notices.notice import Notice, content_sha256, to_json
from app.domain.parties import Applicant, ConsumerReport
from app.domain.reasons import PrincipalReason
from app.resources import seed_catalogue

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
        NoticeRenderer().render_text(compose(decision(applicants=(applicant,)))).split()
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
    html = NoticeRenderer().render_html(compose(decision(action="counteroffer", offered=offered)))
    assert "$3,000.00" in html
    assert "14.49%" in html


def test_names_are_escaped_and_never_printed_by_accident() -> None:
    notice = compose(decision())
    assert "<b>Ann" not in NoticeRenderer().render_html(notice)
    assert "Ann" not in repr(notice)
    assert "Ann" not in repr(decision())


def test_the_content_hash_changes_with_any_word() -> None:
    notice = compose(decision())
    assert content_sha256(notice) == content_sha256(compose(decision()))
    assert content_sha256(notice) != content_sha256(replace(notice, creditor_name="Other"))
    assert to_json(notice)["reasons"][0]["code"] == "C1-09"
