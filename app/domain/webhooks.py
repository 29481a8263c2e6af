"""What other systems are told: endpoints, the messages owed to them, and how each delivery went.

A message holds ids, codes and instants, and nothing personal: it leaves our walls, and whoever
receives it reads the rest with a token of its own.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from app.domain.decisions import Decision
from app.domain.explanation import Explanation
from app.domain.ids import DecisionId, EndpointId, MessageId
from app.domain.notices.notice import Notice
from app.domain.referrals import Referral

EventType = Literal["decision.recorded", "explanation.ready", "notice.issued", "review.needed"]
TEST = "webhook.test"
# `gone`: the receiver answered 410; `failing`: no message got through for FAILING_FOR.
DisabledWhy = Literal["asked", "gone", "failing"]
DeliveryState = Literal["pending", "delivered", "failed"]
ReviewWhy = Literal["quarantined", "explanation-withheld", "referred", "notice-due"]

MOST_ENDPOINTS = 20  # of one tenant
SECRET_PREFIX = "whsec_"  # noqa: S105 -- what the specification has secrets begin with
SECRET_BYTES = 32  # the specification asks for 24 to 64
OLD_SECRET_FOR = timedelta(hours=24)
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a tenant has messages sent. `disabled` is None while they are."""

    id: EndpointId
    url: str
    description: str
    events: tuple[EventType, ...]
    created_at: datetime
    disabled: DisabledWhy | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """Something that happened, told once: of two messages with one `key` only the first is kept.

    `type` is an EventType, or TEST, which no endpoint subscribes to.
    """

    id: MessageId
    type: str
    key: str
    at: datetime
    data: Mapping[str, str | None]

    @property
    def body(self) -> str:
        """The bytes that are signed and sent, the same at every attempt."""
        payload = {"type": self.type, "timestamp": _instant(self.at), "data": dict(self.data)}
        return json.dumps(payload, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message owed to one endpoint, and what came of the attempts so far.

    `outcome` is the status that was answered last, or why none was; `next_at` is when the next
    attempt is due, None once there is none to come.
    """

    message_id: MessageId
    type: str
    created_at: datetime
    state: DeliveryState
    attempts: int
    outcome: str | None
    attempted_at: datetime | None
    next_at: datetime | None


def new_secret(random: bytes) -> str:
    """Spell SECRET_BYTES of randomness as a Standard Webhooks secret."""
    return SECRET_PREFIX + base64.b64encode(random).decode()


def decision_recorded(decision: Decision, message_id: MessageId, at: datetime) -> Message:
    """A decision stands, whether recorded or quarantined."""
    return Message(
        message_id,
        "decision.recorded",
        f"decision.recorded:{decision.id}",
        at,
        {
            "decision_id": str(decision.id),
            "status": decision.status,
            "action": decision.action,
            "decided_at": _instant(decision.decided_at),
            "href": _href(decision.id),
        },
    )


def explanation_ready(explanation: Explanation, message_id: MessageId, at: datetime) -> Message:
    """An explanation was verified and is the one that stands."""
    return Message(
        message_id,
        "explanation.ready",
        f"explanation.ready:{explanation.id}",
        at,
        {
            "decision_id": str(explanation.decision_id),
            "explanation_id": str(explanation.id),
            "audience": explanation.audience,
            "language": explanation.language,
            "href": f"{_href(explanation.decision_id)}/explanations/{explanation.id}",
        },
    )


def notice_issued(notice: Notice, message_id: MessageId, at: datetime) -> Message:
    """A notice was issued and is to be handed over by its due date."""
    return Message(
        message_id,
        "notice.issued",
        f"notice.issued:{notice.id}",
        at,
        {
            "decision_id": str(notice.decision_id),
            "notice_id": str(notice.id),
            "duty": notice.duty,
            "due_at": _instant(notice.due_at),
            "href": f"{_href(notice.decision_id)}/notices",
        },
    )


def review_needed(
    decision_id: DecisionId,
    why: ReviewWhy,
    message_id: MessageId,
    at: datetime,
    *,
    due_at: datetime | None = None,
) -> Message:
    """A decision waits for a person. `due_at` is when the notice it owes is due, if one is."""
    return Message(
        message_id,
        "review.needed",
        f"review.needed:{why}:{decision_id}:{'' if due_at is None else _instant(due_at)}",
        at,
        {
            "decision_id": str(decision_id),
            "why": why,
            "due_at": None if due_at is None else _instant(due_at),
            "href": _href(decision_id),
        },
    )


def referred(referral: Referral, message_id: MessageId, at: datetime) -> Message:
    """An application that no model answered for waits for a person."""
    return Message(
        message_id,
        "review.needed",
        f"review.needed:referred:{referral.id}",
        at,
        {
            "referral_id": str(referral.id),
            "why": "referred",
            "due_at": _instant(referral.due_at),
            "href": "/v1/referrals",
        },
    )


def probe(endpoint_id: EndpointId, message_id: MessageId, at: datetime) -> Message:
    """Return a message that says nothing: whether it arrives is what is asked."""
    data = {"webhook_id": str(endpoint_id)}
    return Message(message_id, TEST, f"{TEST}:{message_id}", at, data)


def _href(decision_id: DecisionId) -> str:
    return f"/v1/decisions/{decision_id}"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
