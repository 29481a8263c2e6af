"""Measures as trec_eval defines them, worked out by hand, and the report made of them."""

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.evaluation import Outcome, Question, Score, report, score


def asked(gold: dict[str, float], kind: str = "", *, counts_below: bool = False) -> Question:
    return Question("q", "?", gold, kind, counts_below=counts_below)


def test_recall_map_and_ndcg_at_ten() -> None:
    ranked = ["a", "x", "b", "y", "z", "c", "p", "q", "r", "s", "d"]  # d comes eleventh
    found = score(asked({"a": 1, "b": 1, "c": 1, "d": 1}), ranked, 10)
    assert found.recall == 3 / 4
    assert found.average_precision == pytest.approx((1 + 2 / 3 + 3 / 6) / 4)
    gained = 1 / log2(2) + 1 / log2(4) + 1 / log2(7)
    ideal = sum(1 / log2(rank + 1) for rank in (1, 2, 3, 4))
    assert found.ndcg == pytest.approx(gained / ideal)
    assert found.reciprocal_rank == 1
    assert (found.hit, found.all_gold) == (True, False)


def test_grades_gain_in_proportion_and_nought_counts_as_judged_only() -> None:
    ranked = ["none", "some", "much"]
    found = score(asked({"much": 3, "some": 1, "none": 0}), ranked, 10)
    assert found.recall == 1
    assert found.average_precision == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert found.ndcg == pytest.approx((1 / log2(3) + 3 / log2(4)) / (3 / log2(2) + 1 / log2(3)))
    assert found.reciprocal_rank == 1 / 2


def test_more_gold_than_places_cuts_the_ideal_and_not_the_precision() -> None:
    gold = {str(n): 1.0 for n in range(20)}
    found = score(asked(gold), [str(n) for n in range(10)], 10)
    assert found.recall == 0.5
    assert found.average_precision == pytest.approx(10 / 20)
    assert found.ndcg == pytest.approx(1)


def test_a_passage_under_the_gold_counts_as_it_and_one_is_enough() -> None:
    gold = {"12 CFR 1002.9": 1.0, "GDPR Art. 22": 1.0}
    ranked = ["12 CFR 1002.90", "12 CFR 1002.9(a)(1)", "GDPR Art. 22(1)"]
    found = score(asked(gold, "keyword", counts_below=True), ranked, 10)
    assert found == Score(1, 1 / 2, 1 / log2(3), 1 / 2, hit=True, all_gold=True)
    without = score(asked(gold, "keyword"), ranked, 10)
    assert without == Score(0, 0, 0, 0, hit=False, all_gold=False)


def test_several_hops_need_every_gold() -> None:
    gold = {"12 CFR 1002.9": 1.0, "GDPR Art. 22": 1.0}
    ranked = ["12 CFR 1002.9(a)", "12 CFR 1002.9(b)", "GDPR Art. 22"]
    found = score(asked(gold, "multi_hop", counts_below=True), ranked, 10)
    assert (found.recall, found.all_gold) == (1, True)
    assert found.average_precision == pytest.approx((1 + 2 / 3) / 2)
    assert found.ndcg == pytest.approx((1 + 1 / 2) / (1 + 1 / log2(3)))
    half = score(asked(gold, "multi_hop", counts_below=True), ranked[:2], 10)
    assert (half.recall, half.hit, half.all_gold) == (0.5, True, False)


NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f"])


@given(
    st.dictionaries(NAMES, st.integers(1, 4).map(float), min_size=1),
    st.lists(NAMES, unique=True),
    st.sampled_from(["", "keyword", "multi_hop"]),
    st.integers(1, 6),
)
def test_measures_are_shares_and_perfect_for_the_ideal(
    gold: dict[str, float],
    ranked: list[str],
    kind: str,
    k: int,
) -> None:
    question = asked(gold, kind, counts_below=bool(kind))
    found = score(question, ranked, k)
    for share in (found.recall, found.average_precision, found.ndcg, found.reciprocal_rank):
        assert 0 <= share <= 1
    ideal = score(question, sorted(gold, key=lambda name: -gold[name]), len(gold))
    assert (ideal.recall, ideal.average_precision, ideal.ndcg) == pytest.approx((1, 1, 1))


def test_a_report_keeps_apart_what_has_no_answer() -> None:
    questions = [
        asked({"a": 1}, "keyword"),
        asked({"b": 1}, "keyword"),
        asked({}, "unanswerable"),
        asked({"c": 0}, "unanswerable"),
    ]
    outcomes = [
        Outcome(("a",), refused=False, ms=10),
        Outcome(("x",), refused=True, ms=20),
        Outcome(("x",), refused=True, ms=30),
        Outcome(("c",), refused=False, ms=40),
    ]
    made = report(questions, outcomes, 10)
    assert made["questions"] == 4
    assert (made["recall"], made["hit"], made["mrr"]) == (0.5, 0.5, 0.5)
    assert (made["unanswerable_refused"], made["answerable_refused"]) == (0.5, 0.5)
    assert (made["p50_ms"], made["k"]) == (25.0, 10)
    by_kind = made["by_kind"]
    assert isinstance(by_kind, dict)
    assert by_kind["unanswerable"]["recall"] is None
    assert by_kind["keyword"]["refused"] == 0.5


def test_a_report_of_nothing_is_no_error() -> None:
    made = report([], [], 10)
    assert (made["questions"], made["recall"], made["unanswerable_refused"]) == (0, None, None)
