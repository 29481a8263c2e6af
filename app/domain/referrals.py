"""Applications that no model answered for: a person decides them, within the same thirty days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from typing_extensions import override

from app.domain.decisions import Jurisdiction, Offer, Purpose
from app.domain.duties import THIRTY_DAYS
from app.domain.ids import DecisionId, ReferralId, SubjectId
from app.domain.parties import Applicant

Why = Literal["scoring-unavailable", "pricing-unavailable"]


@dataclass(frozen=True, slots=True)
class Application:
    """A request for credit, with what the models are to read."""

    external_id: str
    product: str
    purpose: Purpose
    jurisdiction: Jurisdiction
    received_at: datetime
    completed_at: datetime
    requested: Offer
    applicants: tuple[Applicant, ...]
    features: Mapping[str, object]


@dataclass(frozen=True, slots=True, repr=False)
class Referral:
    """An application that waits for a person, with the day its notice is due.

    `decision_id` is the decision that settled it, once one did. Prints its id alone.
    """

    id: ReferralId
    subject_id: SubjectId
    application: Application
    why: Why
    referred_at: datetime
    decision_id: DecisionId | None = None

    @property
    def due_at(self) -> datetime:
        """The applicant is to hear within thirty days of completing the application."""
        return self.application.completed_at + THIRTY_DAYS

    @override
    def __repr__(self) -> str:
        return f"Referral(id={self.id})"
