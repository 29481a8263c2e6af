"""When a message is sent again, and when not: the schedule that Standard Webhooks suggests."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Literal

from app.domain.webhooks import DisabledWhy

# After each failed attempt, how long until the next one; after the last nothing follows.
SCHEDULE = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER = 0.2  # of the wait at most, always added: receivers that failed together come apart
LONGEST_WAIT = timedelta(hours=24)  # what a receiver's Retry-After is honoured up to
ROOM_AFTER = timedelta(seconds=5)  # to six times as long, so that not all come back at once
FAILING_FOR = timedelta(days=5)

Failure = Literal["refused", "unreachable", "untrusted", "timed-out", "broken-off"]


@dataclass(frozen=True, slots=True)
class Answered:
    """The receiver answered; `retry_after` is what it asked for, if it did."""

    status: int
    retry_after: timedelta | None = None

    @property
    def is_success(self) -> bool:
        """Whether the receiver has the message: any 2xx, and no other answer."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer came. `refused`: the URL leads where nothing may be sent, so nothing was.

    `untrusted` is a certificate that does not prove the name.
    """

    why: Failure


@dataclass(frozen=True, slots=True)
class Busy:
    """Nothing was sent: as many requests are open to this host as one may have."""


Outcome = Answered | Unanswered | Busy


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver has it."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Another attempt follows."""

    after: timedelta


@dataclass(frozen=True, slots=True)
class Postponed:
    """Another attempt follows, and this was none."""

    after: timedelta


@dataclass(frozen=True, slots=True)
class GivenUp:
    """No attempt follows by itself; `disable` says why the endpoint gets nothing more, if so."""

    disable: DisabledWhy | None = None


Step = Delivered | Retry | Postponed | GivenUp


def next_step(
    outcome: Outcome,
    *,
    attempts: int,
    failing_since: datetime | None,
    now: datetime,
    jitter: float,
) -> Step:
    """Decide what follows the attempt numbered `attempts`, counted from one.

    `failing_since` is when the endpoint's first failure since its last success was; `jitter` is
    a random number from 0 to 1. A receiver that asks for a longer wait than the schedule's gets
    it, up to LONGEST_WAIT; it can not ask for a shorter one, which would only use up attempts.
    """
    if isinstance(outcome, Busy):
        return Postponed(ROOM_AFTER * (1 + 5 * jitter))
    asked = timedelta(0)
    if isinstance(outcome, Answered):
        if outcome.is_success:
            return Delivered()
        if outcome.status == HTTPStatus.GONE:
            return GivenUp("gone")
        asked = min(outcome.retry_after or asked, LONGEST_WAIT)
    if failing_since is not None and now - failing_since >= FAILING_FOR:
        return GivenUp("failing")
    if attempts > len(SCHEDULE):
        return GivenUp()
    wait = max(SCHEDULE[attempts - 1], asked)
    return Retry(wait * (1 + JITTER * jitter))
