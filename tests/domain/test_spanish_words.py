"""Facts, summaries and reasons in Spanish, word for word."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from app.adapters.template_writer import TemplateWriter
from app.domain.decisions import Action
from app.domain.drafting import OPENINGS, OPENINGS_ES, summary_of
from app.domain.explanation import Dossier, Fact, ReasonToExplain, Side
from app.domain.facts_in_words import can_be_said, fact_in_words, value_in_words
from app.domain.ids import DecisionId
from app.domain.models import ReasonCode
from tests.domain.kinds_of_notice import CATALOGUE


def fact(value: object, unit: str, adverse: Side | None = None, label: str = "dato") -> Fact:
    return Fact("f", "datum", value, unit, adverse, label)  # type: ignore[arg-type] # short


@pytest.mark.parametrize(
    ("value", "unit", "english", "spanish"),
    [
        ("0.47", "ratio", "47%", "47 %"),
        ("0.9234", "ratio", "about 92%", "cerca del 92 %"),
        ("0.0021", "ratio", "0.21%", "0,21 %"),
        ("0.00213", "ratio", "about 0.21%", "cerca del 0,21 %"),
        ("31200", "usd", "$31,200", "$31.200"),
        ("8400", "usd", "$8,400", "$8400"),
        ("1234567.8", "usd", "about $1,234,568", "cerca de $1.234.568"),
        ("0.25", "months", "about 0.3 months", "cerca de 0,3 meses"),
        ("1", "months", "1 month", "1 mes"),
        ("2", "years", "2 years", "2 años"),
        ("12", "points", "12 points", "12 puntos"),
        ("9", "count", "9", "9"),
        ("1.5", "count", "1.5", "1,5"),
    ],
)
def test_a_value_is_written_as_its_language_writes_numbers(
    value: str, unit: str, english: str, spanish: str
) -> None:
    told = fact(Decimal(value), unit)
    assert value_in_words(told) == english
    assert value_in_words(told, "es") == spanish


def test_a_fact_says_on_which_side_it_counted_in_words_that_fit_any_label() -> None:
    ingreso = fact(Decimal(31200), "usd", "low", "ingreso anual")
    assert fact_in_words(ingreso, "es") == "ingreso anual: $31.200, lo que es demasiado bajo"
    pagos = fact(Decimal("0.47"), "ratio", "high", "pagos mensuales de deudas")
    assert fact_in_words(pagos, "es") == "pagos mensuales de deudas: 47 %, lo que es demasiado alto"
    bandera = fact(True, "flag", "high", "una bancarrota en los últimos cinco años")  # noqa: FBT003 -- a value
    shown = "la solicitud muestra una bancarrota en los últimos cinco años"
    assert fact_in_words(bandera, "es") == shown


def test_a_fact_without_a_spanish_name_is_left_out_of_spanish() -> None:
    assert not can_be_said(fact(Decimal(1), "count", label=""), "es")
    assert not can_be_said(fact("rented", "category"), "es")
    assert can_be_said(fact(Decimal(1), "count", label=""), "en")


def dossier(*reasons: ReasonToExplain, action: Action = "declined") -> Dossier:
    return Dossier(
        DecisionId(UUID(int=1)),
        "customer",
        "es",
        action,
        "personal-loan",
        date(2026, 11, 1),
        None,
        reasons,
        (),
        {},
    )


REASON = ReasonToExplain(
    ReasonCode("C1-08"),
    "Income insufficient for amount of credit requested",
    (fact(Decimal(31200), "usd", "low", "ingreso anual"),),
    local_statement="Ingresos insuficientes para el monto de crédito solicitado",
)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("declined", "Se rechazó su solicitud de préstamo personal por dos motivos, el más importante primero."),
        ("counteroffer", "Su solicitud de préstamo personal dio lugar a una contraoferta en otras condiciones por dos motivos, el más importante primero."),
        ("account_terminated", "Se cerró su cuenta de préstamo personal por dos motivos, el más importante primero."),
        ("less_favorable_terms", "Su préstamo personal se concedió en condiciones menos favorables por dos motivos, el más importante primero."),
        ("terms_changed", "Se cambiaron las condiciones de su cuenta de préstamo personal por dos motivos, el más importante primero."),
    ],
)  # fmt: skip
def test_the_summary_says_what_was_decided(action: Action, expected: str) -> None:
    assert summary_of(dossier(REASON, REASON, action=action)) == expected


def test_one_reason_is_announced_as_one_and_a_product_without_a_name_is_credit() -> None:
    one = replace(dossier(REASON), product="prestige-line-7")
    assert (
        summary_of(one)
        == "Se rechazó su solicitud de crédito por el motivo que figura a continuación."
    )


def test_both_languages_open_for_the_same_actions() -> None:
    assert OPENINGS.keys() == OPENINGS_ES.keys()


async def test_the_template_writes_spanish() -> None:
    without = replace(
        REASON, code=ReasonCode("C1-07"), facts=(), local_statement="Duración del empleo"
    )
    written = await TemplateWriter().write(dossier(REASON, without))
    assert [statement.text for statement in written.draft.statements] == [
        "Ingresos insuficientes para el monto de crédito solicitado; ingreso anual: $31.200, lo que es demasiado bajo.",
        "Duración del empleo.",
    ]


async def test_a_reason_without_a_spanish_statement_keeps_its_english_one() -> None:
    written = await TemplateWriter().write(dossier(replace(REASON, facts=(), local_statement="")))
    assert written.draft.statements[0].text == f"{REASON.statement}."


def test_every_reason_has_a_spanish_statement_of_its_own() -> None:
    spanish = [entry.translations["es"] for entry in CATALOGUE.values()]
    assert len(set(spanish)) == len(CATALOGUE) == 60
    english = {entry.statement for entry in CATALOGUE.values()}
    assert not english & set(spanish)
