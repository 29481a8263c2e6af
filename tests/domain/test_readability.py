"""Texts are graded by years of school, in English and Spanish."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.explanation import Draft, Language, Statement
from app.domain.models import ReasonCode
from app.domain.readability import RULE, hard_to_read, readability, silabas, syllables

ENGLISH = [
    "your",
    "1",
    "application",
    "4",
    "a",
    "1",
    "loan",
    "1",
    "declined",
    "2",
    "reasons",
    "2",
    "important",
    "3",
    "monthly",
    "2",
    "payments",
    "2",
    "income",
    "2",
    "about",
    "2",
    "balances",
    "3",
    "revolving",
    "3",
    "liquid",
    "2",
    "employment",
    "3",
    "temporary",
    "4",
    "verify",
    "3",
    "experience",
    "4",
    "delinquent",
    "3",
    "obligations",
    "4",
    "collection",
    "3",
    "garnishment",
    "3",
    "foreclosure",
    "3",
    "repossession",
    "4",
    "bankruptcy",
    "3",
    "inquiries",
    "3",
    "bureau",
    "2",
    "collateral",
    "4",
    "sufficient",
    "3",
    "inadequate",
    "4",
    "severity",
    "4",
    "proportion",
    "3",
    "established",
    "3",
    "installment",
    "3",
    "education",
    "4",
    "existing",
    "3",
    "creditors",
    "3",
    "reserves",
    "2",
    "checking",
    "2",
    "length",
    "1",
    "history",
    "3",
    "opened",
    "2",
    "disposable",
    "4",
    "value",
    "2",
    "available",
    "4",
    "security",
    "4",
    "people",
    "2",
    "table",
    "2",
    "used",
    "1",
    "counted",
    "2",
    "favorable",
    "4",
    "principal",
    "3",
    "decision",
    "3",
    "ratio",
    "3",
    "area",
    "3",
    "idea",
    "3",
    "science",
    "2",
    "quiet",
    "2",
    "business",
    "2",
    "vehicle",
    "3",
    "annual",
    "3",
    "lower",
    "2",
    "being",
    "2",
    "doing",
    "2",
    "denied",
    "2",
    "carries",
    "2",
    "created",
    "3",
    "social",
    "2",
    "statement",
    "2",
]
SPANISH = [
    "su",
    "1",
    "solicitud",
    "4",
    "préstamo",
    "3",
    "fue",
    "1",
    "denegada",
    "4",
    "razones",
    "3",
    "importante",
    "4",
    "ingresos",
    "3",
    "mensuales",
    "3",
    "deuda",
    "2",
    "cuenta",
    "2",
    "país",
    "2",
    "día",
    "2",
    "aéreo",
    "4",
    "ciudad",
    "2",
    "guía",
    "2",
    "guerra",
    "2",
    "pingüino",
    "3",
    "quiere",
    "2",
    "que",
    "1",
    "rey",
    "1",
    "muy",
    "1",
    "insuficiente",
    "5",
    "antigüedad",
    "4",
    "historial",
    "3",
    "crédito",
    "3",
    "obligaciones",
    "5",
    "relación",
    "3",
    "bancarrota",
    "4",
    "límites",
    "3",
    "ruido",
    "2",
    "héroe",
    "3",
    "oír",
    "2",
    "baúl",
    "2",
    "poeta",
    "3",
    "año",
    "2",
    "puede",
    "2",
    "agencia",
    "3",
    "derecho",
    "3",
    "ahora",
    "3",
    "cooperar",
    "4",
]


def counted(words: list[str]) -> list[tuple[str, int]]:
    return [(word, int(number)) for word, number in zip(words[::2], words[1::2], strict=True)]


@pytest.mark.parametrize(("word", "count"), counted(ENGLISH))
def test_english_syllables_are_those_that_are_spoken(word: str, count: int) -> None:
    assert syllables(word) == count


@pytest.mark.parametrize(("word", "count"), counted(SPANISH))
def test_spanish_syllables_follow_the_rules_of_diphthong_and_hiatus(word: str, count: int) -> None:
    assert silabas(word) == count


def test_the_grade_is_that_of_the_published_formula() -> None:
    text = "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature."
    assert readability(text, "customer", "en").grade == 11.3


@pytest.mark.parametrize(
    ("language", "plain", "hard"),
    [
        (
            "en",
            "Your balances were about 92% of your limits, which was too high.",
            "Excessive revolving utilization in relation to established credit limitations.",
        ),
        (
            "es",
            "Los pagos de sus deudas son el 47 % de sus ingresos al mes, y eso es demasiado.",
            "La verificación administrativa determinó obligaciones crediticias excesivas.",
        ),
    ],
)
def test_long_words_and_sentences_need_more_school(
    language: Language, plain: str, hard: str
) -> None:
    assert readability(plain, "customer", language).is_plain
    assert not readability(hard, "customer", language).is_plain
    assert readability(hard, "compliance", language).is_plain


def test_only_the_hard_statements_are_named_and_only_where_the_whole_is_too_hard() -> None:
    plain = Statement(ReasonCode("A-1"), "Your job is new to you.", ())
    hard = Statement(ReasonCode("A-2"), "Insufficient verification of employment eligibility.", ())
    (finding,) = hard_to_read(Draft("Declined.", (plain, hard)), "customer", "en")
    assert (finding.rule, finding.where) == (RULE, "reasons[1].statement")
    eased = Draft("Your loan was not made. Here is why we did so.", (plain,) * 8 + (hard,))
    assert hard_to_read(eased, "customer", "en") == ()


@given(st.text(max_size=300), st.sampled_from(["en", "es"]))
def test_any_text_has_a_grade(text: str, language: Language) -> None:
    assert readability(text, "customer", language).grade >= 0


@given(st.from_regex(r"[a-záéíóúüñ]{1,25}", fullmatch=True))
def test_every_word_has_a_syllable_and_no_more_than_letters(word: str) -> None:
    assert 1 <= syllables(word) <= 2 * len(word)
    assert 1 <= silabas(word) <= len(word)
