"""What a change of a passage touches: everything written that rests on its words."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.explanation import Audience, Language
from app.domain.ids import DecisionId, ExplanationId, WordingId
from app.domain.models import ReasonCode


@dataclass(frozen=True, slots=True)
class PassageSpan:
    """Where a passage stands in one document version, in characters of its stored source.

    `is_whole` says that it is the document itself, whatever its passages are called.
    """

    citation: str
    version_sha256: str
    start: int
    end: int
    is_whole: bool = False


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
class RelyingWording:
    """One wording that quotes a passage, and whether it is said to customers now."""

    wording_id: WordingId
    code: ReasonCode
    audience: Audience
    language: Language
    citation: str
    is_approved: bool


@dataclass(frozen=True, slots=True)
class Impact:
    """What rests on a document version, or on one passage of the library.

    `wordings` are those in use or in review that quote it: a change sends them back to review.
    """

    spans: tuple[PassageSpan, ...]
    reliance: tuple[Reliance, ...]
    explanations: tuple[Relying, ...]
    wordings: tuple[RelyingWording, ...]
