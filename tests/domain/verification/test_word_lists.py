"""The word lists are read once, when their language is asked for, and keep to their form."""

import subprocess
import sys
from importlib.resources import files

import pytest

from app.domain.verification.lexicon import Lexicon
from app.domain.verification.words.reading import PACKAGE, entries_by_tag, lexicon_of


def test_remarks_are_skipped_and_a_tag_may_stand_twice() -> None:
    read = entries_by_tag(
        "# a remark\n## plain\na b\n# another\nc\n## t:income\npay\n## plain\nd\n"
    )
    assert read == {"plain": ["a", "b", "c", "d"], "t:income": ["pay"]}


@pytest.mark.parametrize("name", ["english.txt", "spanish.txt"])
def test_a_list_says_what_it_is_before_its_first_tag(name: str) -> None:
    content = files(PACKAGE).joinpath(name).read_text(encoding="utf-8")
    head = content.split("\n## ")[0].splitlines()
    assert len(head) > 3
    assert all(line.startswith("# ") for line in head)


def test_a_phrase_wins_over_words_and_a_word_over_a_beginning() -> None:
    lexicon = Lexicon(
        {"t:debt": ["due", "past_due"], "past": ["past"], "low": ["declin*"], "high": ["decline"]}
    )
    assert [term.text for term in lexicon.read("past due, past the due")] == [
        "past due",
        "past",
        "the",
        "due",
    ]
    assert lexicon.tags_of("decline") == {"high"}
    assert lexicon.tags_of("declining") == {"low"}
    assert lexicon.tags_of("dues") == {"t:debt"}
    assert lexicon.tags_of("other") == set()


def test_a_letter_without_its_accent_is_read_all_the_same() -> None:
    assert lexicon_of("es").tags_of("deposito") == lexicon_of("es").tags_of("depósito")


def test_an_english_text_never_reads_the_spanish_list() -> None:
    program = (
        "from tests.domain.verification.cases import HISTORY, rules_in\n"
        "from app.domain.verification.words.reading import lexicon_of\n"
        "assert not rules_in('Your credit history was too short.', HISTORY)\n"
        "assert lexicon_of.cache_info().currsize == 1\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
