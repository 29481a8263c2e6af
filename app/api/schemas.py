"""Request bodies: strict about names and types, and turned into domain values at once."""

from collections.abc import Mapping
from datetime import datetime, timezone
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from app.domain.decisions import Action, Jurisdiction, Offer, Purpose, Score
from app.domain.models import Feature, ModelVersion, ReasonCode
from app.domain.parties import Applicant, ConsumerReport, Role
from app.domain.reasons import Attributed, Attribution, RuleHit
from app.domain.recording import Submission
from app.use_cases.decide_application import Application


def _to_utc(instant: datetime) -> datetime:
    return instant.astimezone(timezone.utc)  # noqa: UP017 -- mypy reads both; one spelling here


Instant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
Number = Annotated[Decimal, Field(allow_inf_nan=False, max_digits=40)]
Money = Annotated[Decimal, Field(allow_inf_nan=False, ge=0, le=Decimal("1e12"), max_digits=20)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
Text = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")]
Code = Annotated[str, Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$", max_length=20)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ConsumerReportIn(_Strict):
    """A consumer report that was used (FCRA 615(a))."""

    agency: Name
    address: Text
    phone: Name
    score: Number | None = None
    score_min: Number | None = None
    score_max: Number | None = None
    score_date: datetime | None = None
    score_provider: Name | None = None
    key_factors: Annotated[list[Text], Field(max_length=5)] = []

    def to_domain(self) -> ConsumerReport:
        """Turn into the domain's value."""
        return ConsumerReport(
            self.agency,
            self.address,
            self.phone,
            self.score,
            self.score_min,
            self.score_max,
            None if self.score_date is None else self.score_date.date(),
            self.score_provider,
            tuple(self.key_factors),
        )


class ApplicantIn(_Strict):
    """A person the decision is about."""

    role: Role = "primary"
    reference: Name
    name: Name
    address: Text
    language: Literal["en", "es"] = "en"
    consumer_reports: Annotated[list[ConsumerReportIn], Field(max_length=10)] = []

    def to_domain(self) -> Applicant:
        """Turn into the domain's value."""
        return Applicant(
            self.role,
            self.reference,
            self.name,
            self.address,
            self.language,
            tuple(report.to_domain() for report in self.consumer_reports),
        )


class OfferIn(_Strict):
    """Terms: US dollars, months, basis points."""

    amount: Money | None = None
    term_months: Annotated[int, Field(ge=1, le=600)] | None = None
    apr_bps: Annotated[int, Field(ge=0, le=100_000)] | None = None
    monthly_payment: Money | None = None

    def to_domain(self) -> Offer:
        """Turn into the domain's value."""
        return Offer(self.amount, self.term_months, self.apr_bps, self.monthly_payment)


Applicants = Annotated[list[ApplicantIn], Field(min_length=1, max_length=10)]
FeatureIn = Annotated[Decimal, Field(allow_inf_nan=False)] | bool | str | None


class ApplicationIn(_Strict):
    """An application: who asks for what, and what the models are to read."""

    external_id: Name
    product: Name
    purpose: Purpose = "consumer"
    jurisdiction: Jurisdiction = "US-federal"
    received_at: Instant
    completed_at: Instant | None = None
    requested: OfferIn
    applicants: Applicants
    application: Annotated[Mapping[str, Any], Field(max_length=200)]

    def to_domain(self) -> Application:
        """Turn into the domain's value."""
        return Application(
            self.external_id,
            self.product,
            self.purpose,
            self.jurisdiction,
            self.received_at,
            self.completed_at or self.received_at,
            self.requested.to_domain(),
            tuple(applicant.to_domain() for applicant in self.applicants),
            dict(self.application),
        )


class ModelIn(_Strict):
    """The model version that decided."""

    name: Name
    version: Name
    artifact_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class ScoreIn(_Strict):
    """The score on its scale."""

    value: Number
    min: Number
    max: Number
    higher_is_better: bool = True
    probability: Annotated[Decimal, Field(ge=0, le=1)] | None = None


class OutcomeIn(_Strict):
    """Where the model cut, and on which side the score fell."""

    cutoff: Number | None = None
    outcome: Literal["approve", "decline", "refer"] | None = None


class AttributionItemIn(_Strict):
    """What one feature added to the score."""

    feature: Name
    value: FeatureIn = None
    contribution: Number


class ReferenceIn(_Strict):
    """The reference population the model says it used."""

    id: Name
    kind: Literal["near_cutoff", "all_applicants"]
    n: Annotated[int, Field(ge=0)]
    sha256: str = ""


class AttributionIn(_Strict):
    """The score's additive explanation."""

    unit: Name = "points"
    method: Name = "points_difference"
    base: Number
    reference: ReferenceIn | None = None
    items: Annotated[list[AttributionItemIn], Field(max_length=500)]


class RuleIn(_Strict):
    """An automatic-denial rule that fired."""

    id: Name
    code: Code


class DecisionIn(_Strict):
    """A decision that another system made."""

    external_id: Name
    kind: Literal["credit", "pricing"] = "credit"
    product: Name
    purpose: Purpose = "consumer"
    jurisdiction: Jurisdiction = "US-federal"
    action: Action
    received_at: Instant
    completed_at: Instant | None = None
    decided_at: Instant
    model: ModelIn
    score: ScoreIn
    decision: OutcomeIn = OutcomeIn()
    attribution: AttributionIn
    rules: Annotated[list[RuleIn], Field(max_length=50)] = []
    reasons: Annotated[list[Code], Field(max_length=50)] = []
    component: Literal["scored", "judgmental", "both"] = "scored"
    judgmental: Annotated[list[Code], Field(max_length=50)] = []
    requested: OfferIn = OfferIn()
    offered: OfferIn | None = None
    applicants: Applicants

    def to_domain(self) -> Submission:
        """Turn into the domain's value."""
        return Submission(
            external_id=self.external_id,
            kind=self.kind,
            product=self.product,
            purpose=self.purpose,
            jurisdiction=self.jurisdiction,
            action=self.action,
            received_at=self.received_at,
            completed_at=self.completed_at or self.received_at,
            decided_at=self.decided_at,
            model=ModelVersion(self.model.name, self.model.version, self.model.artifact_sha256),
            score=Score(self.score.value, self.score.min, self.score.max),
            cutoff=self.decision.cutoff,
            attributed=Attributed(
                self.score.value,
                self.attribution.base,
                tuple(
                    Attribution(Feature(item.feature), item.value, item.contribution)
                    for item in self.attribution.items
                ),
                tuple(RuleHit(rule.id, ReasonCode(rule.code)) for rule in self.rules),
                self.component,
                tuple(ReasonCode(code) for code in self.judgmental),
            ),
            claimed_reasons=tuple(ReasonCode(code) for code in self.reasons),
            requested=self.requested.to_domain(),
            offered=None if self.offered is None else self.offered.to_domain(),
            reference_sha256=(
                "" if self.attribution.reference is None else self.attribution.reference.sha256
            ),
            applicants=tuple(applicant.to_domain() for applicant in self.applicants),
            application={},
        )
