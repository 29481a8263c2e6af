"""When an endpoint is left alone, and when it is tried again."""

import pytest

from app.adapters.breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(3, 20, clock=clock)
    for _ in range(3):
        assert breaker.may_call()
        breaker.failed()
    return breaker


def test_it_opens_after_failures_in_a_row_only(clock: Clock) -> None:
    breaker = Breaker(3, 20, clock=clock)
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.may_call()


def test_after_the_pause_one_call_tries_and_the_others_are_kept_away(clock: Clock) -> None:
    breaker = opened(clock)
    assert not breaker.may_call()
    clock.now += 20
    assert breaker.may_call()
    assert not breaker.may_call()


def test_a_failed_trial_begins_the_pause_anew_and_a_good_one_closes(clock: Clock) -> None:
    breaker = opened(clock)
    clock.now += 20
    assert breaker.may_call()
    breaker.failed()
    assert not breaker.may_call()
    clock.now += 20
    assert breaker.may_call()
    breaker.succeeded()
    assert breaker.may_call()
    assert breaker.may_call()


def test_a_cancelled_trial_says_nothing(clock: Clock) -> None:
    breaker = opened(clock)
    clock.now += 20
    assert breaker.may_call()
    breaker.abandoned()
    assert breaker.may_call()
    assert not breaker.may_call()


def test_an_endpoint_may_ask_to_be_left_alone_at_its_first_failure(clock: Clock) -> None:
    breaker = Breaker(3, 20, clock=clock)
    breaker.failed(leave_alone_s=60)
    clock.now += 59
    assert not breaker.may_call()
    clock.now += 1
    assert breaker.may_call()
    assert breaker.may_call()
