"""Reviewed wordings, and the desk where a second person approves them."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field, model_validator

from app.api.deps import ResourcesDep, allowed
from app.api.explanation_presenters import passage_href
from app.api.fields import Code, Flag, Name, OptionalText, Strict, Text
from app.api.idempotency import KeyedRoute, ReservedId
from app.db.wordings import Filter
from app.domain.access import Actor, Permission
from app.domain.decisions import Jurisdiction
from app.domain.explanation import Language
from app.domain.ids import WordingId
from app.domain.models import Feature, ReasonCode
from app.domain.wordings import (
    STATES,
    Approval,
    DraftedWording,
    FactShape,
    Numbers,
    Refusal,
    ReviewedWording,
    StateName,
    WordingInReview,
    Words,
)
from app.use_cases.draft_wording import WordingRequest, draft_wording
from app.use_cases.review_wording import get_wording, page_reviews, page_wordings, review_wording

router = APIRouter(prefix="/v1/wordings", tags=["wordings"], route_class=KeyedRoute)
desk = APIRouter(prefix="/v1/reviews", tags=["wordings"], route_class=KeyedRoute)
Viewer = Annotated[Actor, Depends(allowed(Permission.VIEW_WORDINGS))]
Categories = Annotated[list[Name], Field(min_length=1, max_length=100)]
Limit = Annotated[int, Query(ge=1, le=200)]


class ModelOfWording(Strict):
    """A registered model version."""

    name: Name
    version: Name


class WordingIn(Strict):
    """A reason to word once for all decisions; without a text the language model drafts one.

    `text` says facts in slots, as `{leverage_ratio:ratio}`. `model` names the version whose
    feature carries the reason; leave it out for reasons that a person or a rule brings.
    """

    code: Code
    audience: Literal["customer"] = "customer"
    language: Language = "en"
    jurisdiction: Jurisdiction = "US-federal"
    model: ModelOfWording | None = None
    feature: Name | None = None
    counter_intuitive: Flag = False
    text: Text | None = None
    categories: Annotated[dict[Name, Categories], Field(max_length=10)] | None = None

    def to_domain(self) -> WordingRequest:
        """Return the request."""
        return WordingRequest(
            ReasonCode(self.code),
            self.audience,
            self.language,
            self.jurisdiction,
            None if self.model is None else (self.model.name, self.model.version),
            None if self.feature is None else Feature(self.feature),
            self.counter_intuitive,
            self.text,
            {name: tuple(words) for name, words in (self.categories or {}).items()},
        )


class ReviewIn(Strict):
    """A reviewer's verdict; a rejection says why."""

    verdict: Literal["approve", "reject"]
    why: OptionalText = ""

    @model_validator(mode="after")
    def _says_why(self) -> "ReviewIn":
        if self.verdict == "reject" and not self.why.strip():
            message = "a rejection says why"
            raise ValueError(message)
        return self


class FactOut(BaseModel):
    """A fact that a slot may say, and the values that the text was proved for."""

    feature: str
    label: str
    unit: str
    adverse: str | None
    values: str

    @classmethod
    def of(cls, shape: FactShape) -> "FactOut":
        """Present a fact."""
        match shape.values:
            case Numbers(low, high):
                values = f"{low:f} to {high:f}"
            case Words(words):
                values = ", ".join(words)
            case flags:
                values = " or ".join("yes" if state else "no" for state in flags.states)
        return cls(
            feature=shape.feature,
            label=shape.label,
            unit=shape.unit,
            adverse=shape.adverse,
            values=values,
        )


class WordingOut(BaseModel):
    """A wording with its state, what it was proved against, and some of the texts it makes."""

    id: UUID
    state: StateName
    code: str
    audience: str
    language: str
    jurisdiction: str
    text: str
    statement: str
    facts: list[FactOut]
    samples: list[str]
    fills_proved: int
    citation: str
    quote: str
    href: str
    policy_sha256: str
    prompt: str
    prompt_sha256: str
    drafted_by: str
    requested_by: str
    drafted_at: datetime
    state_by: str | None
    state_at: datetime | None
    why: str
    returned_from: UUID | None

    @classmethod
    def of(cls, held: ReviewedWording) -> "WordingOut":
        """Present a wording."""
        wording = held.wording
        match held:
            case DraftedWording():
                by, at, why = None, None, ""
            case WordingInReview():
                by, at, why = held.submitted_by, held.since, wording.returned_why
            case _:
                by, at, why = held.by, held.at, held.why
        citation = wording.basis.citation
        return cls(
            id=wording.id,
            state=STATES[type(held)],
            code=wording.code,
            audience=wording.audience,
            language=wording.language,
            jurisdiction=wording.jurisdiction,
            text=wording.text,
            statement=wording.statement,
            facts=[FactOut.of(shape) for shape in wording.facts],
            samples=list(wording.samples),
            fills_proved=wording.fills,
            citation=citation.citation,
            quote=citation.quote,
            href=passage_href(citation.citation, citation.quote),
            policy_sha256=wording.basis.version_sha256,
            prompt=wording.prompt.name,
            prompt_sha256=wording.prompt.sha256,
            drafted_by=wording.drafted_by,
            requested_by=wording.requested_by,
            drafted_at=wording.drafted_at,
            state_by=by,
            state_at=at,
            why=why,
            returned_from=wording.returned_from,
        )


class WordingPageOut(BaseModel):
    """A page of wordings; `next_before` is None on the last one."""

    wordings: list[WordingOut]
    next_before: UUID | None


class WaitingOut(BaseModel):
    """A wording on the review desk; `is_yours` says that whoever reads this may not review it."""

    wording: WordingOut
    waiting_since: datetime
    is_yours: bool


class DeskOut(BaseModel):
    """What waits for a reviewer, the longest waiting first; `next_after` is None at the end."""

    reviews: list[WaitingOut]
    next_after: UUID | None


@router.post("", status_code=HTTPStatus.CREATED, summary="Ask for a reviewed wording")
async def post_wording(
    body: WordingIn,
    actor: Annotated[Actor, Depends(allowed(Permission.REQUEST_WORDINGS))],
    resources: ResourcesDep,
    reserved_id: ReservedId,
    response: Response,
) -> WordingOut:
    """Prove a text for every value its facts may take, then put it in review.

    The same text for the same reason, law and prompt again is the one that waits already.
    """
    submitted = await draft_wording(
        body.to_domain(),
        wording_id=WordingId(reserved_id),
        actor=actor,
        sessions=resources.sessions,
        catalogue=resources.catalogue,
        evidence=resources.evidence,
        writer=resources.writer,
        clock=resources.clock,
        new_id=resources.new_id,
    )
    response.headers["Location"] = f"{router.prefix}/{submitted.wording.id}"
    return WordingOut.of(submitted)


@router.get("", summary="List wordings")
async def get_wordings(
    actor: Viewer,
    resources: ResourcesDep,
    state: StateName | None = None,
    code: Code | None = None,
    language: Language | None = None,
    before: UUID | None = None,
    limit: Limit = 50,
) -> WordingPageOut:
    """Return wordings, the newest first."""
    wanted = Filter(
        state,
        None if code is None else ReasonCode(code),
        language,
        None if before is None else WordingId(before),
        limit=limit,
    )
    held = await page_wordings(wanted, actor=actor, sessions=resources.sessions)
    return WordingPageOut(
        wordings=[WordingOut.of(one) for one in held],
        next_before=held[-1].wording.id if len(held) == limit else None,
    )


@router.get("/{wording_id}", summary="Read a wording")
async def get_one_wording(wording_id: UUID, actor: Viewer, resources: ResourcesDep) -> WordingOut:
    """Return one wording with its state."""
    held = await get_wording(WordingId(wording_id), actor=actor, sessions=resources.sessions)
    return WordingOut.of(held)


@router.post("/{wording_id}/reviews", status_code=HTTPStatus.CREATED, summary="Review a wording")
async def post_review(
    wording_id: UUID,
    body: ReviewIn,
    actor: Annotated[Actor, Depends(allowed(Permission.REVIEW_WORDINGS))],
    resources: ResourcesDep,
) -> WordingOut:
    """Approve or reject what somebody else drafted and asked for.

    Where the law or the statement has changed since the text was proved, it expires instead.
    """
    decided = await review_wording(
        WordingId(wording_id),
        Approval(body.why) if body.verdict == "approve" else Refusal(body.why),
        actor=actor,
        sessions=resources.sessions,
        catalogue=resources.catalogue,
        evidence=resources.evidence,
        clock=resources.clock,
        new_id=resources.new_id,
    )
    return WordingOut.of(decided)


@desk.get("", summary="List what waits for a reviewer")
async def get_reviews(
    actor: Viewer,
    resources: ResourcesDep,
    after: UUID | None = None,
    limit: Limit = 50,
) -> DeskOut:
    """Return the review desk, the longest waiting first."""
    waiting = await page_reviews(
        before=None if after is None else WordingId(after),
        limit=limit,
        actor=actor,
        sessions=resources.sessions,
    )
    return DeskOut(
        reviews=[
            WaitingOut(
                wording=WordingOut.of(held),
                waiting_since=held.since,
                is_yours=actor.name
                in {held.wording.drafted_by, held.wording.requested_by, held.submitted_by},
            )
            for held in waiting
        ],
        next_after=waiting[-1].wording.id if len(waiting) == limit else None,
    )
