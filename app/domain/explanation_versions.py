"""The versions of an explanation: which one stands, and why another was written."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.domain.explanation import Audience, Language
from app.domain.ids import ExplanationId

# Closed words: they stand in the audit trail, which outlives the person's data.
RenewalCause = Literal[
    "policy_changed",
    "model_changed",
    "prompt_changed",
    "error_found",
    "complaint",
    "review_requested",
    "other",
]


@dataclass(frozen=True, slots=True)
class Renewal:
    """An order to write anew what stands. It is spent once another version stands."""

    replaces: ExplanationId
    why: RenewalCause


@dataclass(frozen=True, slots=True)
class ExplanationVersion:
    """One version in the list of them; its text is opened by its id alone."""

    id: ExplanationId
    audience: Audience
    language: Language
    writer: str
    model: str
    attempts: int
    written_at: datetime
    is_current: bool
    renewal: Renewal | None
