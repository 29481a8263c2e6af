"""How long records are kept, and what stands against erasing them."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.domain.retention import (
    BUSINESS_FLOOR_MONTHS,
    FLOOR_MONTHS,
    Kept,
    kept_until,
    months_after,
    why_not_erased,
)

SINCE = datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_consumers_records_are_kept_twenty_five_months_and_businesses_twelve() -> None:
    assert months_after(SINCE, FLOOR_MONTHS) == datetime(2028, 2, 29, 12, tzinfo=UTC)
    for purpose, floor in (("consumer", FLOOR_MONTHS), ("business", BUSINESS_FLOOR_MONTHS)):
        kept = Kept("business" if purpose == "business" else "consumer", SINCE)
        ends = months_after(SINCE, floor)
        assert why_not_erased([kept], ends) == ()
        (why,) = why_not_erased([kept], ends.replace(day=ends.day - 1))
        assert "1002.12(b)(1)" in why


def test_the_default_is_sixty_one_months_and_no_setting_goes_below_the_floor() -> None:
    kept = Kept("consumer", SINCE)
    assert kept_until(kept) == datetime(2031, 2, 28, 12, tzinfo=UTC)
    assert kept_until(kept, 1) == months_after(SINCE, FLOOR_MONTHS)


def test_a_hold_and_an_open_duty_stand_against_erasure_however_old() -> None:
    late = datetime(2060, 1, 1, tzinfo=UTC)
    assert "hold" in why_not_erased([Kept("consumer", SINCE, is_on_hold=True)], late)[0]
    assert "owed" in why_not_erased([Kept("consumer", SINCE, is_settled=False)], late)[0]
    assert why_not_erased([], late) == ()


@given(st.datetimes(timezones=st.just(UTC), max_value=datetime(2900, 1, 1)), st.integers(0, 700))  # noqa: DTZ001 -- Hypothesis bounds are naive
def test_nothing_is_kept_for_less_than_the_statute_says(since: datetime, months: int) -> None:
    kept = Kept("consumer", since)
    assert kept_until(kept, months) >= months_after(since, FLOOR_MONTHS)
    assert why_not_erased([kept], since)
