"""What happened, who did it, to what: appended and never changed."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.domain.ids import EventId, TenantId


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One change. `details` holds ids, codes and figures, never personal data."""

    id: EventId
    tenant_id: TenantId
    actor: str
    action: str
    subject: UUID
    at: datetime
    details: tuple[tuple[str, str], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ListedEvent:
    """An event with the number of the link that seals it; None while it waits to be sealed."""

    event: AuditEvent
    seq: int | None
    sealed_at: datetime | None
