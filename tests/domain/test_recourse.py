"""The search space of recourse: small changes to raw inputs, and what moves along."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.models import Lever
from app.domain.recourse import MAX_PATHS, Candidate, candidates, smallest

CARD = Lever(
    "card_balance",
    "card balances",
    "usd",
    factors=(Decimal("0.5"), Decimal(0)),
    moves={"total_debt": Decimal(1), "net_worth": Decimal(-1)},
)
CAR = Lever(
    "vehicle", "vehicle loans", "usd", factors=(Decimal("0.5"),), moves={"total_debt": Decimal(1)}
)
TERM = Lever("term", "the months to repay", "months", targets=(Decimal(48), Decimal(60)))
SAVINGS = Lever("liquid", "savings", "usd", factors=(Decimal("0.1"),), shares_of="income")
APPLICATION = {
    "card_balance": 4000,
    "vehicle": 1000,
    "total_debt": 9000,
    "net_worth": 500,
    "term": 48,
    "liquid": 100,
    "income": 50_000,
    "name": "ignored",
}
LEVERS = (CARD, CAR, TERM, SAVINGS)


def test_paying_a_debt_down_moves_total_debt_and_net_worth() -> None:
    half, none = candidates(APPLICATION, (CARD,), 1)
    assert half.inputs == {"card_balance": 2000, "total_debt": 7000, "net_worth": 2500}
    assert none.inputs == {"card_balance": 0, "total_debt": 5000, "net_worth": 4500}
    assert half.steps < none.steps


def test_two_changes_add_up_in_what_they_share() -> None:
    both = candidates(APPLICATION, (CARD, CAR), 2)[0]
    assert both.inputs["total_debt"] == 9000 - 2000 - 500


def test_what_would_change_nothing_is_no_candidate() -> None:
    (longer,) = candidates(APPLICATION, (TERM,), 1)
    assert longer.inputs == {"term": 60}
    assert candidates({**APPLICATION, "card_balance": 0}, (CARD,), 1) == ()
    assert candidates({"income": 1}, (CARD,), 1) == ()


def test_savings_grow_by_a_share_of_income() -> None:
    (more,) = candidates(APPLICATION, (SAVINGS,), 1)
    assert more.inputs["liquid"] == 5100


def test_paths_differ_in_what_they_change_and_come_smallest_first() -> None:
    found = [(c, Decimal(600)) for size in (2, 1) for c in candidates(APPLICATION, LEVERS, size)]
    paths = smallest(found)
    assert len(paths) == MAX_PATHS
    changed = [frozenset(change.input for change in path.changes) for path in paths]
    assert len(set(changed)) == MAX_PATHS
    assert len(paths[0].changes) == 1


@given(
    st.integers(1, 3), st.dictionaries(st.sampled_from(list(APPLICATION)), st.integers(0, 10**6))
)
def test_every_candidate_changes_just_so_much(size: int, changed: dict[str, int]) -> None:
    application = {**APPLICATION, **changed}
    made: tuple[Candidate, ...] = candidates(application, LEVERS, size)
    for candidate in made:
        assert len(candidate.changes) == len(candidate.changed) == size
        for change in candidate.changes:
            assert change.before != change.after
            assert candidate.inputs[change.input] == change.after
    steps = [candidate.steps for candidate in made]
    assert steps == sorted(steps)
