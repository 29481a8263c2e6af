"""The hash chain over a tenant's audit events: each link holds the hash of the one before.

A link covers its number, its event and the instant of sealing, so a chain that was cut and built
anew differs from the former one even where the events are the same.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.domain.ids import EventId, TenantId

FORMAT = b"rationale-audit-chain-1"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NUMBER_BYTES = 8


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An audit event with every column as the database holds it now.

    `at_us` is in microseconds since 1970, UTC; None for an instant that no clock shows.
    `details` is whatever JSON stands there, `transaction` the one that inserted the event.
    """

    id: EventId
    tenant_id: TenantId
    actor: str
    action: str
    subject: UUID
    at_us: int | None
    details: object
    transaction: int

    def to_content(self) -> dict[str, object]:
        """Return what is hashed, as canonical JSON (RFC 8785); numbers are decimal text."""
        return {
            "id": str(self.id),
            "tenant_id": str(self.tenant_id),
            "actor": self.actor,
            "action": self.action,
            "subject": str(self.subject),
            "at": None if self.at_us is None else str(self.at_us),
            "details": self.details,
            "transaction": str(self.transaction),
        }


@dataclass(frozen=True, slots=True)
class Head:
    """How far a chain reaches: the number of its last link, which counts its events too."""

    seq: int
    link_sha256: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a chain; `sealed_us` is in microseconds since 1970, UTC."""

    seq: int
    event_id: EventId
    event_sha256: bytes
    link_sha256: bytes
    sealed_us: int


def genesis(tenant_id: TenantId) -> Head:
    """Return the head of a chain without links. It is the tenant's own: no chain fits another."""
    return Head(0, hashlib.sha256(FORMAT + tenant_id.bytes).digest())


def link_sha256(previous: bytes, seq: int, event_sha256: bytes, sealed_us: int) -> bytes:
    """Return SHA-256 over the link before, the number, the event's hash and the sealing."""
    return hashlib.sha256(previous + _number(seq) + event_sha256 + _number(sealed_us)).digest()


def extend(
    head: Head, events: Iterable[tuple[EventId, bytes]], *, at: datetime
) -> tuple[Link, ...]:
    """Return the links that follow a head, one per event and hash, in their order."""
    sealed_us = to_microseconds(at)
    links: list[Link] = []
    for seq, (event_id, event_sha256) in enumerate(events, head.seq + 1):
        previous = links[-1].link_sha256 if links else head.link_sha256
        linked = link_sha256(previous, seq, event_sha256, sealed_us)
        links.append(Link(seq, event_id, event_sha256, linked, sealed_us))
    return tuple(links)


def to_microseconds(at: datetime) -> int:
    """Return an instant in microseconds since 1970, UTC."""
    return (at - EPOCH) // timedelta(microseconds=1)


def from_microseconds(microseconds: int) -> datetime:
    """Return the instant again."""
    return EPOCH + timedelta(microseconds=microseconds)


def _number(value: int) -> bytes:
    return value.to_bytes(NUMBER_BYTES, "big", signed=True)
