"""Answers that are kept, so that a request sent again gets the first one."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

# Clients retry for minutes, batch systems overnight; personal data should not lie longer.
KEPT = timedelta(hours=24)
# They say that nothing was tried (who asks, how often, or that another runs), so trying is right.
NOT_KEPT = frozenset({401, 403, 408, 425, 429})
FIRST_FAILURE = 500


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request with the client's Idempotency-Key, and the hash of all that it asks for."""

    key: str
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client was answered."""

    status: int
    body: bytes
    media_type: str | None
    location: str | None

    @property
    def is_kept(self) -> bool:
        """Whether the same request again gets this answer instead of being run.

        A refusal is kept like a success: a duplicate that arrives late must not do what its
        sender was told had been refused. A failure of ours is not: trying again is what mends it.
        """
        return self.status < FIRST_FAILURE and self.status not in NOT_KEPT


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run a request. `token` is this run's; `reserved_id` is every run's.

    What the request creates takes `reserved_id`, so that a second run finds it standing.
    """

    request: KeyedRequest
    token: UUID
    reserved_id: UUID
