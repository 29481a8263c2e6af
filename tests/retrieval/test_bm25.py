"""BM25 against the formula written out by hand, over texts of any kind."""

from collections import Counter
from itertools import pairwise
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.bm25 import (
    K1,
    PAIR_WEIGHT,
    B,
    Floats,
    Ints,
    Postings,
    idf,
    mean_length,
    saturate,
    score_pairs,
    score_terms,
)
from retrieval.terms import FIELD_BREAK, LONGEST_WORD, stem_id, stem_ids, term_counts, terms_of

WORDS = st.sampled_from(["credit", "score", "denial", "notice", "reason", "loan"])
TEXTS = st.lists(WORDS, max_size=12)


def postings_of(passages: list[list[str]]) -> tuple[dict[str, Postings], Floats]:
    held: dict[str, Postings] = {}
    for stem in {word for passage in passages for word in passage}:
        places = [at for at, passage in enumerate(passages) if stem in passage]
        held[stem] = Postings(
            np.array(places, dtype=np.int32),
            np.array([passages[at].count(stem) for at in places], dtype=np.uint8),
        )
    return held, np.array([len(passage) for passage in passages], dtype=np.float32)


def by_hand(query: set[str], passages: list[list[str]]) -> list[float]:
    average = sum(map(len, passages)) / len(passages)
    scores = []
    for passage in passages:
        total = 0.0
        for word in query:
            holding = sum(word in other for other in passages)
            often = passage.count(word)
            if often:
                weight = log(1 + (len(passages) - holding + 0.5) / (holding + 0.5))
                norm = K1 * (1 - B + B * len(passage) / average)
                total += weight * often * (K1 + 1) / (often + norm)
        scores.append(total)
    return scores


@given(st.lists(TEXTS, min_size=1, max_size=8), st.sets(WORDS))
def test_scores_are_those_of_the_formula(passages: list[list[str]], query: set[str]) -> None:
    held, lengths = postings_of(passages)
    nothing = Postings(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.uint8))
    scores = score_terms({word: held.get(word, nothing) for word in query}, lengths)
    assert scores == pytest.approx(by_hand(query, passages), rel=1e-4, abs=1e-5)


def test_a_worked_example() -> None:
    held, lengths = postings_of([["credit", "credit", "score"], ["credit"], ["loan"]])
    scores = score_terms({"credit": held["credit"]}, lengths)
    weight = log(1 + 1.5 / 2.5)
    average = 5 / 3
    expected = [
        weight * 2 * 1.9 / (2 + 0.9 * (0.6 + 0.4 * 3 / average)),
        weight * 1 * 1.9 / (1 + 0.9 * (0.6 + 0.4 * 1 / average)),
        0.0,
    ]
    assert scores == pytest.approx(expected, rel=1e-5)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_what_a_stem_tells_is_never_negative_and_falls_with_use(one: int, other: int) -> None:
    few, many = sorted((one, other))
    assert idf(few, 10**6) >= idf(many, 10**6) > 0


@given(st.integers(1, 254), st.integers(1, 1000))
def test_more_occurrences_tell_more_and_ever_less(count: int, length: int) -> None:
    counts = np.array([count, count + 1], dtype=np.float32)
    lengths = np.array([length, length], dtype=np.float32)
    once, again = saturate(counts, lengths, 50.0)
    assert 0 < once <= again <= K1 + 1


FIELDS = st.lists(st.lists(WORDS, max_size=6).map(" ".join), min_size=1, max_size=4)


@given(st.lists(FIELDS, max_size=6), st.lists(WORDS, max_size=5))
def test_pairs_are_counted_as_by_hand_and_never_across_fields(
    passages: list[list[str]], query: list[str]
) -> None:
    stems = [stem for word in query for stem in terms_of(word)]
    weights = {stem: 1.0 + len(stem) for stem in set(stems)}
    numbered: list[Ints] = [stem_ids(fields) for fields in passages]
    scores = score_pairs(stems, weights, numbered, 5.0)
    for at, fields in enumerate(passages):
        total = 0.0
        pairs = Counter(pair for field in fields for pair in pairwise(terms_of(field)))
        for first, second in set(pairwise(stems)):
            if often := pairs[first, second]:
                norm = K1 * (1 - B + B * len(numbered[at]) / 5.0)
                weight = PAIR_WEIGHT * (weights[first] + weights[second])
                total += weight * often * (K1 + 1) / (often + norm)
        assert scores[at] == pytest.approx(total, rel=1e-4)


def test_nothing_to_score_is_no_error() -> None:
    assert score_terms({}, np.zeros(0, dtype=np.float32)).shape == (0,)
    assert score_pairs(["a"], {}, [], 1.0).shape == (0,)
    assert score_pairs([], {}, [stem_ids(["credit"])], 1.0).tolist() == [0.0]
    assert mean_length(np.zeros(0, dtype=np.float32)) == 1.0


@given(st.lists(st.text(max_size=60), max_size=4))
def test_stems_by_number_are_the_stems_that_are_counted(fields: list[str]) -> None:
    numbers = stem_ids(fields)
    counts = term_counts(fields)
    assert np.count_nonzero(numbers) == counts.total()
    assert np.count_nonzero(numbers == FIELD_BREAK) == len(fields)
    assert {stem_id(stem) for stem in counts} == set(numbers.tolist()) - {FIELD_BREAK}


def test_words_of_the_law_keep_what_tells_them_apart() -> None:
    assert terms_of("The 1002.9 notice, 43%") == ["1002.9", "notic", "43"]
    assert terms_of("x" * (LONGEST_WORD + 1)) == []
    assert terms_of("שלום 🙂") == []
