"""Links by which customers read their decision, as the lender's staff issues them."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from app.api.deps import ResourcesDep, allowed
from app.api.fields import Instant, Strict
from app.api.idempotency import KeyedRoute, ReservedId
from app.domain.access import Actor, Permission
from app.domain.customers import Link, LinkPurpose
from app.domain.ids import DecisionId, LinkId
from app.use_cases.customer_links import IssuedLink, issue_link, list_links, revoke_link

router = APIRouter(
    prefix="/v1/decisions/{decision_id}/links", tags=["customers' links"], route_class=KeyedRoute
)
Issuer = Annotated[Actor, Depends(allowed(Permission.ISSUE_LINKS))]


class LinkIn(Strict):
    """What a link is for, and until when."""

    purpose: LinkPurpose = "read_decision"
    expires_at: Instant


class LinkOut(BaseModel):
    """A link without its secret."""

    id: UUID
    decision_id: UUID
    purpose: LinkPurpose
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    opened_at: datetime | None
    wrong_codes: int
    locked_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, link: Link) -> "LinkOut":
        """Present a link."""
        return cls(
            id=link.id,
            decision_id=link.decision_id,
            purpose=link.purpose,
            issued_by=link.issued_by,
            issued_at=link.issued_at,
            expires_at=link.expires_at,
            opened_at=link.opened_at,
            wrong_codes=link.wrong_codes,
            locked_at=link.locked_at,
            revoked_at=link.revoked_at,
        )


class IssuedLinkOut(LinkOut):
    """A link with the text to send to the customer. It is shown this once."""

    link: str

    @classmethod
    def issued(cls, issued: IssuedLink) -> "IssuedLinkOut":
        """Present a link that was just issued."""
        return cls(**LinkOut.of(issued.link).model_dump(), link=issued.text)


@router.post("", status_code=HTTPStatus.CREATED, summary="Issue a link for the customer")
async def post_link(
    decision_id: UUID,
    body: LinkIn,
    actor: Issuer,
    resources: ResourcesDep,
    reserved_id: ReservedId,
    response: Response,
) -> IssuedLinkOut:
    """Make a link; it opens with the code that each letter about the decision carries."""
    issued = await issue_link(
        LinkId(reserved_id),
        DecisionId(decision_id),
        body.purpose,
        body.expires_at,
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
        new_secret=resources.new_secret,
    )
    response.headers["Cache-Control"] = "no-store"
    return IssuedLinkOut.issued(issued)


@router.get("", summary="List the links to a decision, newest first")
async def get_links(decision_id: UUID, actor: Issuer, resources: ResourcesDep) -> list[LinkOut]:
    """Return links, ended ones too."""
    listed = await list_links(DecisionId(decision_id), actor=actor, sessions=resources.sessions)
    return [LinkOut.of(link) for link in listed]


@router.delete("/{link_id}", status_code=HTTPStatus.NO_CONTENT, summary="Revoke a link")
async def delete_link(
    decision_id: UUID, link_id: UUID, actor: Issuer, resources: ResourcesDep
) -> None:
    """End the link and every session it opened, at once."""
    await revoke_link(
        DecisionId(decision_id),
        LinkId(link_id),
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
    )
