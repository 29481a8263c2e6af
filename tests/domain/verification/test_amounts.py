"""Amounts: figures in either language's form, and numbers that words make together."""

from decimal import Decimal

import pytest

from app.domain.explanation import Language
from app.domain.verification.amounts import Amount, figure, read_amount
from app.domain.verification.tokens import Line


@pytest.mark.parametrize(
    ("language", "digits", "value", "step"),
    [
        ("en", "1,200,300", "1200300", "1"),
        ("en", "1,200.50", "1200.50", "0.01"),
        ("en", "47.", "47", "1"),
        ("en", "47,", "47", "1"),
        ("en", "1.2.3", "123", "1"),
        ("es", "1.200.300", "1200300", "1"),
        ("es", "1.200,5", "1200.5", "0.1"),
        ("es", "1\u202f200", "1200", "1"),
        ("es", "1\u00a0200,25", "1200.25", "0.01"),
        ("es", "47,5", "47.5", "0.1"),
        ("es", "47.5", "47.5", "0.1"),
    ],
)
def test_figures_are_read_as_the_language_parts_them(
    language: Language, digits: str, value: str, step: str
) -> None:
    assert figure(digits, language) == (Decimal(value), Decimal(step))


@pytest.mark.parametrize(
    ("language", "text", "value", "step", "unit", "used"),
    [
        ("en", "two thirds of", "0.6666666666666666666666666666", "0.01", "fraction", 2),
        ("en", "one half of", "0.5", "0.01", "fraction", 2),
        ("en", "two half", "2", "1", "", 1),
        ("en", "two quarter", "2", "1", "", 1),
        ("en", "three dozen accounts", "36", "1", "", 2),
        ("en", "a couple of", "2", "1", "", 2),
        ("en", "two and a quarter", "2.25", "0.01", "", 4),
        ("en", "two and a half", "2.5", "0.1", "", 4),
        ("en", "two and one half", "2.5", "0.1", "", 4),
        ("en", "a quarter of", "0.25", "0.01", "fraction", 2),
        ("en", "an half", "0.5", "0.01", "fraction", 2),
        ("en", "half of", "0.5", "0.01", "fraction", 1),
        ("en", "half a year", "0.5", "0.1", "years", 3),
        ("en", "half the income", "0.5", "0.01", "fraction", 1),
        ("en", "a month", "1", "1", "months", 2),
        ("en", "a year and a half", "1.5", "0.1", "years", 5),
        ("en", "year and a half", "1.5", "0.1", "years", 4),
        ("en", "past year", "1", "1", "years", 2),
        ("en", "last month", "1", "1", "months", 2),
        ("en", "triple the", "3", "1", "times", 1),
        ("en", "\u00bd of", "0.5", "0.01", "fraction", 1),
        ("es", "un tercio de", "0.3333333333333333333333333333", "0.01", "fraction", 2),
        ("es", "una cuarta parte", "0.25", "0.01", "fraction", 2),
        ("es", "mitad de", "0.5", "0.01", "fraction", 1),
        ("es", "media docena", None, None, None, None),
        ("es", "medio año", "0.5", "0.1", "years", 2),
        ("es", "un trimestre", "1", "1", "quarters_of_year", 2),
        ("es", "último mes", "1", "1", "months", 2),
        ("es", "año pasado", "1", "1", "years", 2),
        ("es", "mes pasado", "1", "1", "months", 2),
        ("en", "past years", None, None, None, None),
        ("en", "a card", None, None, None, None),
        ("en", "year and a card", None, None, None, None),
        ("es", "un tipo", None, None, None, None),
    ],
)
def test_words_make_an_amount_with_its_step_and_unit(
    language: Language,
    text: str,
    value: str | None,
    step: str | None,
    unit: str | None,
    used: int | None,
) -> None:
    read = read_amount(Line.of(text, language), 0)
    if value is None or step is None or unit is None or used is None:
        assert read is None
    else:
        assert read == Amount(Decimal(value), Decimal(step), unit, 0, used)


@pytest.mark.parametrize(
    ("language", "text", "at"),
    [
        ("en", "900 a month", 1),
        ("en", "dollars a year", 1),
        ("en", "earn a month", 1),
        ("es", "dólares al mes", 1),
        ("en", "$", 0),
        ("en", "$ nine", 0),
    ],
)
def test_how_often_is_no_amount(language: Language, text: str, at: int) -> None:
    assert read_amount(Line.of(text, language), at) is None


def test_an_amount_in_figures_begins_at_its_sign() -> None:
    line = Line.of("owes $9k now", "en")
    assert read_amount(line, 1) == Amount(Decimal(9000), Decimal(1000), "usd", 1, 4, in_words=False)
    assert read_amount(line, 2) == Amount(Decimal(9000), Decimal(1000), "usd", 1, 4, in_words=False)
