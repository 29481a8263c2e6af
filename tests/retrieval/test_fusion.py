"""What words and meaning say, combined: bounded, monotone, and indifferent to scale."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from retrieval.bm25 import Floats
from retrieval.fusion import (
    LEXICAL_WEIGHT,
    NEIGHBOUR_WEIGHT,
    PART_WEIGHT,
    UNRELATED,
    Candidates,
    fuse,
    merge_parts,
    with_neighbours,
)

SIZE = 6
AT = np.arange(SIZE, dtype=np.int32)
WORDS = arrays(np.float32, SIZE, elements=st.floats(0, 50, width=32))
COSINES = arrays(np.float32, SIZE, elements=st.floats(-1, 1, width=32))
SHARES = arrays(np.float32, SIZE, elements=st.floats(0, 1, width=32))


def floats(*values: float) -> Floats:
    return np.array(values, dtype=np.float32)


def candidates(words: Floats, meaning: Floats) -> Candidates:
    return Candidates(np.arange(len(words), dtype=np.int32), words, meaning)


def test_a_worked_example() -> None:
    fused = fuse(candidates(floats(10, 5, 0), floats(0.3, 0.7, -0.1)))
    by_meaning = [0.4 / 0.8, 1.0, 0.0]
    expected = [
        LEXICAL_WEIGHT * words + (1 - LEXICAL_WEIGHT) * meaning
        for words, meaning in zip([1.0, 0.5, 0.0], by_meaning, strict=True)
    ]
    assert fused == pytest.approx(expected, rel=1e-5)


@given(WORDS, COSINES)
def test_scores_lie_between_nought_and_one(words: Floats, meaning: Floats) -> None:
    fused = fuse(candidates(words, meaning))
    assert np.all((fused >= 0) & (fused <= 1 + 1e-6))
    raised = with_neighbours(fused, np.arange(SIZE, dtype=np.int64))
    assert np.all((raised >= 0) & (raised <= 1 + 1e-6))


@given(WORDS, COSINES, st.integers(0, SIZE - 1))
def test_who_is_best_by_both_stays_best(words: Floats, meaning: Floats, best: int) -> None:
    words[best] = words.max() + 1
    meaning[best] = 1.0
    fused = fuse(candidates(words, meaning))
    assert fused[best] == fused.max() == pytest.approx(1)


@given(WORDS)
def test_words_alone_rank_where_no_embedder_answered(words: Floats) -> None:
    fused = fuse(candidates(words, np.full(SIZE, np.nan, dtype=np.float32)))
    assert np.all(np.diff(fused[np.argsort(words)]) >= -1e-6)


def test_an_unknown_meaning_counts_as_unrelated() -> None:
    known = fuse(candidates(floats(1, 1), floats(0.5, UNRELATED)))
    unknown = fuse(candidates(floats(1, 1), floats(0.5, np.nan)))
    assert unknown == pytest.approx(known)


def test_nothing_to_fuse_is_no_error() -> None:
    nothing = floats()
    assert fuse(candidates(nothing, nothing)).shape == (0,)
    assert with_neighbours(nothing, np.zeros(0, dtype=np.int64)).shape == (0,)
    assert fuse(candidates(floats(0, 0), floats(-1, -1))).tolist() == [0, 0]


@given(SHARES, st.permutations(range(SIZE)))
def test_neighbours_raise_each_other_in_whatever_order_they_come(
    scores: Floats, order: list[int]
) -> None:
    places = np.array([10, 11, 12, 20, 22, 1 << 40], dtype=np.int64)
    expected = scores.astype(np.float64)
    for one, other in ((0, 1), (1, 2)):
        expected[one] += NEIGHBOUR_WEIGHT * scores[other]
        expected[other] += NEIGHBOUR_WEIGHT * scores[one]
    expected /= 1 + 2 * NEIGHBOUR_WEIGHT
    raised = with_neighbours(scores[order], places[order])
    assert raised == pytest.approx(expected[order], abs=1e-6)


@given(SHARES, SHARES, SHARES)
def test_a_part_may_lift_a_passage_and_never_sinks_one(
    whole: Floats, one: Floats, other: Floats
) -> None:
    merged = merge_parts([whole, one, other])
    assert np.all(merged >= whole)
    best = np.maximum(one, other)
    mixed = (1 - PART_WEIGHT) * whole + PART_WEIGHT * best
    assert merged == pytest.approx(np.maximum(whole, mixed), abs=1e-6)
    assert merge_parts([whole]) is whole
