from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import (
    AttributionSumOff,
    NotFinite,
    ProtectedFeature,
    ReferenceMissing,
    UnmappedFeature,
)
from app.domain.models import (
    Feature,
    ModelVersion,
    ReasonCode,
    Reference,
    RegisteredFeature,
    Registration,
)
from app.domain.reasons import Attributed, Attribution, RuleHit, principal_reasons

NAMES = [Feature(f"f{i}") for i in range(6)]
CODES = [ReasonCode(f"X-{i}") for i in (0, 1, 2, 2, 3, 4)]  # f2 and f3 share a code


def registration(**changes: object) -> Registration:
    means = {name: Decimal(10) for name in NAMES}
    medians = {name: Decimal(5) for name in NAMES}
    base = Registration(
        model=ModelVersion("m", "1"),
        higher_is_better=True,
        cutoff=Decimal(560),
        tolerance=Decimal("0.5"),
        features=tuple(
            RegisteredFeature(name, "higher_is_better", code)
            for name, code in zip(NAMES, CODES, strict=True)
        ),
        references={"near_cutoff": Reference("near_cutoff", 100, means, medians)},
        method="near_cutoff",
    )
    return replace(base, **changes)  # type: ignore[arg-type] # a test's own shorthand


def attributed(*contributions: int | str, values: int = 1, **changes: object) -> Attributed:
    items = tuple(
        Attribution(name, Decimal(values), Decimal(c))
        for name, c in zip(NAMES, contributions, strict=False)
    )
    total = sum((i.contribution for i in items if i.contribution.is_finite()), Decimal(500))
    made = Attributed(score=total, base=Decimal(500), items=items)
    return replace(made, **changes)  # type: ignore[arg-type] # a test's own shorthand


def codes(decision: Attributed, **changes: object) -> list[str]:
    return [reason.code for reason in principal_reasons(decision, registration(**changes))]


def test_the_heaviest_deficit_leads_and_nothing_pads() -> None:
    assert codes(attributed(5, 2, 11, 12, 10, 9)) == ["X-1", "X-0", "X-4"]


def test_features_of_one_code_are_summed_before_ranking() -> None:
    assert codes(attributed(4, 10, 6, 7, 10, 10)) == ["X-2", "X-0"]


def test_ties_break_on_the_code() -> None:
    assert codes(attributed(5, 5, 10, 10, 5, 5)) == ["X-0", "X-1", "X-3", "X-4"]


def test_automatic_denial_rules_lead_and_are_all_kept() -> None:
    rules = tuple(RuleHit(f"r{i}", ReasonCode(f"C1-{i}")) for i in range(5))
    assert codes(attributed(0, 0, 0, rules=rules)) == [f"C1-{i}" for i in range(5)]


def test_when_the_score_met_the_cutoff_the_rules_alone_are_the_reasons() -> None:
    passing = attributed(70, 0, 0, rules=(RuleHit("r", ReasonCode("C1-21")),))
    assert codes(passing) == ["C1-21"]


def test_a_reason_whose_value_is_good_is_kept_and_flagged() -> None:
    (reason,) = principal_reasons(attributed(5, values=9), registration())
    assert reason.counter_intuitive


def test_judgmental_reasons_come_from_the_person_who_decided() -> None:
    judged = attributed(0, component="judgmental", judgmental=(ReasonCode("C1-07"),))
    assert codes(judged) == ["C1-07"]


def test_where_lower_scores_are_better_the_deficit_turns_round() -> None:
    assert codes(attributed(14, 3), higher_is_better=False, cutoff=None) == ["X-0"]


@pytest.mark.parametrize(
    ("decision", "changes", "refusal"),
    [
        (attributed("NaN"), {}, NotFinite),
        (attributed("Infinity"), {}, NotFinite),
        (attributed(1), {"references": {}}, ReferenceMissing),
        (attributed(1, score=Decimal(900)), {}, AttributionSumOff),
        (
            attributed(1),
            {
                "features": (
                    RegisteredFeature(NAMES[0], "higher_is_better", CODES[0], protected=True),
                )
            },
            ProtectedFeature,
        ),
        (attributed(1), {"features": ()}, UnmappedFeature),
    ],
)
def test_attributions_without_a_lawful_statement_are_refused(
    decision: Attributed, changes: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        principal_reasons(decision, registration(**changes))


def test_a_protected_feature_is_refused_by_its_name_whatever_it_contributed() -> None:
    item = Attribution(Feature("prot_age"), Decimal(40), Decimal(0))
    decision = Attributed(score=Decimal(500), base=Decimal(500), items=(item,))
    with pytest.raises(ProtectedFeature):
        principal_reasons(decision, registration())


@given(st.lists(st.decimals(-100, 100, places=3), min_size=6, max_size=6))
def test_reasons_are_at_most_four_each_adverse_and_in_order(contributions: list[Decimal]) -> None:
    decision = attributed(*(str(c) for c in contributions))
    reasons = principal_reasons(decision, registration(cutoff=None))
    deficits = [reason.deficit for reason in reasons if reason.deficit is not None]
    assert len(reasons) == len(deficits) <= 4
    assert all(deficit > 0 for deficit in deficits)
    assert deficits == sorted(deficits, reverse=True)
    assert len({reason.code for reason in reasons}) == len(reasons)
