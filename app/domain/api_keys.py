"""API keys: permissions for a lender's systems, each bounded in time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.access import GRANTS, Permission, Role
from app.domain.credentials import is_same
from app.domain.ids import ApiKeyId

SERVICE_SCOPES = GRANTS[Role.SERVICE]
LONGEST = timedelta(days=366)
LONGEST_OVERLAP = timedelta(days=7)
USED_GRAIN = timedelta(minutes=10)  # how fine `last_used_at` is: a write each time would cost more


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is listed. `previous_until` says how long the secret before goes on working."""

    id: ApiKeyId
    name: str
    scopes: frozenset[Permission]
    created_by: str
    created_at: datetime
    expires_at: datetime
    rotated_at: datetime | None = None
    previous_until: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether the key opens anything at all."""
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True, repr=False)
class HeldKey:
    """A key with the hashes of its secrets, and the request that rotated it last."""

    key: ApiKey
    digest: bytes
    previous_digest: bytes | None = None
    rotation_id: UUID | None = None

    def accepts(self, digest: bytes, now: datetime) -> bool:
        """Whether a secret with this hash proves the key now."""
        is_current = is_same(self.digest, digest)
        was_current = is_same(self.previous_digest or bytes(len(digest)), digest)
        until = self.key.previous_until
        overlaps = was_current and until is not None and now < until
        return (is_current or overlaps) and self.key.is_live(now)

    def ends_at(self, digest: bytes) -> datetime:
        """Until when the secret with this hash, which was accepted, goes on being so."""
        until = self.key.previous_until
        if is_same(self.digest, digest) or until is None:
            return self.key.expires_at
        return min(self.key.expires_at, until)


def wrong_terms(
    scopes: frozenset[Permission], expires_at: datetime, now: datetime
) -> dict[str, str]:
    """Say what is wrong with the terms of a key to be made, by JSON Pointer."""
    wrong = {}
    if not scopes <= SERVICE_SCOPES:
        beyond = ", ".join(sorted(scopes - SERVICE_SCOPES))
        wrong["/scopes"] = f"a service may not hold {beyond}"
    if not now < expires_at <= now + LONGEST:
        wrong["/expires_at"] = f"must lie within the next {LONGEST.days} days"
    return wrong
