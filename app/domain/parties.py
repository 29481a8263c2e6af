"""Who takes part in a decision: applicants, their consumer reports, and other creditors."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from typing_extensions import override

from app.domain.creditors import AgencyType
from app.domain.models import ReasonCode

Role = Literal["primary", "joint", "guarantor"]
DeliveryMethod = Literal["mail", "electronic"]


@dataclass(frozen=True, slots=True)
class ConsumerReport:
    """A consumer report that was used, with what FCRA 615(a) makes the creditor disclose."""

    agency: str
    address: str
    phone: str
    score: Decimal | None = None
    score_min: Decimal | None = None
    score_max: Decimal | None = None
    score_date: date | None = None
    score_provider: str | None = None
    key_factors: tuple[str, ...] = ()
    used: bool = True


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a person is reached; electronically only with E-Sign consent (12 CFR 1002.4(d)(2))."""

    method: DeliveryMethod = "mail"
    esign_consent_at: datetime | None = None

    @property
    def effective_method(self) -> DeliveryMethod:
        """Paper, unless consent to electronic delivery was recorded."""
        return "electronic" if self.method == "electronic" and self.esign_consent_at else "mail"


@dataclass(frozen=True, slots=True, repr=False)
class Applicant:
    """A person the decision is about. Prints its role alone: the rest is personal."""

    role: Role
    reference: str
    name: str
    address: str
    language: str = "en"
    consumer_reports: tuple[ConsumerReport, ...] = ()
    delivery: Delivery = Delivery()

    @property
    def reports_used(self) -> tuple[ConsumerReport, ...]:
        """The reports that entered the decision; one obtained and not used is not disclosed."""
        return tuple(report for report in self.consumer_reports if report.used)

    @override
    def __repr__(self) -> str:
        return f"Applicant(role={self.role!r})"


@dataclass(frozen=True, slots=True)
class ThirdPartyCreditor:
    """A creditor that a third party's notice speaks for (12 CFR 1002.9(g)).

    `reasons` are its own: a notice for several creditors marks them (comment 9(g)-1).
    """

    name: str
    address: str
    agency_type: AgencyType
    reasons: tuple[ReasonCode, ...] = ()


@dataclass(frozen=True, slots=True)
class OutsideSource:
    """Information from neither the applicant nor a consumer reporting agency (FCRA 615(b))."""

    kind: Literal["third_party", "affiliate"]
    description: str


@dataclass(frozen=True, slots=True)
class Business:
    """What decides which notice a business applicant is owed (12 CFR 1002.9(a)(3))."""

    gross_revenue: Decimal | None = None
    trade_credit: bool = False

    @property
    def is_large(self) -> bool:
        """More than $1 million of gross revenue in the fiscal year before, or trade credit."""
        over = self.gross_revenue is not None and self.gross_revenue > LARGE_REVENUE
        return over or self.trade_credit


LARGE_REVENUE = Decimal(1_000_000)
