"""Customers' links and the sessions they open, by the hashes of their secrets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert

from app.db import audit
from app.db.engine import Tx
from app.db.identity_tables import customer_links, customer_sessions
from app.db.tables import notices
from app.domain.audit import AuditEvent
from app.domain.customers import Link, Session
from app.domain.ids import DecisionId, LinkId, NoticeId, SessionId


@dataclass(frozen=True, slots=True, repr=False)
class HeldLink:
    """A link with the hash of its secret."""

    link: Link
    digest: bytes


@dataclass(frozen=True, slots=True, repr=False)
class HeldSession:
    """A session that has not ended, with the hash of its secret."""

    session: Session
    digest: bytes


async def issue(tx: Tx, link: Link, digest: bytes, *, event: AuditEvent) -> None:
    """Insert a link; one that stands, whose secret nobody was shown, gets this secret instead."""
    made = insert(customer_links).values(
        id=link.id,
        tenant_id=tx.tenant_id,
        decision_id=link.decision_id,
        purpose=link.purpose,
        digest=digest,
        issued_by=link.issued_by,
        issued_at=link.issued_at,
        expires_at=link.expires_at,
        wrong_codes=0,
    )
    await tx.session.execute(
        made.on_conflict_do_update(
            index_elements=[customer_links.c.id], set_={"digest": made.excluded.digest}
        )
    )
    await audit.append(tx, event)


async def lock(tx: Tx, link_id: LinkId) -> HeldLink | None:
    """Read a link, and let no other code be tried on it before the transaction ends."""
    found = await tx.session.execute(
        select(customer_links).where(customer_links.c.id == link_id).with_for_update()
    )
    row = found.one_or_none()
    return None if row is None else HeldLink(_link(row), bytes(row.digest))


async def find_all(tx: Tx, decision_id: DecisionId) -> Sequence[Link]:
    """List the links to a decision, newest first."""
    found = await tx.session.execute(
        select(customer_links)
        .where(customer_links.c.decision_id == decision_id)
        .order_by(customer_links.c.id.desc())
    )
    return [_link(row) for row in found]


async def find_addressees(tx: Tx, decision_id: DecisionId) -> Mapping[NoticeId, str]:
    """Say to whom each notice of a decision went; nothing is opened for it."""
    found = await tx.session.execute(
        select(notices.c.id, notices.c.addressee).where(notices.c.decision_id == decision_id)
    )
    return {NoticeId(row.id): row.addressee for row in found}


async def count_wrong_code(tx: Tx, link: Link, *, locked: AuditEvent | None) -> None:
    """Count a wrong code; `locked` says that it was one too many."""
    values: dict[str, object] = {"wrong_codes": link.wrong_codes + 1}
    if locked is not None:
        values["locked_at"] = locked.at
    await _change(tx, link.id, **values)
    if locked is not None:
        await audit.append(tx, locked)


async def open_session(tx: Tx, session: Session, digest: bytes, *, event: AuditEvent) -> None:
    """Insert a session, and begin the count of wrong codes anew."""
    await tx.session.execute(
        insert(customer_sessions).values(
            id=session.id,
            tenant_id=tx.tenant_id,
            link_id=session.link_id,
            addressee=session.addressee,
            digest=digest,
            opened_at=session.opened_at,
            expires_at=session.expires_at,
        )
    )
    await _change(tx, session.link_id, wrong_codes=0, opened_at=session.opened_at)
    await audit.append(tx, event)


async def revoke(tx: Tx, link_id: LinkId, *, event: AuditEvent) -> None:
    """End a link, and with it every session it opened."""
    await _change(tx, link_id, revoked_at=event.at)
    await audit.append(tx, event)


async def find_session(tx: Tx, session_id: SessionId, at: datetime) -> HeldSession | None:
    """Read a session that goes on: neither ended, nor run out, nor its link revoked."""
    found = await tx.session.execute(
        select(customer_sessions, customer_links.c.decision_id, customer_links.c.purpose)
        .join(customer_links, customer_links.c.id == customer_sessions.c.link_id)
        .where(
            customer_sessions.c.id == session_id,
            customer_sessions.c.ended_at.is_(None),
            customer_sessions.c.expires_at > at,
            customer_links.c.revoked_at.is_(None),
        )
    )
    row = found.one_or_none()
    if row is None:
        return None
    session = Session(
        id=session_id,
        link_id=LinkId(row.link_id),
        decision_id=DecisionId(row.decision_id),
        purpose=row.purpose,
        addressee=row.addressee,
        opened_at=row.opened_at,
        expires_at=row.expires_at,
    )
    return HeldSession(session, bytes(row.digest))


async def end_session(tx: Tx, session_id: SessionId, *, event: AuditEvent) -> None:
    """End a session."""
    await tx.session.execute(
        update(customer_sessions)
        .where(customer_sessions.c.id == session_id)
        .values(ended_at=event.at)
    )
    await audit.append(tx, event)


async def _change(tx: Tx, link_id: LinkId, **values: object) -> None:
    await tx.session.execute(
        update(customer_links).where(customer_links.c.id == link_id).values(**values)
    )


def _link(row: Row[Any]) -> Link:
    return Link(
        id=LinkId(row.id),
        decision_id=DecisionId(row.decision_id),
        purpose=row.purpose,
        issued_by=row.issued_by,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        opened_at=row.opened_at,
        wrong_codes=row.wrong_codes,
        locked_at=row.locked_at,
        revoked_at=row.revoked_at,
    )
