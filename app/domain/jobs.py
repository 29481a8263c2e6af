"""Jobs: work that a change makes necessary, and what becomes of it when it fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from app.domain.errors import (
    DomainError,
    ModelUnavailable,
    NothingToExplain,
    SigningUnavailable,
    SubjectErased,
    WriterUnavailable,
)
from app.domain.ids import TenantId

JobKind = Literal["issue-notice", "explain-decision", "deliver-webhook", "publish-document"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a kind of job is worked off.

    `attempts` counts every start, also one that ended with its worker; after the last the job is
    dead. The delay before the next attempt doubles from `first_delay_s` up to `longest_delay_s`.
    A worker holds at most `at_once` jobs of the kind, so that no kind waits behind another.
    """

    priority: int
    attempts: int
    first_delay_s: float
    longest_delay_s: float
    at_once: int


PLANS: Mapping[JobKind, Plan] = {
    # A notice has a legal deadline and takes milliseconds.
    "issue-notice": Plan(10, attempts=8, first_delay_s=0.5, longest_delay_s=60, at_once=16),
    "explain-decision": Plan(0, attempts=8, first_delay_s=0.5, longest_delay_s=60, at_once=8),
    # One attempt each: what a receiver's failure leads to is a job of its own (webhook_retries).
    "deliver-webhook": Plan(5, attempts=8, first_delay_s=0.5, longest_delay_s=60, at_once=16),
    "publish-document": Plan(-5, attempts=6, first_delay_s=5, longest_delay_s=600, at_once=2),
}


class Job(Protocol):
    """One piece of work. Two jobs of a tenant with the same key are the same work."""

    @property
    def kind(self) -> JobKind:
        """What is to be done."""
        ...

    @property
    def tenant_id(self) -> TenantId:
        """Whose work it is."""
        ...

    @property
    def key(self) -> str:
        """What makes two jobs the same work; it begins with the kind."""
        ...

    def to_payload(self) -> bytes:
        """Serialise as a JSON object of ids and closed words, never of personal data."""
        ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """A job that was begun: `number` counts the starts, this one included.

    `enqueued_at` tells this piece of work from a later one with the same key.
    """

    kind: JobKind
    tenant_id: TenantId
    key: str
    payload: bytes
    trace: Mapping[str, str]
    number: int
    enqueued_at: datetime

    @property
    def is_one_too_many(self) -> bool:
        """Whether the attempts before this one are used up: the last ended with its worker."""
        return self.number > PLANS[self.kind].attempts


@dataclass(frozen=True, slots=True)
class TryAgain:
    """The failure may pass: begin again after so many seconds."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Trying again is pointless, or was tried often enough: the job is for a person."""

    error: str
    code: str


@dataclass(frozen=True, slots=True)
class NothingLeft:
    """The work has fallen away: no failure."""


AfterFailure: TypeAlias = TryAgain | GiveUp | NothingLeft

FALLEN_AWAY = (NothingToExplain, SubjectErased)
PASSING = (ModelUnavailable, SigningUnavailable, WriterUnavailable)
WORKER_LOST = GiveUp("WorkerLost", "worker-lost")
FAILED = "failed"  # the code of a failure that is no refusal


def after_failure(attempt: Attempt, error: Exception, *, chance: float) -> AfterFailure:
    """Decide what follows from a failure; `chance` in [0, 1) spreads the next attempts.

    A refusal stays one however often it is tried, unless it says that something was unavailable.
    """
    if isinstance(error, FALLEN_AWAY):
        return NothingLeft()
    is_refusal = isinstance(error, DomainError)
    plan = PLANS[attempt.kind]
    if (is_refusal and not isinstance(error, PASSING)) or attempt.number >= plan.attempts:
        code = error.code if isinstance(error, DomainError) else FAILED
        return GiveUp(type(error).__name__, code)
    return TryAgain(delay_s(plan, attempt.number, chance=chance))


def delay_s(plan: Plan, number: int, *, chance: float) -> float:
    """Return the seconds between attempt `number` and the next: half of them are jitter."""
    longest = min(plan.longest_delay_s, plan.first_delay_s * 2.0 ** (number - 1))
    return longest * (0.5 + chance / 2)
