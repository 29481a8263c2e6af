"""Issue, list and revoke the links by which customers read their decision."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.db import customer_links, decisions
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.audit import AuditEvent
from app.domain.credentials import Credential, CredentialKind
from app.domain.customers import LONGEST_LINK, Link, LinkPurpose
from app.domain.errors import FieldProblem, InvalidFields
from app.domain.identity_errors import LinkNotFound
from app.domain.ids import DecisionId, EventId, LinkId, TenantId
from app.use_cases.ports import Clock, NewId


@dataclass(frozen=True, slots=True, repr=False)
class IssuedLink:
    """A link with the text to send to the customer: shown once."""

    link: Link
    text: str


async def issue_link(
    link_id: LinkId,
    decision_id: DecisionId,
    purpose: LinkPurpose,
    expires_at: datetime,
    *,
    actor: Actor,
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
    new_secret: Callable[[], bytes],
) -> IssuedLink:
    """Make a link to a decision under an id; made already, it is shown with a new secret.

    Raises DecisionNotFound or InvalidFields.
    """
    at = clock()
    if not at < expires_at <= at + LONGEST_LINK:
        what = f"must lie within the next {LONGEST_LINK.days} days"
        raise InvalidFields([FieldProblem("/expires_at", what)])
    link = Link(link_id, decision_id, purpose, actor.name, at, expires_at)
    credential = Credential(CredentialKind.LINK, actor.tenant_id, link.id, new_secret())
    async with sessions.begin(actor.tenant_id) as tx:
        await decisions.get(tx, decision_id)
        event = link_event("issued", link, actor.tenant_id, actor.name, at, new_id())
        await customer_links.issue(tx, link, credential.digest, event=event)
    return IssuedLink(link, credential.text)


async def list_links(
    decision_id: DecisionId, *, actor: Actor, sessions: Sessions
) -> Sequence[Link]:
    """List the links to a decision, newest first. Raises DecisionNotFound."""
    async with sessions.begin(actor.tenant_id) as tx:
        await decisions.get(tx, decision_id)
        return await customer_links.find_all(tx, decision_id)


async def revoke_link(
    decision_id: DecisionId,
    link_id: LinkId,
    *,
    actor: Actor,
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
) -> None:
    """End a link and its sessions; ended already, it stays as it is. Raises LinkNotFound."""
    at = clock()
    async with sessions.begin(actor.tenant_id) as tx:
        held = await customer_links.lock(tx, link_id)
        if held is None or held.link.decision_id != decision_id:
            raise LinkNotFound(link_id)
        if held.link.revoked_at is None:
            event = link_event("revoked", held.link, actor.tenant_id, actor.name, at, new_id())
            await customer_links.revoke(tx, link_id, event=event)


def link_event(
    what: str, link: Link, tenant_id: TenantId, who: str, at: datetime, event_id: UUID
) -> AuditEvent:
    """Say what happened to a link; nothing in it is personal."""
    return AuditEvent(
        id=EventId(event_id),
        tenant_id=tenant_id,
        actor=who,
        action=f"link.{what}",
        subject=link.decision_id,
        at=at,
        details=(("link", str(link.id)), ("purpose", link.purpose)),
    )
