"""Customers' access: a link to one decision, opened with the code of a letter about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.domain.access import Actor, Permission
from app.domain.ids import DecisionId, LinkId, SessionId

LinkPurpose = Literal["read_decision", "request_review"]
# A link is for one thing; asking for a review takes reading what is to be reviewed.
PURPOSES: Mapping[LinkPurpose, frozenset[Permission]] = {
    "read_decision": frozenset({Permission.READ_OWN_DECISION}),
    "request_review": frozenset({Permission.READ_OWN_DECISION, Permission.REQUEST_OWN_REVIEW}),
}
LONGEST_LINK = timedelta(days=90)
SESSION = timedelta(minutes=30)
MOST_WRONG_CODES = 5


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is listed. `wrong_codes` counts those since it was last opened."""

    id: LinkId
    decision_id: DecisionId
    purpose: LinkPurpose
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    opened_at: datetime | None = None
    wrong_codes: int = 0
    locked_at: datetime | None = None
    revoked_at: datetime | None = None

    def opens(self, now: datetime) -> bool:
        """Whether the right code opens it."""
        return self.locked_at is None and self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Session:
    """What a link opened with a code gives: one addressee's decision, for a short while."""

    id: SessionId
    link_id: LinkId
    decision_id: DecisionId
    purpose: LinkPurpose
    addressee: str
    opened_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(Actor):
    """The person behind a session: may read one decision as one of its addressees."""

    session: Session
