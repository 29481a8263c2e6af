"""One decision of each kind that owes a notice: what golden files and elements are held on."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from uuid import UUID

from app.domain.creditors import DEMO_CREDITOR, CreditorProfile
from app.domain.decisions import Closing, Decision, Missing, Offer
from app.domain.duties import FirstDuty
from app.domain.ids import DecisionId, NoticeId, SubjectId, TenantId
from app.domain.models import Feature, ModelVersion, ReasonCode
from app.domain.notices.compose import compose_notices
from app.domain.notices.notice import Notice
from app.domain.parties import (
    Applicant,
    Business,
    ConsumerReport,
    OutsideSource,
    ThirdPartyCreditor,
)
from app.domain.reasons import Attributed, Attribution, PrincipalReason, RuleHit
from app.resources import seed_catalogue

RECEIVED = datetime(2026, 11, 1, 9, tzinfo=UTC)
CATALOGUE = seed_catalogue()
REPORT = ConsumerReport("Example Bureau", "1 Bureau Way, Dover, DE 19901", "1-800-555-0111")
SCORED_REPORT = replace(
    REPORT,
    score=Decimal(601),
    score_min=Decimal(300),
    score_max=Decimal(850),
    score_date=date(2026, 10, 30),
    score_provider="Example Scores",
    key_factors=(
        "Serious delinquency",
        "Proportion of balances to limits too high",
        "Length of time accounts have been established",
        "Too few accounts currently paid as agreed",
        "Number of recent inquiries",
    ),
)
ANN = Applicant("primary", "r-1", "Ann Lee", "1 Road\nSpringfield, IL 62701")
BOB = Applicant("joint", "r-2", "Bob Lee", "1 Road\nSpringfield, IL 62701")
ATTRIBUTED = Attributed(
    Decimal(540), Decimal(550), (Attribution(Feature("dti"), Decimal("0.6"), Decimal(-10)),)
)
REASONS = tuple(
    PrincipalReason(ReasonCode(code), Decimal(3), ()) for code in ("C1-09", "X-RV-01", "C1-17")
)


def decision(**changes: object) -> Decision:
    """A declined personal loan, changed as asked."""
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
        model=ModelVersion("personal-loan", "1.0.0"),
        score=None,
        cutoff=None,
        attributed=ATTRIBUTED,
        reasons=REASONS,
        claimed_reasons=(),
        findings=(),
        requested=Offer(Decimal(5000), 36),
        offered=None,
        reference_sha256="",
        applicants=(ANN,),
        application={},
    )
    return replace(made, **changes)  # type: ignore[arg-type] # a test's own shorthand


def with_report(applicant: Applicant, report: ConsumerReport) -> Applicant:
    """The applicant, whose report was used."""
    return replace(applicant, consumer_reports=(report,))


OFFERED = Offer(Decimal(3000), 60, 1449, Decimal("70.57"))
Maker = Callable[[], Decision]
KINDS: Mapping[str, Maker] = {
    "c1-automatic-denial-with-report-and-score": lambda: decision(
        attributed=replace(ATTRIBUTED, rules=(RuleHit("bankruptcy", ReasonCode("C1-21")),)),
        reasons=(PrincipalReason(ReasonCode("C1-21"), None, ()), *REASONS),
        applicants=(with_report(ANN, SCORED_REPORT),),
    ),
    "c2-judgmental": lambda: decision(
        component="judgmental",
        model=None,
        attributed=None,
        outside_sources=(
            OutsideSource("third_party", "employer"),
            OutsideSource("affiliate", "Example Insurance"),
        ),
    ),
    "c3-credit-scoring": decision,
    "c4-counteroffer": lambda: decision(
        action="counteroffer", offered=OFFERED, applicants=(with_report(ANN, REPORT),)
    ),
    "c5-right-to-reasons": lambda: decision(reasons_given="on_request"),
    "c6-incompleteness": lambda: decision(
        action="incomplete",
        reasons=(),
        missing=Missing(("Two recent pay stubs", "Proof of address"), date(2026, 12, 1)),
    ),
    "c7-small-business": lambda: decision(
        purpose="business", business=Business(Decimal(400_000)), product="equipment-loan"
    ),
    "c8-large-business": lambda: decision(
        purpose="business", business=Business(Decimal(5_000_000)), product="equipment-loan"
    ),
    "c8-large-business-counteroffer": lambda: decision(
        action="counteroffer",
        offered=OFFERED,
        purpose="business",
        business=Business(Decimal(5_000_000)),
        product="equipment-loan",
    ),
    "account-terminated": lambda: decision(
        action="account_terminated", cause="past_delinquency", product="credit-card"
    ),
    "terms-changed": lambda: decision(
        action="terms_changed",
        product="credit-card",
        applicants=(with_report(ANN, SCORED_REPORT),),
    ),
    "joint": lambda: decision(
        applicants=(
            with_report(ANN, SCORED_REPORT),
            with_report(BOB, replace(SCORED_REPORT, score=Decimal(655))),
        )
    ),
    "third-party": lambda: decision(
        reasons=REASONS[:2],
        creditors=(
            ThirdPartyCreditor(
                "First Bank", "2 Bank Street", "national_bank", (ReasonCode("C1-09"),)
            ),
            ThirdPartyCreditor(
                "Second Bank", "3 Bank Street", "state_member_bank", (ReasonCode("X-RV-01"),)
            ),
        ),
    ),
    "h1-risk-based-pricing": lambda: decision(
        action="less_favorable_terms",
        reasons=(),
        applicants=(with_report(ANN, REPORT),),
        closing=Closing(consummation_at=RECEIVED + timedelta(days=9)),
    ),
    "h6-risk-based-pricing-with-score": lambda: decision(
        action="less_favorable_terms",
        reasons=(),
        applicants=(with_report(ANN, SCORED_REPORT),),
        closing=Closing(first_transaction_at=RECEIVED + timedelta(days=9)),
    ),
    "h2-account-review": lambda: decision(
        action="less_favorable_terms",
        reasons=(),
        applicants=(with_report(ANN, REPORT),),
        closing=Closing(effective_at=RECEIVED + timedelta(days=20)),
    ),
    "h7-account-review-with-score": lambda: decision(
        action="terms_changed",
        cause="class_wide",
        reasons=(),
        applicants=(with_report(ANN, SCORED_REPORT),),
        closing=Closing(effective_at=RECEIVED + timedelta(days=20)),
    ),
    "gdpr": lambda: decision(jurisdiction="EU", region="AT"),
    "uk-gdpr": lambda: decision(jurisdiction="UK"),
}


def compose(
    given: Decision,
    creditor: CreditorProfile = DEMO_CREDITOR,
    owed: FirstDuty | None = None,
) -> tuple[Notice, ...]:
    """Compose as the product does, under ids that tests can know."""
    return compose_notices(
        given,
        CATALOGUE,
        creditor,
        notice_ids=(NoticeId(UUID(int=n)) for n in count(1 if owed is None else 101)),
        issued_at=RECEIVED,
        owed=owed,
    )
