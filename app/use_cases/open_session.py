"""Let a customer in: by a link and the code of a letter about the same decision."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.db import customer_links
from app.db.engine import Sessions, Tx
from app.domain.access_codes import access_code, plain
from app.domain.audit import AuditEvent
from app.domain.credentials import (
    SECRET_BYTES,
    Credential,
    CredentialKind,
    is_same,
    parse_credential,
)
from app.domain.customers import MOST_WRONG_CODES, PURPOSES, SESSION, Customer, Link, Session
from app.domain.errors import NotAuthenticated
from app.domain.identity_errors import LinkRefused
from app.domain.ids import DecisionId, EventId, LinkId, NoticeId, SessionId, TenantId
from app.use_cases.customer_links import link_event
from app.use_cases.ports import Clock, NewId

# Every refusal is answered this long after it was asked for, whatever was looked up meanwhile:
# a wrong code on a link that opens is written down, which takes longer than a made-up link.
REFUSED_AFTER_S = 0.2
NOBODY = UUID(int=0)
NO_LINK = Credential(CredentialKind.LINK, TenantId(NOBODY), NOBODY, bytes(SECRET_BYTES))


@dataclass(frozen=True, slots=True, repr=False)
class OpenedSession:
    """A session with the text that its holder sends: shown once."""

    session: Session
    text: str


async def open_session(
    link: str,
    code: str,
    *,
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
    new_secret: Callable[[], bytes],
) -> OpenedSession:
    """Open a link with a code. Raises LinkRefused, in the same words and time for every cause.

    Wrong codes on a link that opens are counted; the fifth locks it.
    """
    began = time.monotonic()
    credential = parse_credential(link, CredentialKind.LINK) or NO_LINK
    at = clock()
    async with sessions.begin(credential.tenant_id) as tx:  # commits a count on refusal too
        opened = await _opened(tx, credential, code, at, new_id)
        if opened is not None:
            made = Credential(CredentialKind.SESSION, credential.tenant_id, opened.id, new_secret())
            event = _session_event("opened", opened, credential.tenant_id, at, new_id())
            await customer_links.open_session(tx, opened, made.digest, event=event)
            return OpenedSession(opened, made.text)
    await asyncio.sleep(max(0.0, began + REFUSED_AFTER_S - time.monotonic()))
    raise LinkRefused


async def _opened(
    tx: Tx, credential: Credential, code: str, at: datetime, new_id: NewId
) -> Session | None:
    """Look the same things up whether or not the link is one of ours."""
    held = await customer_links.lock(tx, LinkId(credential.id))
    decision_id = DecisionId(NOBODY) if held is None else held.link.decision_id
    addressees = await customer_links.find_addressees(tx, decision_id)
    addressee = _addressee(tx, addressees or {NoticeId(NOBODY): ""}, code)
    is_ours = is_same(bytes(SECRET_BYTES) if held is None else held.digest, credential.digest)
    if held is None or not is_ours or not held.link.opens(at):
        return None
    link = held.link
    if not addressee:
        await _count(tx, link, credential.tenant_id, at, new_id)
        return None
    return Session(
        id=SessionId(new_id()),
        link_id=link.id,
        decision_id=link.decision_id,
        purpose=link.purpose,
        addressee=addressee,
        opened_at=at,
        expires_at=min(at + SESSION, link.expires_at),
    )


def _addressee(tx: Tx, addressees: Mapping[NoticeId, str], code: str) -> str:
    """Return whose letter carries the code, or nothing; every letter is compared."""
    asked = plain(code).encode()
    found = ""
    for notice_id, addressee in addressees.items():
        if is_same(plain(access_code(tx.vault, notice_id)).encode(), asked):
            found = addressee
    return found


async def _count(tx: Tx, link: Link, tenant_id: TenantId, at: datetime, new_id: NewId) -> None:
    locked = None
    if link.wrong_codes + 1 >= MOST_WRONG_CODES:
        locked = link_event("locked", link, tenant_id, _name(link.id), at, new_id())
    await customer_links.count_wrong_code(tx, link, locked=locked)


async def authenticate_session(text: str, *, sessions: Sessions, clock: Clock) -> Customer:
    """Return the customer whom a session's text proves. Raises NotAuthenticated."""
    credential = parse_credential(text, CredentialKind.SESSION)
    if credential is not None:
        async with sessions.begin(credential.tenant_id) as tx:
            held = await customer_links.find_session(tx, SessionId(credential.id), clock())
        if held is not None and is_same(held.digest, credential.digest):
            session = held.session
            return Customer(
                name=_name(session.link_id),
                tenant_id=credential.tenant_id,
                scopes=PURPOSES[session.purpose],
                session=session,
            )
    raise NotAuthenticated("the session is unknown or has ended; open the link again")


async def end_session(
    customer: Customer, *, sessions: Sessions, clock: Clock, new_id: NewId
) -> None:
    """End the customer's session."""
    at = clock()
    async with sessions.begin(customer.tenant_id) as tx:
        event = _session_event("closed", customer.session, customer.tenant_id, at, new_id())
        await customer_links.end_session(tx, customer.session.id, event=event)


def _session_event(
    what: str, session: Session, tenant_id: TenantId, at: datetime, event_id: UUID
) -> AuditEvent:
    return AuditEvent(
        id=EventId(event_id),
        tenant_id=tenant_id,
        actor=_name(session.link_id),
        action=f"link.{what}",
        subject=session.decision_id,
        at=at,
        details=(
            ("link", str(session.link_id)),
            ("purpose", session.purpose),
            ("addressee", session.addressee),
        ),
    )


def _name(link_id: LinkId) -> str:
    return f"customer by link {link_id}"
