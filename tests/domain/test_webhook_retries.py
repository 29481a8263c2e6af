from datetime import timedelta

import pytest

from app.domain.webhook_retries import (
    LONGEST_WAIT,
    ROOM_AFTER,
    SCHEDULE,
    Answered,
    Busy,
    Delivered,
    GivenUp,
    Outcome,
    Postponed,
    Retry,
    Step,
    Unanswered,
    next_step,
)
from tests.conftest import NOW

DOWN = Answered(500)


def step(
    outcome: Outcome = DOWN,
    attempts: int = 1,
    jitter: float = 0.0,
    failing: timedelta | None = None,
) -> Step:
    since = None if failing is None else NOW - failing
    return next_step(outcome, attempts=attempts, failing_since=since, now=NOW, jitter=jitter)


def test_ten_attempts_are_made_over_three_days() -> None:
    waits = [step(attempts=n) for n in range(1, 12)]
    assert waits[:9] == [Retry(wait) for wait in SCHEDULE]
    assert waits[9:] == [GivenUp(), GivenUp()]
    assert sum(SCHEDULE, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)


def test_jitter_only_ever_adds_up_to_a_fifth() -> None:
    assert step(jitter=1.0, attempts=4) == Retry(timedelta(hours=2, minutes=24))
    assert step(jitter=0.5, attempts=1) == Retry(timedelta(seconds=5.5))


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_delivery(status: int) -> None:
    assert step(Answered(status), failing=timedelta(days=30)) == Delivered()


@pytest.mark.parametrize("status", [100, 199, 300, 301, 307, 400, 401, 404, 429, 500, 503])
def test_nothing_else_is(status: int) -> None:
    assert step(Answered(status)) == Retry(SCHEDULE[0])


def test_gone_disables_the_endpoint_at_once() -> None:
    assert step(Answered(410)) == GivenUp("gone")


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        (timedelta(seconds=90), timedelta(seconds=90)),
        (timedelta(seconds=1), SCHEDULE[0]),
        (timedelta(days=9), LONGEST_WAIT),
        (timedelta(0), SCHEDULE[0]),
    ],
)
def test_retry_after_is_honoured_within_bounds(asked: timedelta, wait: timedelta) -> None:
    assert step(Answered(429, asked)) == Retry(wait)


def test_a_busy_host_is_no_failure() -> None:
    assert step(Busy(), failing=timedelta(days=9)) == Postponed(ROOM_AFTER)
    assert step(Busy(), attempts=10, jitter=1.0) == Postponed(timedelta(seconds=30))


def test_an_endpoint_that_fails_for_five_days_is_disabled() -> None:
    assert step(failing=timedelta(days=5) - timedelta(seconds=1)) == Retry(SCHEDULE[0])
    assert step(failing=timedelta(days=5)) == GivenUp("failing")
    assert step(Unanswered("timed-out"), failing=timedelta(days=5)) == GivenUp("failing")
