"""A credit decision as the lender made it, and what of it is personal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, get_args

from app.domain.ids import DecisionId, SubjectId, TenantId
from app.domain.models import ModelVersion, ReasonCode
from app.domain.parties import Applicant, Business, OutsideSource, ThirdPartyCreditor
from app.domain.reasons import Attributed, PrincipalReason

Action = Literal[
    "approved",
    "declined",
    "counteroffer",
    "incomplete",
    "account_terminated",
    "terms_changed",
    "less_favorable_terms",
]
ACTIONS: tuple[Action, ...] = get_args(Action)
Purpose = Literal["consumer", "business"]
Jurisdiction = Literal["US-federal", "EU", "UK"]
Status = Literal["recorded", "quarantined"]
AccountCause = Literal[
    "lender_action",
    "past_delinquency",
    "delinquency",
    "default",
    "inactivity",
    "agreed",
    "class_wide",
]
Component = Literal["scored", "judgmental", "both"]

# 12 CFR 1002.2(c)(1): a refusal, a termination, an unfavorable change, and a counteroffer
# until the applicant accepts it. Less favorable terms fall under 12 CFR 1022.72 instead.
ADVERSE: frozenset[Action] = frozenset(
    {"declined", "counteroffer", "account_terminated", "terms_changed"}
)
ON_ACCOUNT: frozenset[Action] = frozenset({"account_terminated", "terms_changed"})
# 1002.2(c)(2)(i)-(ii) and (c)(1)(ii): no adverse action, and (c)(2) wins where both fit ((c)(3)).
# A past delinquency is none of these: acting on it is adverse (comment 2(c)(2)(ii)-2).
NOT_ADVERSE_CAUSES: frozenset[AccountCause] = frozenset(
    {"delinquency", "default", "inactivity", "agreed", "class_wide"}
)


@dataclass(frozen=True, slots=True)
class Score:
    """A score on its scale, in the model's points."""

    value: Decimal
    min: Decimal
    max: Decimal


@dataclass(frozen=True, slots=True)
class Offer:
    """Terms asked for or offered: US dollars, months, and APR in basis points where priced."""

    amount: Decimal | None = None
    term_months: int | None = None
    apr_bps: int | None = None
    monthly_payment: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """What an incomplete application lacks, and until when it may be sent (1002.9(c)(2))."""

    items: tuple[str, ...]
    respond_by: date


@dataclass(frozen=True, slots=True)
class Closing:
    """When the credit begins to bind, which times a risk-based pricing notice (1022.73(c)).

    `effective_at` is the day changed terms of an open account take effect (account review).
    """

    consummation_at: datetime | None = None
    first_transaction_at: datetime | None = None
    effective_at: datetime | None = None


NO_CLOSING = Closing()


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, when, by which model version, and why. Never changed once recorded.

    `received_at`, `completed_at` and `decided_at` are aware UTC. `completed_at` is when the
    application was complete: the 30 days of 12 CFR 1002.9(a)(1)(i) run from there.
    """

    id: DecisionId
    tenant_id: TenantId
    subject_id: SubjectId
    external_id: str
    kind: Literal["credit", "pricing"]
    product: str
    purpose: Purpose
    jurisdiction: Jurisdiction
    action: Action
    received_at: datetime
    completed_at: datetime
    decided_at: datetime
    model: ModelVersion | None
    score: Score | None
    cutoff: Decimal | None
    attributed: Attributed | None
    reasons: tuple[PrincipalReason, ...]
    claimed_reasons: tuple[ReasonCode, ...]
    findings: tuple[str, ...]
    requested: Offer
    offered: Offer | None
    reference_sha256: str
    applicants: tuple[Applicant, ...]
    application: Mapping[str, object]
    status: Status = "recorded"
    component: Component = "scored"
    business: Business | None = None
    missing: Missing | None = None
    creditors: tuple[ThirdPartyCreditor, ...] = ()
    outside_sources: tuple[OutsideSource, ...] = ()
    reasons_given: Literal["specific", "on_request"] = "specific"
    cause: AccountCause | None = None
    closing: Closing = NO_CLOSING
    score_provider: str = ""
    channel: str = ""
    region: str = ""

    @property
    def is_adverse(self) -> bool:
        """Whether a statement of specific reasons is owed (12 CFR 1002.2(c), 1002.9(a)(2))."""
        return is_adverse(self.action, self.cause)

    @property
    def is_explained(self) -> bool:
        """Whether an explanation is written without anyone asking: adverse, and not in doubt."""
        return self.is_adverse and self.status == "recorded" and bool(self.reasons)

    @property
    def used_a_report(self) -> bool:
        """Whether any consumer report entered the decision (15 USC 1681m(a), (h))."""
        return any(applicant.reports_used for applicant in self.applicants)

    @property
    def used_an_applicants_report(self) -> bool:
        """Whether a report about someone who gets the credit entered: a guarantor does not."""
        return any(a.reports_used for a in self.applicants if a.role != "guarantor")

    @property
    def primary_applicant(self) -> Applicant:
        """Whom the notice is addressed to (12 CFR 1002.9(f))."""
        return next((a for a in self.applicants if a.role == "primary"), self.applicants[0])


def is_adverse(action: Action, cause: AccountCause | None) -> bool:
    """Whether an action is adverse: 12 CFR 1002.2(c)(1) less (c)(2), which wins ((c)(3))."""
    if action in ON_ACCOUNT and cause in NOT_ADVERSE_CAUSES:
        return False
    return action in ADVERSE
