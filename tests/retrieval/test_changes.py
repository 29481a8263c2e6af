"""Diffs: what is kept and added is the later text, what is kept and removed the former."""

import time

from hypothesis import given
from hypothesis import strategies as st

from retrieval.changes import Change, compare

TEXT = st.lists(st.sampled_from(["the", "rate", "43%", " ", "\n\n", "é🙂", ", "])).map("".join)


@given(TEXT | st.text(), TEXT | st.text())
def test_a_diff_holds_both_texts(former: str, later: str) -> None:
    changes = compare(former, later)
    if former == later:
        assert changes == ()
        return
    assert "".join(c.text for c in changes if c.kind != "added") == former
    assert "".join(c.text for c in changes if c.kind != "removed") == later
    assert all(change.text for change in changes)


def test_a_diff_shows_the_words_that_changed() -> None:
    changes = compare(
        "Declined above 43% of income, always.", "Declined above 40% of income, always."
    )
    assert changes == (
        Change("kept", "Declined above "),
        Change("removed", "43%"),
        Change("added", "40%"),
        Change("kept", " of income, always."),
    )


def test_texts_are_compared_in_little_time_however_long() -> None:
    former = " ".join(f"word{n % 50}" for n in range(200_000))
    later = former.replace("word7 ", "other ")
    began = time.perf_counter()
    changes = compare(former, later)
    one_word = compare(former, former[:500_000] + "x " + former[500_000:])
    assert time.perf_counter() - began < 5
    assert "".join(c.text for c in changes if c.kind != "removed") == later
    assert sum(len(change.text) for change in one_word if change.kind != "kept") < 30
