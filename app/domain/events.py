"""What happens after a decision, as the lender tells us: each kind with its own facts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from app.domain.ids import DecisionId, NoticeId
from app.domain.parties import DeliveryMethod


@dataclass(frozen=True, slots=True)
class ReasonsRequested:
    """The applicant asked for the specific reasons (12 CFR 1002.9(a)(2)(ii), (a)(3))."""

    at: datetime
    kind: Literal["reasons_requested"] = "reasons_requested"


@dataclass(frozen=True, slots=True)
class CounterofferAccepted:
    """The applicant expressly accepted or used the credit offered (1002.2(c)(1)(i))."""

    at: datetime
    kind: Literal["counteroffer_accepted"] = "counteroffer_accepted"


@dataclass(frozen=True, slots=True)
class CounterofferLapsed:
    """The counteroffer was neither accepted nor used (1002.9(a)(1)(iv))."""

    at: datetime
    kind: Literal["counteroffer_lapsed"] = "counteroffer_lapsed"


@dataclass(frozen=True, slots=True)
class InformationReceived:
    """What an incomplete application lacked arrived; `is_complete` says whether all of it."""

    at: datetime
    is_complete: bool = True
    kind: Literal["information_received"] = "information_received"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The applicant expressly withdrew the application (comment 9-2)."""

    at: datetime
    kind: Literal["withdrawn"] = "withdrawn"


@dataclass(frozen=True, slots=True)
class NoticeHandedOver:
    """A notice was mailed, delivered or sent: only this notifies (comment 9-3)."""

    at: datetime
    notice_id: NoticeId
    method: DeliveryMethod = "mail"
    kind: Literal["notice_handed_over"] = "notice_handed_over"


@dataclass(frozen=True, slots=True)
class NoticeReturned:
    """A notice came back undelivered."""

    at: datetime
    notice_id: NoticeId
    kind: Literal["notice_returned"] = "notice_returned"


@dataclass(frozen=True, slots=True)
class ReviewRequested:
    """The person asked for a human to look again (GDPR Art. 22(3); UK GDPR Art. 22C(2))."""

    at: datetime
    kind: Literal["review_requested"] = "review_requested"


@dataclass(frozen=True, slots=True)
class ReviewConcluded:
    """A person looked again and upheld the decision; overturned, it is superseded instead.

    After that it says that the applicant was told of the new decision where no notice tells it.
    """

    at: datetime
    kind: Literal["review_concluded"] = "review_concluded"


@dataclass(frozen=True, slots=True)
class Superseded:
    """Another decision took this one's place: a correction, or a review that overturned it."""

    at: datetime
    by: DecisionId
    kind: Literal["superseded"] = "superseded"


Event: TypeAlias = (
    ReasonsRequested
    | CounterofferAccepted
    | CounterofferLapsed
    | InformationReceived
    | Withdrawn
    | NoticeHandedOver
    | NoticeReturned
    | ReviewRequested
    | ReviewConcluded
    | Superseded
)
