"""What follows from a failure."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import (
    ExplanationWithheld,
    NothingToExplain,
    WriterUnavailable,
)
from app.domain.ids import DecisionId, TenantId
from app.domain.jobs import PLANS, Attempt, GiveUp, JobKind, NothingLeft, TryAgain, after_failure
from tests.conftest import NOW

DECISION = DecisionId(UUID(int=1))
kinds = st.sampled_from(sorted(PLANS))


def attempt(number: int, kind: JobKind = "explain-decision") -> Attempt:
    return Attempt(kind, TenantId(UUID(int=2)), f"{kind}:1", b"{}", {}, number, NOW)


def test_a_refusal_is_given_up_at_once_with_its_code() -> None:
    error = ExplanationWithheld(DECISION)
    assert after_failure(attempt(1), error, chance=0) == GiveUp(
        "ExplanationWithheld", "explanation-withheld"
    )


def test_what_fell_away_is_no_failure() -> None:
    assert after_failure(attempt(1), NothingToExplain(DECISION), chance=0) == NothingLeft()


def test_what_was_unavailable_is_tried_again_until_attempts_are_used_up() -> None:
    error = WriterUnavailable("away")
    last = PLANS["explain-decision"].attempts
    assert isinstance(after_failure(attempt(last - 1), error, chance=0), TryAgain)
    assert after_failure(attempt(last), error, chance=0) == GiveUp(
        "WriterUnavailable", WriterUnavailable.code
    )


@given(kind=kinds, number=st.integers(1, 100), chance=st.floats(0, 1, exclude_max=True))
def test_no_message_of_an_error_is_kept_and_every_delay_is_bounded(
    kind: JobKind, number: int, chance: float
) -> None:
    plan = PLANS[kind]
    match after_failure(attempt(number, kind), ValueError("Ada Lovelace"), chance=chance):
        case GiveUp(error, code):
            assert number >= plan.attempts
            assert (error, code) == ("ValueError", "failed")
        case TryAgain(delay_s):
            assert number < plan.attempts
            assert 0 < delay_s <= plan.longest_delay_s
        case NothingLeft():
            raise AssertionError


@given(kind=kinds, chance=st.floats(0, 1, exclude_max=True))
def test_attempts_grow_apart(kind: JobKind, chance: float) -> None:
    plan = PLANS[kind]
    waits = [
        after_failure(attempt(n, kind), OSError(), chance=chance) for n in range(1, plan.attempts)
    ]
    delays = [wait.delay_s for wait in waits if isinstance(wait, TryAgain)]
    assert delays == sorted(delays)
    assert delays[-1] > delays[0]
