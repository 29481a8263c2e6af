"""Numbers keep their value, unit, sign, place and time."""

from decimal import Decimal

import pytest

from app.domain.explanation import Language, ReasonToExplain
from tests.domain.verification.cases import DEBT, HISTORY, INCOME, INQUIRIES, USE, reason, rules_in

OVERDRAWN = reason(
    "X-SV-01", "Savings account balance", "savings_balance_usd", Decimal(-250), "usd", "low"
)
LATE = reason(
    "X-DQ-02", "Number of recent late payments", "late_payments_6m", Decimal(4), "count", "high"
)
TOLD: list[tuple[Language, ReasonToExplain, str]] = [
    ("en", USE, "Your revolving balances were ninety-two percent of your credit limits."),
    ("es", USE, "Sus saldos rotativos eran el noventa y dos por ciento de sus límites."),
    ("en", USE, "Your revolving balances were over 90% of your credit limits."),
    ("es", USE, "Sus saldos rotativos eran más del 90 % de sus límites."),
    ("en", USE, "Your revolving balances were 92 cents of every dollar of your credit limits."),
    ("en", HISTORY, "Your credit history was one year and two months long."),
    ("es", HISTORY, "Su historial de crédito era de un año y dos meses."),
    ("en", HISTORY, "Your credit history was about 14 months long."),
    ("en", INQUIRIES, "There were seven inquiries in the past six months."),
    ("es", INQUIRIES, "Hubo siete consultas en los últimos seis meses en su informe de crédito."),
    ("en", INCOME, "Your income of $21,500 was too low."),
    ("es", INCOME, "Sus ingresos de 21.500 d\u00f3lares eran demasiado bajos."),
    ("en", LATE, "Four of your payments were late."),
    ("en", OVERDRAWN, "Your savings account balance was -$250."),
]
MISTOLD: list[tuple[str, Language, ReasonToExplain, str]] = [
    ("number-unproved", "en", USE, "Your revolving balances were 93% of your credit limits."),
    ("number-unproved", "es", USE, "Sus saldos rotativos eran el 29 % de sus límites."),
    ("number-unproved", "en", USE, "Your revolving balances were over 60% of your credit limits."),
    ("number-unproved", "en", USE, "Your revolving balances were at least 92% of your limits."),
    ("number-unproved", "es", USE, "Sus saldos rotativos eran al menos 92 % de sus límites."),
    ("number-unproved", "en", HISTORY, "Your credit history was 14 years long."),
    ("number-unproved", "es", HISTORY, "Su historial de crédito era de 14 años."),
    ("number-unproved", "en", INQUIRIES, "There were 7 inquiries in the past nine months."),
    ("number-unproved", "es", INQUIRIES, "Hubo 7 consultas en los últimos nueve meses."),
    ("number-unproved", "en", INQUIRIES, "There were 7 inquiries six months ago."),
    ("number-unproved", "es", INQUIRIES, "Hubo 7 consultas hace seis meses."),
    ("number-unproved", "en", OVERDRAWN, "Your savings account balance was $250."),
    ("number-misplaced", "en", DEBT, "Your income was 47% of your obligations."),
    ("number-misplaced", "es", DEBT, "Sus ingresos eran el 47 % de sus obligaciones."),
    ("number-misplaced", "en", HISTORY, "Your credit history did not reach 14 months."),
    ("number-misplaced", "en", USE, "Your balances were over your credit limits by 92%."),
    ("number-misplaced", "es", LATE, "Cuatro de sus cuentas se pagaron tarde."),
    ("number-misplaced", "en", LATE, "Four of your accounts were paid late."),
    ("number-misplaced", "en", INQUIRIES, "There were 7 bureaus with recent inquiries."),
    ("number-misplaced", "es", INQUIRIES, "Hubo 7 agencias con consultas recientes."),
    ("number-unproved", "en", INCOME, "Your income of \u20ac21,500 was too low."),
    ("number-unproved", "en", INCOME, "Your income of \u00a321,500 was too low."),
    ("number-unproved", "es", INCOME, "Sus ingresos de 21.500 \u20ac eran demasiado bajos."),
    ("number-format", "es", DEBT, "Sus obligaciones eran el 47.5 % de sus ingresos."),
]


@pytest.mark.parametrize(("language", "reason", "text"), TOLD)
def test_a_value_may_be_told_in_what_keeps_it(
    language: Language, reason: ReasonToExplain, text: str
) -> None:
    assert rules_in(text, reason, language=language) == set()


@pytest.mark.parametrize(("rule", "language", "reason", "text"), MISTOLD)
def test_a_number_that_says_something_else_is_found(
    rule: str, language: Language, reason: ReasonToExplain, text: str
) -> None:
    assert rule in rules_in(text, reason, language=language)
