"""Questions that ask several things are taken apart; others are left alone."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.decompose import MOST_PARTS, parts_of
from retrieval.quotes import best_quote, highlights
from retrieval.terms import terms_of


@pytest.mark.parametrize(
    "question",
    ["", "how many reasons", "comment 9(b)(2)-5", "notice and reasons", "🙂", "a, b, c"],
)
def test_a_question_that_asks_one_thing_is_left_alone(question: str) -> None:
    assert parts_of(question) == (question,)


def test_sentences_are_parts() -> None:
    question = "When must a notice be sent? How many principal reasons must it state?"
    assert parts_of(question) == (
        question,
        "When must a notice be sent",
        "How many principal reasons must it state?",
    )


def test_a_sentence_is_parted_at_and() -> None:
    question = (
        "When must the creditor notify an applicant, and what may the fee for a credit report be?"
    )
    whole, *parts = parts_of(question)
    assert whole == question
    assert len(parts) == 2
    assert parts[0].startswith("When must the creditor")


@given(st.text(max_size=300) | st.text("ab,?. and", max_size=300))
def test_parts_are_pieces_of_the_question_that_say_something(question: str) -> None:
    whole, *parts = parts_of(question)
    assert whole == question
    assert len(parts) <= MOST_PARTS
    assert len(parts) != 1
    for part in parts:
        assert part in " ".join(question.split())
        assert terms_of(part)


@pytest.mark.parametrize("unit", [" and ", ", ", ". ", "and, ", " ", "a and what "])
def test_a_question_made_to_be_slow_is_not(unit: str) -> None:
    began = time.perf_counter()
    parts_of((unit * 2000)[:2000])
    assert time.perf_counter() - began < 0.05


@given(st.text(), st.text())
def test_quotes_and_highlights_lie_in_the_text(question: str, text: str) -> None:
    start, end = best_quote(question, text)
    assert 0 <= start <= end <= len(text)
    asked = set(terms_of(question))
    for first, last in highlights(question, text):
        assert asked & set(terms_of(text[first:last]))


def test_highlights_keep_their_place_behind_letters_that_grow_in_lower_case() -> None:
    text = "İİİ The Notice."
    assert [text[start:end] for start, end in highlights("notice", text)] == ["Notice"]
