"""Reviewed wordings: written once, proved for every value, approved by a second person.

A wording says one principal reason to one audience in one language, with slots for the facts.
It holds for the policy version it quotes, the catalogue's statement and the prompt it was written
with; once any of them changes it goes back to review.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from app.domain.decisions import Jurisdiction
from app.domain.explanation import (
    Audience,
    Citation,
    EvidencePassage,
    Fact,
    Language,
    ReasonToExplain,
    Side,
    Statement,
)
from app.domain.ids import WordingId
from app.domain.models import ReasonCode
from app.domain.slots import Unit, compile_text, unit_of
from app.domain.wording_errors import ReviewerNotIndependent, WordingNotInReview

StateName = Literal["drafted", "in_review", "approved", "rejected", "superseded", "expired"]


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers that a wording was proved for, both ends among them."""

    low: Decimal
    high: Decimal

    def holds(self, value: object) -> bool:
        """Whether a value is among them."""
        return isinstance(value, Decimal) and value.is_finite() and self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Words:
    """The categories that a wording was proved for."""

    words: tuple[str, ...]

    def holds(self, value: object) -> bool:
        """Whether a value is among them."""
        return value in self.words


@dataclass(frozen=True, slots=True)
class Flags:
    """The states of a yes-or-no fact that a wording was proved for."""

    states: tuple[bool, ...]

    def holds(self, value: object) -> bool:
        """Whether a value is among them: models send flags as 0 and 1 too."""
        return isinstance(value, bool | Decimal) and value in self.states


Values = Numbers | Words | Flags


@dataclass(frozen=True, slots=True)
class FactShape:
    """A fact without its value, and the values it may take; `local_label` is a fact's own."""

    feature: str
    label: str
    unit: Unit
    adverse: Side | None
    values: Values
    local_label: str = ""

    def fits(self, fact: Fact) -> bool:
        """Whether a fact is of this shape and its value one that was proved."""
        return (
            fact.feature == self.feature
            and unit_of(fact) == self.unit
            and fact.adverse == self.adverse
            and fact.label == self.label
            and fact.local_label == self.local_label
            and self.values.holds(fact.value)
        )


@dataclass(frozen=True, slots=True)
class Basis:
    """The law a wording rests on: words of a passage, in one version of its document."""

    citation: Citation
    version_sha256: str


@dataclass(frozen=True, slots=True)
class PromptVersion:
    """The prompt a wording was written with; both are empty where a person wrote it."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class WordingKey:
    """What a wording is for: one approved wording may stand for each."""

    code: ReasonCode
    audience: Audience
    language: Language
    jurisdiction: Jurisdiction
    shape_sha256: str
    policy_sha256: str
    prompt_sha256: str


@dataclass(frozen=True, slots=True)
class Wording:
    """A text with slots, and all that it was proved against. It never changes.

    `drafted_by` is the person or model that worded it, `requested_by` who asked for it: neither
    may review it. `fills` is how many values it was proved for. `returned_from` names the wording
    that it takes the place of, where a policy, a statement or a prompt changed.
    """

    id: WordingId
    code: ReasonCode
    audience: Audience
    language: Language
    jurisdiction: Jurisdiction
    text: str
    statement: str
    facts: tuple[FactShape, ...]
    basis: Basis
    prompt: PromptVersion
    drafted_by: str
    requested_by: str
    drafted_at: datetime
    fills: int
    samples: tuple[str, ...] = ()
    raw: tuple[str, ...] = ()
    returned_from: WordingId | None = None
    returned_why: str = ""

    @property
    def key(self) -> WordingKey:
        """What it is for."""
        return WordingKey(
            self.code,
            self.audience,
            self.language,
            self.jurisdiction,
            shape_sha256(self.facts),
            self.basis.version_sha256,
            self.prompt.sha256,
        )


@dataclass(frozen=True, slots=True)
class DraftedWording:
    """Written and proved; nobody has been asked to review it yet."""

    wording: Wording


@dataclass(frozen=True, slots=True)
class WordingInReview:
    """Waiting for a second person."""

    wording: Wording
    submitted_by: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ApprovedWording:
    """Said to customers as it stands."""

    wording: Wording
    by: str
    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class RejectedWording:
    """Turned down by a reviewer, with the reason."""

    wording: Wording
    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class SupersededWording:
    """Replaced by a wording approved later for the same key."""

    wording: Wording
    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class ExpiredWording:
    """What it was proved against has changed; `why` says what."""

    wording: Wording
    by: str
    at: datetime
    why: str


ReviewedWording = (
    DraftedWording
    | WordingInReview
    | ApprovedWording
    | RejectedWording
    | SupersededWording
    | ExpiredWording
)
STATES: Mapping[type[ReviewedWording], StateName] = {
    DraftedWording: "drafted",
    WordingInReview: "in_review",
    ApprovedWording: "approved",
    RejectedWording: "rejected",
    SupersededWording: "superseded",
    ExpiredWording: "expired",
}


@dataclass(frozen=True, slots=True)
class Approval:
    """A reviewer's yes."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reviewer's no, which says why."""

    why: str


@dataclass(frozen=True, slots=True)
class DoesNotFit:
    """The wording was not proved for these facts."""

    feature: str


def fill(wording: Wording, facts: Sequence[Fact]) -> Statement | DoesNotFit:
    """Say the reason of one decision. Nothing is said of a value that was not proved."""
    if len(facts) != len(wording.facts):
        return DoesNotFit("")
    for shape, fact in zip(wording.facts, facts, strict=True):
        if not shape.fits(fact):
            return DoesNotFit(fact.feature)
    features = tuple([shape.feature for shape in wording.facts])
    said = compile_text(wording.text, wording.language, features).render(facts)
    return Statement(wording.code, said, (wording.basis.citation,))


def review(
    held: ReviewedWording, verdict: Approval | Refusal, *, by: str, at: datetime
) -> ApprovedWording | RejectedWording:
    """Approve or reject. Raises WordingNotInReview, or ReviewerNotIndependent: four eyes."""
    wording = held.wording
    if not isinstance(held, WordingInReview):
        raise WordingNotInReview(wording.id, STATES[type(held)])
    if by in {wording.drafted_by, wording.requested_by, held.submitted_by}:
        raise ReviewerNotIndependent(wording.id)
    match verdict:
        case Approval(why):
            return ApprovedWording(wording, by, at, why)
        case Refusal(why):
            return RejectedWording(wording, by, at, why)


def why_stale(
    wording: Wording,
    *,
    statement: str | None,
    passages: Iterable[EvidencePassage],
    prompt: PromptVersion | None = None,
) -> str | None:
    """Say what has changed since a wording was proved, or None.

    `passages` are those in force under the address it cites; `prompt` is the one in use now for
    its language. A wording that a person wrote rests on no prompt.
    """
    if statement != wording.statement:
        return "the catalogue's statement changed"
    in_force = {p.version_sha256 for p in passages if p.citation == wording.basis.citation.citation}
    if wording.basis.version_sha256 not in in_force:
        return f"{wording.basis.citation.citation} was amended, superseded or ended"
    if prompt is not None and wording.prompt.sha256 not in {"", prompt.sha256}:
        return f"the prompt {wording.prompt.name} is no longer in use"
    return None


def choose_wordings(
    approved: Sequence[ApprovedWording], reasons: Sequence[ReasonToExplain]
) -> Mapping[ReasonCode, tuple[Wording, Statement]] | None:
    """Choose a wording for every reason, the first that fits it; None if a reason has none.

    `approved` come the last approved first. A decision's reasons are worded in one way: by
    reviewed wordings alone, or by none.
    """
    chosen: dict[ReasonCode, tuple[Wording, Statement]] = {}
    for reason in reasons:
        for held in approved:
            wording = held.wording
            if wording.code != reason.code or wording.statement != reason.statement:
                continue
            filled = fill(wording, reason.facts)
            if isinstance(filled, Statement):
                chosen[reason.code] = (wording, filled)
                break
        else:
            return None
    return chosen


@lru_cache(maxsize=4096)
def shape_sha256(facts: tuple[FactShape, ...]) -> str:
    """Hash what facts are, whatever their values and the range these were proved for."""
    told = "\n".join("\t".join((f.feature, f.label, f.unit, f.adverse or "either")) for f in facts)
    return hashlib.sha256(told.encode()).hexdigest()
