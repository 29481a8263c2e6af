"""What a change of a passage touches: everything written that rests on its words."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.explanation import Audience, Language
from app.domain.ids import DecisionId, ExplanationId


@dataclass(frozen=True, slots=True)
class PassageSpan:
    """Where a passage stands in one document version, in characters of its stored source."""

    citation: str
    version_sha256: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reliance:
    """How many explanations quote a passage, and how many of them stand."""

    citation: str
    explanations: int
    current: int


@dataclass(frozen=True, slots=True)
class Relying:
    """One explanation that quotes a passage; `citations` are those it rests on."""

    explanation_id: ExplanationId
    decision_id: DecisionId
    audience: Audience
    language: Language
    written_at: datetime
    citations: tuple[str, ...]
    is_current: bool


@dataclass(frozen=True, slots=True)
class Impact:
    """What rests on a document version, or on one passage of the library.

    Wordings that a person approved rest on passages too: where they are stored, they are counted
    and listed here beside the explanations, and a change sends them back to review.
    """

    spans: tuple[PassageSpan, ...]
    reliance: tuple[Reliance, ...]
    explanations: tuple[Relying, ...]
