"""What a customer reads of their own decision, with a link and the code of their letter."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, Field

from app.api.deps import ResourcesDep, customer
from app.api.fields import Strict
from app.api.idempotency import KeyedRoute
from app.api.notices import LETTER_RESPONSES, present_letter
from app.api.presenters import OfferOut
from app.api.rates import Rates
from app.domain.access import Permission
from app.domain.catalogue import Catalogue
from app.domain.customers import Customer, LinkPurpose
from app.domain.decisions import Action
from app.domain.explanation import Language
from app.domain.histories import Owed
from app.domain.identity_errors import LinkRefused
from app.domain.models import ReasonCode
from app.domain.view_texts import Right, rights_of
from app.domain.views import CustomerView
from app.use_cases.open_session import OpenedSession, end_session, open_session
from app.use_cases.view_decision import view_letters
from app.use_cases.view_own_decision import OwnDecision, request_own_review, view_own_decision

router = APIRouter(prefix="/v1/customer", tags=["customers"], route_class=KeyedRoute)
# Nobody is known here yet, so there is nobody to keep an Idempotency-Key for; asked again, a
# link opens again.
door = APIRouter(prefix="/v1/customer", tags=["customers"])
Reader = Annotated[Customer, Depends(customer(Permission.READ_OWN_DECISION))]


class OpeningIn(Strict):
    """The link as it was sent, and the code as the letter shows it."""

    link: Annotated[str, Field(max_length=200)]
    code: Annotated[str, Field(max_length=40)]


class SessionOut(BaseModel):
    """A session with the text to send as `Authorization: Bearer …`. It is shown this once."""

    session: str
    purpose: LinkPurpose
    expires_at: datetime

    @classmethod
    def of(cls, opened: OpenedSession) -> "SessionOut":
        """Present a session that was just opened."""
        return cls(
            session=opened.text,
            purpose=opened.session.purpose,
            expires_at=opened.session.expires_at,
        )


class OwnReasonOut(BaseModel):
    """A principal reason as the letter states it, and what the customer can do about it."""

    rank: int
    code: str
    statement: str
    tip: str


class OwnOwedOut(BaseModel):
    """What the lender still owes the customer; `due_at` is null where the law sets no day."""

    task: str
    due_at: datetime | None
    basis: str

    @classmethod
    def of(cls, owed: Owed) -> "OwnOwedOut":
        """Present what is owed."""
        return cls(task=owed.task, due_at=owed.due_at, basis=owed.basis)


class OwnDecisionOut(BaseModel):
    """A decision as its customer sees it; `explanation` is null until one is proved."""

    external_id: str
    product: str
    action: Action
    received_at: datetime
    decided_at: datetime
    requested: OfferOut | None
    offered: OfferOut | None
    reasons: list[OwnReasonOut]
    explanation: CustomerView | None
    rights: list[Right]
    owed: list[OwnOwedOut]

    @classmethod
    def of(cls, own: OwnDecision, catalogue: Catalogue, language: Language) -> "OwnDecisionOut":
        """Present a decision; reasons that a check has not passed are shown to nobody."""
        decision = own.decision
        told = decision.reasons if decision.is_explained else ()
        return cls(
            external_id=decision.external_id,
            product=decision.product,
            action=decision.action,
            received_at=decision.received_at,
            decided_at=decision.decided_at,
            requested=OfferOut.of(decision.requested),
            offered=OfferOut.of(decision.offered),
            reasons=[
                _reason(rank, ReasonCode(reason.code), catalogue, language)
                for rank, reason in enumerate(told, start=1)
            ],
            explanation=own.view,
            rights=list(rights_of(decision, language)),
            owed=[OwnOwedOut.of(owed) for owed in own.owed],
        )


@door.post(
    "/sessions",
    status_code=HTTPStatus.CREATED,
    summary="Open a link with the code of the letter",
)
async def post_session(
    body: OpeningIn, request: Request, resources: ResourcesDep, response: Response
) -> SessionOut:
    """Return a session of half an hour. Why a link does not open is never said."""
    try:
        opened = await open_session(
            body.link,
            body.code,
            sessions=resources.sessions,
            clock=resources.clock,
            new_id=resources.new_id,
            new_secret=resources.new_secret,
        )
    except LinkRefused:  # a guess counts as a token does that proves nothing
        cast("Rates", request.app.state.rates).count_failure(request.scope)
        raise
    response.headers["Cache-Control"] = "no-store"
    return SessionOut.of(opened)


@router.delete("/session", status_code=HTTPStatus.NO_CONTENT, summary="End the session")
async def delete_session(who: Reader, resources: ResourcesDep) -> None:
    """End the session at once; the link can be opened again."""
    await end_session(
        who, sessions=resources.sessions, clock=resources.clock, new_id=resources.new_id
    )


@router.get("/decision", summary="Read one's own decision")
async def get_own_decision(
    who: Reader, resources: ResourcesDep, response: Response, language: Language = "en"
) -> OwnDecisionOut:
    """Return the outcome, its reasons with tips, the explanation, rights, and what is owed."""
    own = await view_own_decision(
        who,
        language=language,
        sessions=resources.sessions,
        catalogue=resources.catalogue,
        clock=resources.clock,
    )
    response.headers["Cache-Control"] = "no-store"
    return OwnDecisionOut.of(own, resources.catalogue, language)


@router.get(
    "/notice",
    summary="Read one's own letter",
    response_class=Response,
    responses=LETTER_RESPONSES,
)
async def get_own_notice(
    who: Reader,
    resources: ResourcesDep,
    accept: Annotated[str, Header()] = "application/json",
    duty: Annotated[str | None, Query(description="The latest duty's notice if left out")] = None,
) -> Response:
    """Return the letter as JSON, HTML, plain text or PDF, by `Accept`."""
    decision_id = who.session.decision_id
    letters = await view_letters(decision_id, actor=who, sessions=resources.sessions)
    response = await present_letter(letters, decision_id, duty, accept, resources)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/review-requests", summary="Ask for a person to look at the decision again")
async def post_review_request(
    who: Annotated[Customer, Depends(customer(Permission.REQUEST_OWN_REVIEW))],
    resources: ResourcesDep,
) -> list[OwnOwedOut]:
    """Record the request; the answer says what is owed because of it, and when."""
    owed = await request_own_review(
        who,
        sessions=resources.sessions,
        catalogue=resources.catalogue,
        clock=resources.clock,
        new_id=resources.new_id,
    )
    return [] if owed is None else [OwnOwedOut.of(owed)]


def _reason(rank: int, code: ReasonCode, catalogue: Catalogue, language: Language) -> OwnReasonOut:
    entry = catalogue[code]
    statement = entry.translations.get(language, entry.statement)
    return OwnReasonOut(rank=rank, code=code, statement=statement, tip=entry.consumer_tip)
