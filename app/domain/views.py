"""One set of claims about a decision, seen by its customer, its underwriter and compliance.

The claims are made once, from the decision and what was verified about it. A view chooses among
them and adds what its reader needs; it never states a reason, a figure, a side or a source of its
own. `contradictions` holds that against the words that are finally read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.domain.decisions import Action
from app.domain.explanation import (
    Audience,
    Draft,
    Evidence,
    Explanation,
    Fact,
    Finding,
    Language,
    Side,
)
from app.domain.models import ReasonCode
from app.domain.view_texts import Right


@dataclass(frozen=True, slots=True)
class Source:
    """Quoted words, and where they stand in which version of a document."""

    citation: str
    quote: str
    version_sha256: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed of one principal reason, whoever is told it."""

    code: ReasonCode
    statement: str
    facts: tuple[Fact, ...]
    deficit: Decimal | None
    counter_intuitive: bool


@dataclass(frozen=True, slots=True)
class ToldReason:
    """A claim as one reader is told it: the words, and the figures, side and sources behind."""

    code: ReasonCode
    text: str
    figures: tuple[str, ...]
    side: Side | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Tip:
    """Something the customer can do about a reason. Reviewed in English alone so far."""

    code: ReasonCode
    text: str


@dataclass(frozen=True, slots=True)
class CustomerView:
    """The plain one. `english` is kept beside every explanation in another language."""

    language: Language
    labels: Mapping[str, str]
    action: Action
    summary: str
    reasons: tuple[ToldReason, ...]
    tips: tuple[Tip, ...]
    rights: tuple[Right, ...]
    english: Draft | None
    english_rights: tuple[Right, ...]


@dataclass(frozen=True, slots=True)
class AttributionLine:
    """What one feature did to the score; its deficit is how far it fell below the reference."""

    feature: str
    label: str
    value: str
    code: str | None
    contribution: Decimal
    reference_mean: Decimal | None
    deficit: Decimal | None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The heaviest reasons that, at the reference's mean, would have brought the score over.

    Arithmetic on the attributions alone; the search for recourse asks the model itself.
    """

    codes: tuple[ReasonCode, ...]
    score: Decimal


@dataclass(frozen=True, slots=True)
class UnderwriterView:
    """The one with the figures."""

    language: Language
    labels: Mapping[str, str]
    action: Action
    summary: str
    reasons: tuple[ToldReason, ...]
    score: Decimal | None
    cutoff: Decimal | None
    attributions: tuple[AttributionLine, ...]
    what_if: WhatIf | None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was held against what is told, and how it came out."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class SentenceEvidence:
    """A sentence that was delivered, with all that carries it."""

    where: str
    text: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class RefusedDraft:
    """A draft that said something unproved. `findings` stay empty where only rules were kept."""

    attempt: int
    writer: str
    model: str
    prompt_sha256: str
    written_at: datetime
    rules: tuple[str, ...]
    texts: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class ComplianceView:
    """The one that can be audited: of what was delivered to the customer, if that stands."""

    language: Language
    labels: Mapping[str, str]
    action: Action
    summary: str
    reasons: tuple[ToldReason, ...]
    checks: tuple[Check, ...]
    versions: Mapping[str, str]
    sentences: tuple[SentenceEvidence, ...]
    refused: tuple[RefusedDraft, ...]


View = CustomerView | UnderwriterView | ComplianceView


@dataclass(frozen=True, slots=True)
class Views:
    """All three, of one decision in one language."""

    customer: CustomerView
    underwriter: UnderwriterView
    compliance: ComplianceView

    def seen_by(self, audience: Audience) -> View:
        """Return one reader's view."""
        match audience:
            case "customer":
                return self.customer
            case "underwriter":
                return self.underwriter
            case "compliance":
                return self.compliance


@dataclass(frozen=True, slots=True)
class Told:
    """The explanations that are told, by reader, and the drafts that were refused."""

    customer: Explanation
    underwriter: Explanation
    compliance: Explanation
    refused: tuple[RefusedDraft, ...] = ()
