"""Request bodies: strict about names and types, and turned into domain values at once."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from app.api.fields import (
    Category,
    Code,
    Count,
    Day,
    Exact,
    Flag,
    Instant,
    ModelInput,
    Money,
    Name,
    Number,
    OptionalLine,
    Strict,
    Text,
    Whole,
)
from app.api.party_schemas import (
    ApplicantIn,
    BusinessIn,
    OutsideSourceIn,
    ThirdPartyCreditorIn,
)
from app.domain.decisions import (
    AccountCause,
    Action,
    Closing,
    Jurisdiction,
    Missing,
    Offer,
    Purpose,
    Score,
)
from app.domain.models import Feature, ModelVersion, ReasonCode
from app.domain.reasons import Attributed, Attribution, RuleHit
from app.domain.recording import Circumstances, Submission
from app.domain.referrals import Application


class OfferIn(Strict):
    """Terms: US dollars, months, basis points."""

    amount: Money | None = None
    term_months: Annotated[Whole, Field(ge=1, le=600)] | None = None
    apr_bps: Annotated[Whole, Field(ge=0, le=100_000)] | None = None
    monthly_payment: Money | None = None

    def to_domain(self) -> Offer:
        """Turn into the domain's value."""
        return Offer(self.amount, self.term_months, self.apr_bps, self.monthly_payment)


Applicants = Annotated[list[ApplicantIn], Field(min_length=1, max_length=10)]
FeatureIn = Annotated[Decimal, Field(allow_inf_nan=False)] | bool | Category | None


class ApplicationIn(Strict):
    """An application: who asks for what, and what the models are to read."""

    external_id: Name
    product: Name
    purpose: Purpose = "consumer"
    jurisdiction: Jurisdiction = "US-federal"
    received_at: Instant
    completed_at: Instant | None = None
    requested: OfferIn
    applicants: Applicants
    application: Annotated[Mapping[OptionalLine, ModelInput], Field(max_length=200)]

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


class ModelIn(Strict):
    """The model version that decided."""

    name: Name
    version: Name
    artifact_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class ScoreIn(Strict):
    """The score on its scale."""

    value: Number
    min: Number
    max: Number
    higher_is_better: Flag | None = None
    probability: Annotated[Exact, Field(ge=0, le=1)] | None = None

    def to_domain(self) -> Score:
        """Turn into the domain's value."""
        return Score(self.value, self.min, self.max)


class OutcomeIn(Strict):
    """Where the model cut, and on which side the score fell."""

    cutoff: Number | None = None
    outcome: Literal["approve", "decline", "refer"] | None = None


class AttributionItemIn(Strict):
    """What one feature added to the score."""

    feature: Name
    value: FeatureIn = None
    contribution: Number


class ReferenceIn(Strict):
    """The reference population the model says it used."""

    id: Name
    kind: Literal["near_cutoff", "all_applicants"]
    n: Count
    sha256: OptionalLine = ""


class AttributionIn(Strict):
    """The score's additive explanation."""

    unit: Name = "points"
    method: Name = "points_difference"
    base: Number
    reference: ReferenceIn | None = None
    items: Annotated[list[AttributionItemIn], Field(max_length=500)]


class RuleIn(Strict):
    """An automatic-denial rule that fired."""

    id: Name
    code: Code


class MissingIn(Strict):
    """One thing that an incomplete application lacks, and until when it may be sent."""

    item: Text
    respond_by: Day


class CircumstancesIn(Strict):
    """What beside the model's answer decides which notice is owed, to whom and by when."""

    business: BusinessIn | None = None
    missing: Annotated[tuple[MissingIn, ...], Field(max_length=50)] = ()
    creditors: Annotated[tuple[ThirdPartyCreditorIn, ...], Field(max_length=20)] = ()
    outside_sources: Annotated[tuple[OutsideSourceIn, ...], Field(max_length=10)] = ()
    reasons_given: Literal["specific", "on_request"] = "specific"
    cause: AccountCause | None = None
    consummation_at: Instant | None = None
    first_transaction_at: Instant | None = None
    effective_at: Instant | None = None
    score_provider: OptionalLine = ""
    channel: OptionalLine = ""
    state: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    member_state: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None

    def circumstances(self) -> Circumstances:
        """Turn into the domain's value. One date holds for all that is missing: the latest."""
        return Circumstances(
            business=None if self.business is None else self.business.to_domain(),
            missing=Missing(
                tuple(missing.item for missing in self.missing),
                max(missing.respond_by for missing in self.missing),
            )
            if self.missing
            else None,
            creditors=tuple(creditor.to_domain() for creditor in self.creditors),
            outside_sources=tuple(source.to_domain() for source in self.outside_sources),
            reasons_given=self.reasons_given,
            cause=self.cause,
            closing=Closing(self.consummation_at, self.first_transaction_at, self.effective_at),
            score_provider=self.score_provider,
            channel=self.channel,
            region=self.state or self.member_state or "",
        )


class DecisionIn(CircumstancesIn):
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
    model: ModelIn | None = None
    score: ScoreIn | None = None
    decision: OutcomeIn = OutcomeIn()
    attribution: AttributionIn | None = None
    rules: Annotated[tuple[RuleIn, ...], Field(max_length=50)] = ()
    reasons: Annotated[tuple[Code, ...], Field(max_length=50)] = ()
    component: Literal["scored", "judgmental", "both"] = "scored"
    judgmental: Annotated[tuple[Code, ...], Field(max_length=50)] = ()
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
            model=self._model(),
            score=None if self.score is None else self.score.to_domain(),
            higher_is_better=None if self.score is None else self.score.higher_is_better,
            cutoff=self.decision.cutoff,
            outcome=self.decision.outcome,
            attributed=self._attributed(),
            rules=self._rules(),
            component=self.component,
            judgmental=tuple(ReasonCode(code) for code in self.judgmental),
            claimed_reasons=tuple(ReasonCode(code) for code in self.reasons),
            requested=self.requested.to_domain(),
            offered=None if self.offered is None else self.offered.to_domain(),
            reference_sha256=(
                ""
                if self.attribution is None or self.attribution.reference is None
                else self.attribution.reference.sha256
            ),
            applicants=tuple(applicant.to_domain() for applicant in self.applicants),
            application={},
            circumstances=self.circumstances(),
        )

    def _model(self) -> ModelVersion | None:
        sent = self.model
        return None if sent is None else ModelVersion(sent.name, sent.version, sent.artifact_sha256)

    def _rules(self) -> tuple[RuleHit, ...]:
        return tuple(RuleHit(rule.id, ReasonCode(rule.code)) for rule in self.rules)

    def _attributed(self) -> Attributed | None:
        if self.score is None or self.attribution is None:
            return None
        return Attributed(
            self.score.value,
            self.attribution.base,
            tuple(
                Attribution(Feature(item.feature), item.value, item.contribution)
                for item in self.attribution.items
            ),
            self._rules(),
            self.component,
            tuple(ReasonCode(code) for code in self.judgmental),
        )
