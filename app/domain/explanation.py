"""What a writer is given, what it drafts, and what a reader is finally shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from app.domain.decisions import Action
from app.domain.ids import DecisionId, ExplanationId, TenantId
from app.domain.models import ReasonCode

Audience = Literal["customer", "underwriter", "compliance"]
Language = Literal["en", "es"]
Side = Literal["high", "low"]
WriterKind = Literal["model", "template", "wording"]


@dataclass(frozen=True, slots=True)
class Citation:
    """Verbatim words of a passage, by the passage's legal address."""

    citation: str
    quote: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the decision holds about a factor.

    `unit` is one of ratio, percent, usd, months, years, count, points, flag, category.
    `adverse` says on which side the value counted against the applicant, None where the
    decision does not say. `local_label` is the label in the dossier's language, where that is
    not English.
    """

    feature: str
    label: str
    value: Decimal | str | bool
    unit: str
    adverse: Side | None = None
    local_label: str = ""


@dataclass(frozen=True, slots=True)
class ReasonToExplain:
    """A principal reason with its reviewed statement and the facts that carry it.

    `side` is the side on which the catalogue says that the factor counts against an applicant;
    what the facts say of this very decision goes before it. `local_statement` is the statement
    in the dossier's language, where that is not English; empty where compliance reviewed none.
    """

    code: ReasonCode
    statement: str
    facts: tuple[Fact, ...]
    side: Side | None = None
    local_statement: str = ""


@dataclass(frozen=True, slots=True)
class EvidencePassage:
    """A passage in force that may be cited, pinned to its stored version.

    `start` is the offset of `text` in the stored source, in characters.
    """

    citation: str
    text: str
    status: str
    version_sha256: str = ""
    start: int = 0


@dataclass(frozen=True, slots=True)
class ScoreFact:
    """The score as it may be told to an underwriter."""

    value: Decimal
    min: Decimal
    max: Decimal


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that may be said about one decision, and nothing else.

    It holds no name, address or account; what of it leaves for a language model is chosen by
    `app.domain.case_text`. `tenant_id` is whose budget the model's work spends, nobody's in an
    evaluation.
    `quotes` names, per reason, the passage and the words in it that the citation will quote:
    retrieval chooses them, the writer words the reason.
    """

    decision_id: DecisionId
    audience: Audience
    language: Language
    action: Action
    product: str
    decided_on: date
    score: ScoreFact | None
    reasons: tuple[ReasonToExplain, ...]
    passages: tuple[EvidencePassage, ...]
    quotes: Mapping[ReasonCode, Citation]
    tenant_id: TenantId | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """What a draft says about one reason, and on what authority."""

    code: ReasonCode
    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole explanation as a writer proposes it."""

    summary: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a draft was refused: the rule, the words and where they stand."""

    rule: str
    words: str
    where: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What carries one delivered sentence: a fact, a reason code or a span of a passage.

    `start` and `end` are character offsets in the stored source of `version_sha256`.
    """

    where: str
    kind: Literal["fact", "reason", "passage", "decision"]
    ref: str
    version_sha256: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Verified:
    """A draft of which every sentence was proved, with the proof."""

    draft: Draft
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A draft that says something unproved."""

    draft: Draft
    findings: tuple[Finding, ...]


Verdict = Verified | Rejected


@dataclass(frozen=True, slots=True)
class WriterSettings:
    """What a model was asked with beside its prompt; None where the writer sets nothing."""

    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None


NO_SETTINGS = WriterSettings()


@dataclass(frozen=True, slots=True)
class Written:
    """What came of asking a writer once: the draft and what it cost."""

    draft: Draft
    writer: WriterKind
    model: str
    prompt: str
    prompt_sha256: str
    raw: tuple[str, ...] = ()
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    settings: WriterSettings = NO_SETTINGS


@dataclass(frozen=True, slots=True)
class Explanation:
    """An explanation as delivered: verified, and labelled with who wrote it.

    `english` says the same in English where the language is another; it is verified as well.
    """

    id: ExplanationId
    decision_id: DecisionId
    audience: Audience
    language: Language
    draft: Draft
    evidence: tuple[Evidence, ...]
    writer: WriterKind
    model: str
    prompt: str
    prompt_sha256: str
    attempts: int
    input_tokens: int
    output_tokens: int
    seconds: float
    english: Draft | None = None
