"""The audit trail's chain: which events may be sealed, and the links that seal them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    func,
    insert,
    literal_column,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.db import canonical
from app.db.audit_tables import audit_chain
from app.db.engine import Tx
from app.db.tables import audit_events
from app.domain.audit_chain import Head, Link, RecordedEvent, from_microseconds, genesis
from app.domain.audit_reading import Unsealed
from app.domain.audit_verification import StandingLink
from app.domain.ids import EventId

KEY = "hashtextextended('audit-chain ' || :tenant, 0)"
TRY_LOCK = text(f"select pg_try_advisory_xact_lock({KEY})")
LOCK = text(f"select pg_advisory_xact_lock({KEY})")
# Transactions below the first are finished, whichever way: none can add or show an event later.
OLDEST_OPEN: ColumnElement[int] = literal_column(
    "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
)
# None at or above this has begun to write: an event from there was restored from another server.
NEXT_UNUSED: ColumnElement[int] = literal_column(
    "pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
)
PLACE = tuple_(audit_events.c.transaction_id, audit_events.c.id)
US = 1_000_000
PAGE = 10_000
MOST_NAMED = 100


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where an event stands in the order of sealing."""

    transaction: int
    id: UUID


START = Place(-1, UUID(int=0))


@dataclass(frozen=True, slots=True)
class Final:
    """A page of events that no open transaction can come before; some may be sealed already."""

    last: Place
    unsealed: Sequence[tuple[EventId, bytes]]
    is_whole: bool


async def try_lock(tx: Tx) -> bool:
    """Whether this transaction is the one that extends the chain, until it ends."""
    return bool((await tx.session.execute(TRY_LOCK, {"tenant": str(tx.tenant_id)})).scalar_one())


async def lock(tx: Tx) -> None:
    """Wait until this transaction is the one."""
    await tx.session.execute(LOCK, {"tenant": str(tx.tenant_id)})


async def get_head(tx: Tx) -> Head:
    """Read how far the chain reaches."""
    found = await tx.session.execute(
        select(audit_chain.c.seq, audit_chain.c.link_sha256)
        .where(audit_chain.c.tenant_id == tx.tenant_id)
        .order_by(audit_chain.c.seq.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return genesis(tx.tenant_id) if row is None else Head(row.seq, row.link_sha256)


async def find_start(tx: Tx) -> Place:
    """Return the place below which every event of this server is sealed.

    That is the last sealed event's; not where its transaction is one that this server has yet to
    come to, for then it was restored from another, and new events stand below it.
    """
    found = await tx.session.execute(
        select(
            audit_events.c.transaction_id,
            audit_events.c.id,
            (audit_events.c.transaction_id < OLDEST_OPEN).label("is_of_this_server"),
        )
        .join(audit_chain, _is_link_of_event())
        .where(audit_chain.c.tenant_id == tx.tenant_id)
        .order_by(audit_chain.c.seq.desc())
        .limit(1)
    )
    row = found.one_or_none()
    if row is None or not row.is_of_this_server:
        return START
    return Place(row.transaction_id, row.id)


async def find_final(tx: Tx, after: Place, *, limit: int, restored: bool = False) -> Final:
    """Read the events after a place that no open transaction can come before, in order.

    `restored` asks for those that another server's transactions inserted instead.
    """
    column = audit_events.c.transaction_id
    found = await tx.session.execute(
        select(*event_columns(), _is_sealed().label("is_sealed"))
        .where(
            audit_events.c.tenant_id == tx.tenant_id,
            tuple_(after.transaction, after.id) < PLACE,
            column >= NEXT_UNUSED if restored else column < OLDEST_OPEN,
        )
        .order_by(column, audit_events.c.id)
        .limit(limit)
    )
    rows = found.all()
    return Final(
        Place(rows[-1].transaction_id, rows[-1].id) if rows else after,
        [(EventId(row.id), event_sha256(row)) for row in rows if not row.is_sealed],
        is_whole=len(rows) < limit,
    )


async def read_links(tx: Tx, after: int, *, limit: int) -> Sequence[StandingLink]:
    """Read the links after a number, in order, beside their events as these are now."""
    found = await tx.session.execute(
        select(
            audit_chain.c.seq,
            audit_chain.c.event_id,
            audit_chain.c.event_sha256,
            audit_chain.c.link_sha256,
            microseconds(audit_chain.c.sealed_at).label("sealed_us"),
            *event_columns(),
        )
        .outerjoin(audit_events, _is_link_of_event())
        .where(audit_chain.c.tenant_id == tx.tenant_id, audit_chain.c.seq > after)
        .order_by(audit_chain.c.seq)
        .limit(limit)
    )
    return [
        StandingLink(
            Link(
                row.seq,
                EventId(row.event_id),
                row.event_sha256,
                row.link_sha256,
                row.sealed_us or 0,
            ),
            None if row.id is None else event_sha256(row),
        )
        for row in found
    ]


async def find_unsealed(tx: Tx, after: Place, *, behind: Place | None = None) -> Unsealed:
    """Count the events after a place that no link seals; name some that stand before another.

    Each statement reads a page, so that none takes long however large the trail is.
    """
    count, oldest = 0, None
    named: list[EventId] = []
    while (page := await _read_page(tx, after)) is not None:
        last, unsealed, oldest_here = page
        count += unsealed
        if oldest_here is not None:
            oldest = oldest_here if oldest is None else min(oldest, oldest_here)
        if unsealed and behind is not None and len(named) < MOST_NAMED:
            named += await _name_unsealed(tx, after, min(last, behind))
        after = last
    return Unsealed(count, oldest, tuple(named[:MOST_NAMED]))


async def _read_page(tx: Tx, after: Place) -> tuple[Place, int, datetime | None] | None:
    """Return the last place of a page, how many of it are unsealed, and the earliest of those."""
    page = (
        select(
            audit_events.c.transaction_id,
            audit_events.c.id,
            audit_events.c.at,
            (~_is_sealed()).label("is_unsealed"),
        )
        .where(
            audit_events.c.tenant_id == tx.tenant_id, tuple_(after.transaction, after.id) < PLACE
        )
        .order_by(audit_events.c.transaction_id, audit_events.c.id)
        .limit(PAGE)
        .subquery()
    )
    backwards = aggregate_order_by(page.c.id, page.c.transaction_id.desc(), page.c.id.desc())
    found = await tx.session.execute(
        select(
            func.max(page.c.transaction_id).label("transaction"),
            func.array_agg(backwards)[1].label("id"),
            func.count().filter(page.c.is_unsealed).label("unsealed"),
            func.min(page.c.at)
            .filter(page.c.is_unsealed & func.isfinite(page.c.at))
            .label("oldest_at"),
        )
    )
    row = found.one()
    if row.transaction is None:
        return None
    return Place(row.transaction, row.id), row.unsealed, row.oldest_at


async def _name_unsealed(tx: Tx, after: Place, before: Place) -> Sequence[EventId]:
    found = await tx.session.execute(
        select(audit_events.c.id)
        .where(
            audit_events.c.tenant_id == tx.tenant_id,
            ~_is_sealed(),
            tuple_(after.transaction, after.id) < PLACE,
            tuple_(before.transaction, before.id) >= PLACE,
        )
        .order_by(audit_events.c.transaction_id, audit_events.c.id)
        .limit(MOST_NAMED)
    )
    return [EventId(one) for one in found.scalars()]


async def append(tx: Tx, links: Sequence[Link]) -> None:
    """Insert links."""
    if not links:
        return
    await tx.session.execute(
        insert(audit_chain),
        [
            {
                "tenant_id": tx.tenant_id,
                "seq": link.seq,
                "event_id": link.event_id,
                "event_sha256": link.event_sha256,
                "link_sha256": link.link_sha256,
                "sealed_at": from_microseconds(link.sealed_us),
            }
            for link in links
        ],
    )


def event_columns() -> Sequence[ColumnElement[Any]]:
    """Return every column of an event, its instant in microseconds; null if it is none."""
    at = audit_events.c.at
    return (
        *(column for column in audit_events.c if column.name != "at"),
        microseconds(at).label("at_us"),
    )


def microseconds(column: Column[Any]) -> ColumnElement[int]:
    """Return an instant in microseconds since 1970; exact, and null for infinity."""
    return literal_column(
        f"case when isfinite({column}) then (extract(epoch from {column}) * {US})::bigint end"
    )


def event_sha256(row: Row[*tuple[Any, ...]]) -> bytes:
    """Hash an event as it stands in its row."""
    event = RecordedEvent(
        row.id,
        row.tenant_id,
        row.actor,
        row.action,
        row.subject,
        row.at_us,
        row.details,
        row.transaction_id,
    )
    try:
        return canonical.sha256(event.to_content())
    except ValueError:  # numbers beyond RFC 8785: no event of ours, but it must not stop the sealer
        details = json.dumps(event.details, sort_keys=True)
        return canonical.sha256({**event.to_content(), "details": details})


def _is_sealed() -> ColumnElement[bool]:
    return select(audit_chain.c.seq).where(_is_link_of_event()).correlate(audit_events).exists()


def _is_link_of_event() -> ColumnElement[bool]:
    return (audit_chain.c.tenant_id == audit_events.c.tenant_id) & (
        audit_chain.c.event_id == audit_events.c.id
    )
