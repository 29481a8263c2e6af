"""The notice of adverse action: statute-fixed text and validated slots, no free text.

Contents follow 12 CFR 1002.9(a)(2) and (b), and section 615(a) of the Fair Credit Reporting
Act (15 USC 1681m(a)) where a consumer report was used. Its reasons are the catalogue's
reviewed statements, in rank order.
"""

import hashlib
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import rfc8785
from typing_extensions import override

from app.domain.catalogue import Catalogue
from app.domain.creditors import CreditorProfile
from app.domain.decisions import ConsumerReport, Decision
from app.domain.duties import notice_due
from app.domain.errors import NothingToExplain, NoticeIncomplete
from app.domain.ids import DecisionId, NoticeId

Duty = Literal["adverse_action", "counteroffer"]
MAX_KEY_FACTORS = 5  # 15 USC 1681g(f)(1)(C), (9): four, and inquiries as a fifth

ECOA_NOTICE = (
    "The Federal Equal Credit Opportunity Act prohibits creditors from discriminating against "
    "credit applicants on the basis of race, color, religion, national origin, sex, marital "
    "status, age (provided the applicant has the capacity to enter into a binding contract); "
    "because all or part of the applicant's income derives from any public assistance program; "
    "or because the applicant has in good faith exercised any right under the Consumer Credit "
    "Protection Act. The Federal agency that administers compliance with this law concerning "
    "this creditor is {agency}."
)
DECLINED = "We are unable to approve your application for credit ({product})."
COUNTEROFFER = (
    "We are unable to offer you credit on the terms that you asked for ({product}), but we can "
    "offer you credit on the terms below. If this offer is acceptable to you, please tell us "
    "at the address or telephone number above."
)
ON_ACCOUNT = "We have taken the action on your account that this notice describes ({product})."
REPORT_ROLE = (
    "Our decision was based in whole or in part on information obtained in a report from the "
    "consumer reporting agency listed below. The agency did not make the decision to take the "
    "adverse action and is unable to provide you the specific reasons why it was taken. You "
    "have a right under the Fair Credit Reporting Act to know the information contained in "
    "your credit file at the agency. You also have a right to a free copy of your report from "
    "the agency, if you request it no later than 60 days after you receive this notice. If "
    "you find that any information in the report is inaccurate or incomplete, you have the "
    "right to dispute the matter with the agency."
)


@dataclass(frozen=True, slots=True)
class Reason:
    """A principal reason, by its reviewed statement."""

    code: str
    statement: str


@dataclass(frozen=True, slots=True)
class CounterofferTerms:
    """What is offered instead: US dollars, months, basis points, US dollars a month."""

    amount: Decimal | None
    term_months: int | None
    apr_bps: int | None
    monthly_payment: Decimal | None


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """One consumer report, as FCRA 615(a) has it disclosed. Key factors are the score's own."""

    agency: str
    address: str
    phone: str
    role: str
    score: Decimal | None
    score_min: Decimal | None
    score_max: Decimal | None
    score_date: date | None
    score_provider: str | None
    key_factors: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Notice:
    """A notice as issued. `due_at` and `issued_at` are aware UTC. Prints its id alone."""

    id: NoticeId
    decision_id: DecisionId
    duty: Duty
    due_at: datetime
    issued_at: datetime
    addressee_name: str
    addressee_address: str
    creditor_name: str
    creditor_address: str
    creditor_phone: str
    action_taken: str
    counteroffer: CounterofferTerms | None
    reasons: tuple[Reason, ...]
    reports: tuple[ReportBlock, ...]
    ecoa_notice: str
    agency_name: str
    agency_address: str

    @override
    def __repr__(self) -> str:
        """Keep names and addresses out of logs."""
        return f"Notice(id={self.id})"


def compose_notice(
    decision: Decision,
    catalogue: Catalogue,
    creditor: CreditorProfile,
    *,
    notice_id: NoticeId,
    issued_at: datetime,
) -> Notice:
    """Compose the notice of an adverse action.

    Raises NothingToExplain where none is owed, and NoticeIncomplete naming every element that
    the law requires and that is missing: such a notice is never issued.
    """
    due_at = notice_due(decision)
    if due_at is None:
        raise NothingToExplain(decision.id)
    addressee = decision.primary_applicant
    agency = creditor.agency
    is_counteroffer = decision.action == "counteroffer"
    notice = Notice(
        id=notice_id,
        decision_id=decision.id,
        duty="counteroffer" if is_counteroffer else "adverse_action",
        due_at=due_at,
        issued_at=issued_at,
        addressee_name=addressee.name,
        addressee_address=addressee.address,
        creditor_name=creditor.name,
        creditor_address=creditor.address,
        creditor_phone=creditor.phone,
        action_taken=_action_taken(decision),
        counteroffer=_terms(decision) if is_counteroffer else None,
        reasons=tuple(
            Reason(reason.code, catalogue[reason.code].statement) for reason in decision.reasons
        ),
        reports=tuple(_block(report) for report in addressee.consumer_reports),
        ecoa_notice=ECOA_NOTICE.format(agency=f"{agency.name}, {agency.address}"),
        agency_name=agency.name,
        agency_address=agency.address,
    )
    missing = missing_elements(notice)
    if missing:
        raise NoticeIncomplete(missing)
    return notice


def missing_elements(notice: Notice) -> tuple[str, ...]:
    """Name each element of 12 CFR 1002.9(a)(2) and FCRA 615(a) that the notice lacks."""
    required: dict[str, object] = {
        "statement of the action taken": notice.action_taken,
        "name of the creditor": notice.creditor_name.strip(),
        "address of the creditor": notice.creditor_address.strip(),
        "addressee": notice.addressee_name.strip(),
        "last known address": notice.addressee_address.strip(),
        "notice of section 701(a) of the Act": notice.ecoa_notice,
        "name and address of the Federal agency": notice.agency_name and notice.agency_address,
        "statement of specific reasons": notice.reasons,
    }
    if notice.duty == "counteroffer":
        terms = notice.counteroffer
        required["terms of the counteroffer"] = terms is not None and terms.amount is not None
    for report in notice.reports:
        named = f"consumer reporting agency {report.agency or 'unnamed'}"
        required[f"name, address and telephone number of {named}"] = (
            report.agency.strip() and report.address.strip() and report.phone.strip()
        )
        if report.score is not None:
            required[f"range, date, provider and key factors of the score from {named}"] = (
                report.score_min is not None
                and report.score_max is not None
                and report.score_date is not None
                and report.score_provider
                and 0 < len(report.key_factors) <= MAX_KEY_FACTORS
            )
    return tuple(name for name, held in required.items() if not held)


def to_json(notice: Notice) -> dict[str, Any]:
    """Serialise, stably: the same notice gives the same members and the same text."""
    return {name: _plain(value) for name, value in asdict(notice).items()}


def content_sha256(notice: Notice) -> str:
    """Hash the canonical JSON (RFC 8785) of what was issued."""
    return hashlib.sha256(rfc8785.dumps(to_json(notice))).hexdigest()


def _plain(value: Any) -> Any:  # noqa: ANN401 -- any JSON
    if isinstance(value, dict):
        return {name: _plain(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(held) for held in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if value is None or isinstance(value, int | bool) else str(value)


def _action_taken(decision: Decision) -> str:
    product = decision.product.replace("-", " ")
    if decision.action == "counteroffer":
        return COUNTEROFFER.format(product=product)
    if decision.action == "declined":
        return DECLINED.format(product=product)
    return ON_ACCOUNT.format(product=product)


def _terms(decision: Decision) -> CounterofferTerms | None:
    offered = decision.offered
    if offered is None:
        return None
    return CounterofferTerms(
        offered.amount, offered.term_months, offered.apr_bps, offered.monthly_payment
    )


def _block(report: ConsumerReport) -> ReportBlock:
    return ReportBlock(
        report.agency,
        report.address,
        report.phone,
        REPORT_ROLE,
        report.score,
        report.score_min,
        report.score_max,
        report.score_date,
        report.score_provider,
        report.key_factors,
    )
