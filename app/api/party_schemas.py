"""Request bodies for those who take part in a decision."""

from typing import Annotated, Literal

from pydantic import Field

from app.api.fields import Code, Day, Flag, Instant, Money, Name, Number, Strict, Text
from app.domain.creditors import AgencyType
from app.domain.models import ReasonCode
from app.domain.parties import (
    Applicant,
    Business,
    ConsumerReport,
    Delivery,
    DeliveryMethod,
    OutsideSource,
    Role,
    ThirdPartyCreditor,
)


class ConsumerReportIn(Strict):
    """A consumer report that was used (FCRA 615(a))."""

    agency: Name
    address: Text
    phone: Name
    score: Number | None = None
    score_min: Number | None = None
    score_max: Number | None = None
    score_date: Day | None = None
    score_provider: Name | None = None
    key_factors: Annotated[tuple[Text, ...], Field(max_length=5)] = ()
    used: Flag = True

    def to_domain(self) -> ConsumerReport:
        """Turn into the domain's value."""
        return ConsumerReport(
            self.agency,
            self.address,
            self.phone,
            self.score,
            self.score_min,
            self.score_max,
            self.score_date,
            self.score_provider,
            tuple(self.key_factors),
            self.used,
        )


class DeliveryIn(Strict):
    """How the person is reached; electronically only with E-Sign consent (1002.4(d)(2))."""

    method: DeliveryMethod = "mail"
    esign_consent_at: Instant | None = None


class ApplicantIn(Strict):
    """A person the decision is about."""

    role: Role = "primary"
    reference: Name
    name: Name
    address: Text
    language: Literal["en", "es"] = "en"
    consumer_reports: Annotated[tuple[ConsumerReportIn, ...], Field(max_length=10)] = ()
    delivery: DeliveryIn = DeliveryIn()

    def to_domain(self) -> Applicant:
        """Turn into the domain's value."""
        return Applicant(
            self.role,
            self.reference,
            self.name,
            self.address,
            self.language,
            tuple(report.to_domain() for report in self.consumer_reports),
            Delivery(self.delivery.method, self.delivery.esign_consent_at),
        )


class BusinessIn(Strict):
    """A business applicant: gross revenue of the fiscal year before, in US dollars."""

    gross_revenue: Money | None = None
    trade_credit: Flag = False

    def to_domain(self) -> Business:
        """Turn into the domain's value."""
        return Business(self.gross_revenue, self.trade_credit)


class ThirdPartyCreditorIn(Strict):
    """A creditor that a third party's notice speaks for (12 CFR 1002.9(g))."""

    name: Name
    address: Text
    agency_type: AgencyType = "other_creditor"
    reasons: Annotated[tuple[Code, ...], Field(max_length=10)] = ()

    def to_domain(self) -> ThirdPartyCreditor:
        """Turn into the domain's value."""
        codes = tuple(ReasonCode(code) for code in self.reasons)
        return ThirdPartyCreditor(self.name, self.address, self.agency_type, codes)


class OutsideSourceIn(Strict):
    """Information that came from neither the applicant nor a reporting agency (FCRA 615(b))."""

    kind: Literal["third_party", "affiliate"]
    description: Text

    def to_domain(self) -> OutsideSource:
        """Turn into the domain's value."""
        return OutsideSource(self.kind, self.description)
