"""Numbers, units, bounds and dates are read as a reader reads them, in both languages."""

from datetime import date
from decimal import Decimal

import pytest

from app.domain.explanation import Language
from app.domain.verification.dates import dates
from app.domain.verification.numerals import read_numeral
from app.domain.verification.quantities import Quantity, misformatted, quantities


@pytest.mark.parametrize(
    ("language", "said", "value", "used"),
    [
        ("en", "zero", "0", 1),
        ("en", "nineteen months", "19", 1),
        ("en", "ninety two percent", "92", 2),
        ("en", "twenty ten", "20", 1),
        ("en", "two three", "2", 1),
        ("en", "thirty zero", "30", 1),
        ("en", "two hundred", "200", 2),
        ("en", "two hundred and six", "206", 4),
        ("en", "two hundred six", "206", 3),
        ("en", "two and three", "2", 1),
        ("en", "one thousand five hundred", "1500", 4),
        ("en", "twelve thousand", "12000", 2),
        ("en", "two million three thousand four", "2003004", 5),
        ("en", "four point nine five", "4.95", 4),
        ("en", "four point ten", "4", 1),
        ("en", "four point", "4", 1),
        ("es", "veintiséis", "26", 1),
        ("es", "treinta y uno", "31", 3),
        ("es", "noventa y nueve", "99", 3),
        ("es", "veinte y uno", "20", 1),
        ("es", "cien y uno", "100", 1),
        ("es", "ciento cuatro", "104", 2),
        ("es", "quinientos doce", "512", 2),
        ("es", "doscientas", "200", 1),
        ("es", "ochocientas", "800", 1),
        ("es", "mil doscientos", "1200", 2),
        ("es", "dos mil", "2000", 2),
        ("es", "dos millones", "2000000", 2),
        ("es", "dos coma cinco", "2.5", 3),
        ("es", "dos punto cinco", "2.5", 3),
    ],
)
def test_a_number_in_words_is_read_as_far_as_it_goes(
    language: Language, said: str, value: str, used: int
) -> None:
    assert read_numeral(said.split(), language) == (Decimal(value), used)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "hundred"),
        ("en", "point five"),
        ("en", "and two"),
        ("es", "y uno"),
        ("es", "millones"),
    ],
)
def test_what_begins_no_number_is_none(language: Language, said: str) -> None:
    assert read_numeral(said.split(), language) is None


def told(quantity: Quantity) -> tuple[str, str, str, str]:
    return quantity.words, str(quantity.value.normalize()), quantity.unit, quantity.bound


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "were 92% of", ("92%", "92", "percent", "exact")),
        ("en", "were 92 per cent of", ("92 per cent", "92", "percent", "exact")),
        ("en", "were about 47 percent", ("about 47 percent", "47", "percent", "about")),
        ("en", "were ~47%", ("~47%", "47", "percent", "about")),
        ("en", "a little more than the 47%", ("a little more than the 47%", "47", "percent", "just over")),
        ("en", "nearly 47%", ("nearly 47%", "47", "percent", "just under")),
        ("en", "more than 47%", ("more than 47%", "47", "percent", "over")),
        ("en", "fewer than 47%", ("fewer than 47%", "47", "percent", "under")),
        ("en", "for 24 months", ("24 months", "24", "months", "exact")),
        ("en", "for 24 full months", ("24 full months", "24", "months", "exact")),
        ("en", "a 24-month period", ("24-month", "24", "months", "exact")),
        ("en", "two years and three months", ("two years and three months", "27", "months", "exact")),
        ("en", "two years and a half", ("two years and a half", "2.5", "years", "exact")),
        ("en", "a year and a half", ("a year and a half", "1.5", "years", "exact")),
        ("en", "2 and a half years", ("2 and a half years", "2.5", "years", "exact")),
        ("en", "half a year", ("half a year", "0.5", "years", "exact")),
        ("en", "$1,200.50 in", ("$1,200.50", "1200.5", "usd", "exact")),
        ("en", "$8.4k in", ("$8.4k", "8400", "usd", "exact")),
        ("en", "8 thousand dollars", ("8 thousand dollars", "8000", "usd", "exact")),
        ("en", "USD 900 in", ("900", "900", "usd", "exact")),
        ("en", "47 cents of every dollar", ("47 cents of every dollar", "0.47", "fraction", "exact")),
        ("en", "nine out of ten", ("nine out of ten", "0.9", "fraction", "exact")),
        ("en", "92 of every 100", ("92 of every 100", "0.92", "fraction", "exact")),
        ("en", "was two thirds", ("two thirds", "0.6666666666666666666666666666", "fraction", "exact")),
        ("en", "was a third", ("a third", "0.3333333333333333333333333333", "fraction", "exact")),
        ("en", "was one half", ("one half", "0.5", "fraction", "exact")),
        ("en", "was \u00bd", ("\u00bd", "0.5", "fraction", "exact")),
        ("en", "was 2\u00bd years", ("2\u00bd years", "2.5", "years", "exact")),
        ("en", "eight tenths of a month", ("eight tenths of a month", "0.8", "months", "exact")),
        ("en", "three and a quarter", ("three and a quarter", "3.25", "", "exact")),
        ("en", "a dozen inquiries", ("a dozen", "12", "", "exact")),
        ("en", "two dozen inquiries", ("two dozen", "24", "", "exact")),
        ("en", "one late payment", ("one", "1", "", "exact")),
        ("en", "was twice the", ("twice", "2", "times", "exact")),
        ("en", "was 1.5 times the", ("1.5 times", "1.5", "times", "exact")),
        ("en", "20 or so", ("20 or so", "2E+1", "", "about")),
        ("en", "two quarters", ("two quarters", "0.5", "fraction", "exact")),
        ("es", "eran el 47,5 % de", ("47,5 %", "47.5", "percent", "exact")),
        ("es", "eran 1.200 $", ("1.200 $", "1.2E+3", "usd", "exact")),
        ("es", "eran 8 mil dólares", ("8 mil dólares", "8E+3", "usd", "exact")),
        ("es", "cerca del 47 por ciento", ("cerca del 47 por ciento", "47", "percent", "about")),
        ("es", "poco más de 47 %", ("poco más de 47 %", "47", "percent", "just over")),
        ("es", "casi 47 %", ("casi 47 %", "47", "percent", "just under")),
        ("es", "más de 47 %", ("más de 47 %", "47", "percent", "over")),
        ("es", "menos de 47 %", ("menos de 47 %", "47", "percent", "under")),
        ("es", "un año y medio", ("un año y medio", "1.5", "years", "exact")),
        ("es", "dos años y tres meses", ("dos años y tres meses", "27", "months", "exact")),
        ("es", "medio año", ("medio año", "0.5", "years", "exact")),
        ("es", "la mitad de", ("mitad", "0.5", "fraction", "exact")),
        ("es", "un tercio de", ("un tercio", "0.3333333333333333333333333333", "fraction", "exact")),
        ("es", "nueve de cada diez", ("nueve de cada diez", "0.9", "fraction", "exact")),
        ("es", "el doble de", ("doble", "2", "times", "exact")),
        ("es", "dos trimestres", ("dos trimestres", "2", "quarters_of_year", "exact")),
    ],
)  # fmt: skip
def test_a_quantity_is_read_with_its_unit_and_bound(
    language: Language, text: str, expected: tuple[str, str, str, str]
) -> None:
    found = [told(one) for one in quantities(text, language)]
    words, value, unit, bound = expected
    assert found == [(words, str(Decimal(value).normalize()), unit, bound)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "one of the reasons"),
        ("en", "one is too high"),
        ("en", "$ alone"),
        ("en", "earn $ a year"),
        ("es", "una consulta"),
        ("es", "una de ellas"),
    ],
)
def test_what_is_no_quantity_is_passed_over(language: Language, text: str) -> None:
    assert quantities(text, language) == []


@pytest.mark.parametrize(
    ("language", "text", "is_past"),
    [
        ("en", "the past six months", True),
        ("en", "the last year", True),
        ("en", "for six months", False),
        ("en", "the past six inquiries", False),
        ("es", "los últimos seis meses", True),
        ("es", "los seis meses anteriores", True),
        ("es", "el año pasado", True),
        ("es", "durante seis meses", False),
    ],
)
def test_a_stretch_of_time_up_to_now_is_told_from_others(
    language: Language,
    text: str,
    is_past: bool,  # noqa: FBT001 -- a column
) -> None:
    (found,) = quantities(text, language)
    assert found.is_past is is_past


@pytest.mark.parametrize(
    ("text", "step"), [("47%", "1"), ("47.5%", "0.1"), ("8.4k", "100"), ("nine in ten", "0.1")]
)
def test_the_last_digit_stated_says_how_far_a_number_is_rounded(text: str, step: str) -> None:
    (found,) = quantities(text, "en")
    assert found.step == Decimal(step)


def test_every_quantity_of_a_text_is_read_once_and_in_place() -> None:
    text = "92% of $1,200 and 14 months"
    found = quantities(text, "en")
    assert [one.words for one in found] == ["92%", "$1,200", "14 months"]
    assert [text[one.start : one.end] for one in found] == [one.words for one in found]
    assert [one.in_words for one in quantities("two of 3", "en")] == [True, False]


def test_a_number_in_english_form_is_found_in_spanish_alone() -> None:
    assert misformatted("el 47.5 % de 21,500 $", "es") == ["7.5", "1,500"]
    assert misformatted("el 47,5 % de 21.500 $", "es") == []
    assert misformatted("47.5% of $21,500", "en") == []


@pytest.mark.parametrize(
    ("language", "text", "known"),
    [
        ("en", "on October 1, 2026 we", date(2026, 10, 1)),
        ("en", "on Oct. 1st we", date(2026, 10, 1)),
        ("en", "on 1 October 2026 we", date(2026, 10, 1)),
        ("en", "on the 1st of October we", date(2026, 10, 1)),
        ("en", "in October 2026 we", date(2026, 10, 31)),
        ("en", "on 2026-10-01 we", date(2026, 10, 1)),
        ("en", "on 10/01/2026 we", date(2026, 10, 1)),
        ("en", "on 31/10/2026 we", date(2026, 10, 31)),
        ("es", "el 1 de octubre de 2026", date(2026, 10, 1)),
        ("es", "el primero de octubre", date(2026, 10, 1)),
        ("es", "el 1.º de octubre", date(2026, 10, 1)),
        ("es", "en octubre de 2026", date(2026, 10, 12)),
        ("es", "el 01/10/2026", date(2026, 10, 1)),
        ("es", "el 2026-10-01", date(2026, 10, 1)),
        ("es", "el 3 de setiembre de 2026", date(2026, 9, 3)),
    ],
)
def test_a_date_is_read_however_it_is_written(language: Language, text: str, known: date) -> None:
    (stated,) = dates(text, language)
    assert text[stated.start : stated.end] == stated.words
    assert stated.is_of(known)
    for other in (known.replace(month=11, day=1), known.replace(year=2025)):
        assert not stated.is_of(other) or (stated.year is None and other.year == 2025)
    assert stated.day is None or not stated.is_of(known.replace(day=15))


def test_the_verb_may_is_no_month() -> None:
    assert list(dates("you may 1 day", "en")) == []
    assert [one.month for one in dates("on May 1, 2026", "en")] == [5]
