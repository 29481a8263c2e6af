"""A credit decision as the lender made it, and what of it is personal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, get_args

from typing_extensions import override

from app.domain.ids import DecisionId, SubjectId, TenantId
from app.domain.models import ModelVersion, ReasonCode
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
Role = Literal["primary", "joint", "guarantor"]

# 12 CFR 1002.2(c)(1): a refusal, a termination, an unfavorable change, and a counteroffer
# until the applicant accepts it. Less favorable terms fall under 12 CFR 1022.72 instead.
ADVERSE: frozenset[Action] = frozenset(
    {"declined", "counteroffer", "account_terminated", "terms_changed"}
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


@dataclass(frozen=True, slots=True, repr=False)
class Applicant:
    """A person the decision is about. Prints its role alone: the rest is personal."""

    role: Role
    reference: str
    name: str
    address: str
    language: str = "en"
    consumer_reports: tuple[ConsumerReport, ...] = ()

    @override
    def __repr__(self) -> str:
        return f"Applicant(role={self.role!r})"


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

    @property
    def is_adverse(self) -> bool:
        """Whether a statement of specific reasons is owed (12 CFR 1002.2(c), 1002.9(a)(2))."""
        return self.action in ADVERSE

    @property
    def primary_applicant(self) -> Applicant:
        """Whom the notice is addressed to (12 CFR 1002.9(f))."""
        return next((a for a in self.applicants if a.role == "primary"), self.applicants[0])
