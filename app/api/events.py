"""What happens after a decision, and what is owed because of it."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, Field

from app.api.deps import ResourcesDep, allowed
from app.api.fields import Flag, Instant, Strict
from app.api.idempotency import KeyedRoute
from app.domain import events
from app.domain.access import Actor, Permission
from app.domain.histories import late_by
from app.domain.ids import DecisionId, NoticeId
from app.domain.parties import DeliveryMethod
from app.use_cases.record_event import Standing, list_work, record_event, view_standing

router = APIRouter(prefix="/v1", tags=["events"], route_class=KeyedRoute)


class PlainEventIn(Strict):
    """Something that happened, without facts of its own."""

    kind: Literal[
        "reasons_requested",
        "counteroffer_accepted",
        "counteroffer_lapsed",
        "withdrawn",
        "review_requested",
        "review_concluded",
    ]
    at: Instant

    def to_domain(self) -> events.Event:
        """Turn into the domain's value."""
        return PLAIN[self.kind](self.at)


class InformationReceivedIn(Strict):
    """What an incomplete application lacked arrived."""

    kind: Literal["information_received"]
    at: Instant
    is_complete: Flag = True

    def to_domain(self) -> events.Event:
        """Turn into the domain's value."""
        return events.InformationReceived(self.at, self.is_complete)


class NoticeHandedOverIn(Strict):
    """A notice was mailed, delivered or sent."""

    kind: Literal["notice_handed_over"]
    at: Instant
    notice_id: UUID
    method: DeliveryMethod = "mail"

    def to_domain(self) -> events.Event:
        """Turn into the domain's value."""
        return events.NoticeHandedOver(self.at, NoticeId(self.notice_id), self.method)


class NoticeReturnedIn(Strict):
    """A notice came back undelivered."""

    kind: Literal["notice_returned"]
    at: Instant
    notice_id: UUID

    def to_domain(self) -> events.Event:
        """Turn into the domain's value."""
        return events.NoticeReturned(self.at, NoticeId(self.notice_id))


class SupersededIn(Strict):
    """Another decision took this one's place."""

    kind: Literal["superseded"]
    at: Instant
    by: UUID

    def to_domain(self) -> events.Event:
        """Turn into the domain's value."""
        return events.Superseded(self.at, DecisionId(self.by))


PLAIN: dict[
    str,
    type[events.ReasonsRequested]
    | type[events.CounterofferAccepted]
    | type[events.CounterofferLapsed]
    | type[events.Withdrawn]
    | type[events.ReviewRequested]
    | type[events.ReviewConcluded],
] = {
    "reasons_requested": events.ReasonsRequested,
    "counteroffer_accepted": events.CounterofferAccepted,
    "counteroffer_lapsed": events.CounterofferLapsed,
    "withdrawn": events.Withdrawn,
    "review_requested": events.ReviewRequested,
    "review_concluded": events.ReviewConcluded,
}
EventIn = Annotated[
    PlainEventIn | InformationReceivedIn | NoticeHandedOverIn | NoticeReturnedIn | SupersededIn,
    Field(discriminator="kind"),
]


class OwedOut(BaseModel):
    """One thing still to do; `due_at` is null where the law sets no day."""

    task: str
    duty: str | None
    due_at: datetime | None
    is_late: bool
    basis: str
    notice_id: UUID | None


class NoticeStateOut(BaseModel):
    """How far a notice is: issued is not notified."""

    id: UUID
    duty: str
    form: str
    addressee: str
    delivery: str
    due_at: datetime
    issued_at: datetime
    handed_over_at: datetime | None
    is_returned: bool
    late_by_s: int


class HappenedOut(BaseModel):
    """An event as it was told."""

    kind: str
    at: datetime


class StandingOut(BaseModel):
    """What happened to a decision, and what is owed because of it."""

    decision_id: UUID
    external_id: str
    status: str
    findings: list[str]
    owed: list[OwedOut]
    notices: list[NoticeStateOut]
    events: list[HappenedOut]

    @classmethod
    def of(cls, standing: Standing, now: datetime) -> "StandingOut":
        """Present a standing; nothing in it is personal."""
        history = standing.history
        return cls(
            decision_id=history.decision.id,
            external_id=history.decision.external_id,
            status=history.decision.status,
            findings=list(history.decision.findings),
            owed=[
                OwedOut(
                    task=owed.task,
                    duty=owed.duty,
                    due_at=owed.due_at,
                    is_late=owed.is_late(now),
                    basis=owed.basis,
                    notice_id=owed.notice_id,
                )
                for owed in standing.owed
            ],
            notices=[
                NoticeStateOut(
                    id=notice.id,
                    duty=notice.duty,
                    form=notice.form,
                    addressee=notice.addressee,
                    delivery=notice.delivery,
                    due_at=notice.due_at,
                    issued_at=notice.issued_at,
                    handed_over_at=history.handed_over_at(notice.id),
                    is_returned=history.is_returned(notice.id),
                    late_by_s=int(late_by(history, notice, now).total_seconds()),
                )
                for notice in history.notices
            ],
            events=[HappenedOut(kind=event.kind, at=event.at) for event in history.events],
        )


@router.post(
    "/decisions/{decision_id}/events",
    status_code=HTTPStatus.CREATED,
    summary="Tell what happened after a decision",
)
async def post_event(
    decision_id: UUID,
    body: Annotated[EventIn, Body()],
    actor: Annotated[Actor, Depends(allowed(Permission.RECORD_EVENTS))],
    resources: ResourcesDep,
) -> StandingOut:
    """Record an event; the answer lists what is now owed, and when."""
    standing = await record_event(
        DecisionId(decision_id),
        body.to_domain(),
        actor=actor,
        sessions=resources.sessions,
        catalogue=resources.catalogue,
        clock=resources.clock,
        new_id=resources.new_id,
    )
    return StandingOut.of(standing, resources.clock())


@router.get("/decisions/{decision_id}/events", summary="Read what happened and what is owed")
async def get_events(
    decision_id: UUID,
    actor: Annotated[Actor, Depends(allowed(Permission.VIEW_DECISIONS))],
    resources: ResourcesDep,
) -> StandingOut:
    """Return the decision's history and its open duties."""
    standing = await view_standing(
        DecisionId(decision_id), actor=actor, sessions=resources.sessions, clock=resources.clock
    )
    return StandingOut.of(standing, resources.clock())


@router.get("/work", summary="List what a person has to do")
async def get_work(
    actor: Annotated[Actor, Depends(allowed(Permission.VIEW_WORK))],
    resources: ResourcesDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[StandingOut]:
    """Return quarantined decisions, undelivered notices and open requests, most urgent first."""
    now = resources.clock()
    standings = await list_work(
        actor=actor, sessions=resources.sessions, clock=resources.clock, limit=limit
    )
    return [StandingOut.of(standing, now) for standing in standings]
