"""One text that each rule on claims lets pass and one that breaks it, in both languages."""

import pytest

from app.domain.decisions import Action
from app.domain.explanation import Language, ReasonToExplain
from tests.domain.verification.cases import (
    DEBT,
    HISTORY,
    INCOME,
    INQUIRIES,
    NO_FILE,
    USE,
    rules_in,
    rules_in_summary,
)

FAITHFUL: list[tuple[Language, ReasonToExplain, str]] = [
    ("en", USE, "Your revolving balances stood at 92% of your credit limits."),
    ("es", USE, "Sus saldos de crédito rotativo eran el 92 % de sus límites de crédito."),
    ("en", HISTORY, "Your credit history was 14 months long, which was too short."),
    ("es", HISTORY, "Su historial de crédito era de 14 meses, demasiado corto."),
    ("en", HISTORY, "We considered your credit history too short."),
    ("es", HISTORY, "Consideramos corto su historial de crédito."),
    ("en", INQUIRIES, "There were 7 recent inquiries on your credit bureau report."),
    ("es", INQUIRIES, "Hubo 7 consultas recientes en su informe de crédito."),
    ("en", DEBT, "Your obligations were 47% of your income, which was too high."),
    ("es", DEBT, "Sus obligaciones eran el 47 % de sus ingresos, una proporción demasiado alta."),
    ("en", NO_FILE, "We found no credit file."),
    ("es", NO_FILE, "No encontramos un expediente de crédito."),
    ("en", INCOME, "Your income of $21,500 was insufficient for the amount of credit requested."),
    ("es", INCOME, "Sus ingresos de 21.500 $ eran insuficientes para el importe solicitado."),
    (
        "en",
        HISTORY,
        "12 CFR 1002.9(b)(2) requires specific reasons; your credit history was short.",
    ),
]
UNFAITHFUL: list[tuple[str, Language, ReasonToExplain, str]] = [
    ("direction-unproved", "en", HISTORY, "Your credit history was 14 months, which was too long."),
    ("direction-unproved", "es", HISTORY, "Su historial de crédito era demasiado largo."),
    ("direction-unproved", "en", DEBT, "Your income is higher than your obligations."),
    ("direction-unproved", "es", DEBT, "Sus ingresos superan sus obligaciones."),
    ("negation-missing", "en", NO_FILE, "You have a credit file."),
    ("negation-missing", "es", NO_FILE, "Tiene un expediente de crédito."),
    ("negation-unproved", "en", HISTORY, "There was no credit history."),
    ("negation-unproved", "es", HISTORY, "No había historial de crédito."),
    ("reason-not-stated", "en", HISTORY, "We reviewed your application."),
    ("reason-not-stated", "es", HISTORY, "Revisamos su solicitud."),
    (
        "factor-unproved",
        "en",
        HISTORY,
        "Your credit history was short, and so was your time in the job.",
    ),
    ("factor-unproved", "es", HISTORY, "Su historial de crédito era corto, y su empleo también."),
    ("factor-broadened", "en", HISTORY, "Your finances as a whole were weak."),
    ("factor-broadened", "es", HISTORY, "Su situación financiera en conjunto era mala."),
    ("word-unproved", "en", HISTORY, "Your purple credit history was short."),
    ("word-unproved", "es", HISTORY, "Su morado historial de crédito era corto."),
    ("name-unproved", "en", HISTORY, "Your credit history with Acme was short."),
    ("name-unproved", "es", HISTORY, "Su historial de crédito con Acme era corto."),
    ("cause-unproved", "en", HISTORY, "Your credit history was short because you moved."),
    ("cause-unproved", "es", HISTORY, "Su historial de crédito era corto porque usted se mudó."),
    ("prohibited-basis", "en", HISTORY, "Your credit history is short at your age."),
    ("prohibited-basis", "es", HISTORY, "Su historial de crédito es corto a su edad."),
    ("proxy", "en", HISTORY, "Your credit history was short for your neighborhood."),
    ("prohibited-basis", "es", HISTORY, "Su historial de crédito era corto para su barrio."),
    ("advice", "en", HISTORY, "Your credit history was short. Open an account."),
    ("advice", "es", HISTORY, "Su historial de crédito era corto. Abra una cuenta."),
    ("promise", "en", HISTORY, "Your credit history will be long enough soon."),
    ("promise", "es", HISTORY, "Su historial de crédito mejorará."),
    ("threshold-unproved", "en", HISTORY, "Your credit history was below the minimum required."),
    ("threshold-unproved", "es", HISTORY, "Su historial de crédito no llega al mínimo exigido."),
    (
        "comparison-unproved",
        "en",
        HISTORY,
        "Your credit history was shorter than most applicants'.",
    ),
    ("comparison-unproved", "es", HISTORY, "Su historial es más corto que el de otras personas."),
    ("reason-generic", "en", HISTORY, "You did not meet our internal standards."),
    ("threshold-unproved", "es", HISTORY, "No cumplió nuestras normas internas."),
    ("agent-unproved", "en", HISTORY, "We sold your short credit history."),
    ("agent-unproved", "es", HISTORY, "Hundimos su historial de crédito."),
    ("hedge", "en", HISTORY, "Your credit history was perhaps too short."),
    ("hedge", "es", HISTORY, "Su historial de crédito era supuestamente corto."),
    ("question", "en", HISTORY, "Was your credit history too short?"),
    ("question", "es", HISTORY, "¿Era corto su historial de crédito?"),
    ("sign-unreadable", "en", HISTORY, "Your credit history was too short \u2603."),
    ("sign-unreadable", "es", HISTORY, "Su historial de crédito era corto \u2603."),
    ("time-unproved", "en", HISTORY, "Your credit history is short every week."),
    ("time-unproved", "es", HISTORY, "Su historial de crédito es corto cada semana."),
    ("citation-unproved", "en", HISTORY, "Under 12 CFR 1002.14 your credit history was short."),
    ("citation-unproved", "es", HISTORY, "Según 12 CFR 1002.14 su historial era corto."),
    ("date-unproved", "en", HISTORY, "On May 5, 2026 your credit history was short."),
    ("date-unproved", "es", HISTORY, "El 5 de mayo de 2026 su historial de crédito era corto."),
    ("action-misstated", "en", HISTORY, "Your credit history was short, and we approved the loan."),
    ("action-misstated", "es", HISTORY, "Su historial es corto y aprobamos el préstamo."),
    ("word-unproved", "en", HISTORY, "Your credit history was s-h-o-r-t."),
]


@pytest.mark.parametrize(("language", "reason", "text"), FAITHFUL)
def test_what_a_reason_carries_may_be_said(
    language: Language, reason: ReasonToExplain, text: str
) -> None:
    assert rules_in(text, reason, language=language) == set()


@pytest.mark.parametrize(("rule", "language", "reason", "text"), UNFAITHFUL)
def test_a_claim_without_proof_is_found_under_its_rule(
    rule: str, language: Language, reason: ReasonToExplain, text: str
) -> None:
    assert rule in rules_in(text, reason, language=language)


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        (
            "en",
            "Your revolving balances, at 92% of your credit limits, were the main reason.",
            "Your short credit history was the main reason.",
        ),
        (
            "es",
            "El motivo principal fue la proporción de sus saldos a sus límites de crédito.",
            "El motivo principal fue su historial de crédito corto.",
        ),
    ],
)
def test_only_the_first_reason_is_the_main_one(language: Language, first: str, second: str) -> None:
    assert rules_in(first, USE, language=language) == set()
    assert rules_in(second, USE, HISTORY, language=language) == {"rank-unproved"}


def test_a_statement_that_weighs_its_reason_alone_needs_the_first_rank() -> None:
    text = "Your credit history alone was too short."
    assert "rank-unproved" not in rules_in(text, HISTORY)
    assert "rank-unproved" in rules_in(text, USE, HISTORY)


SUMMARIES: list[tuple[Language, Action, str]] = [
    ("en", "declined", "Your application was declined for two reasons."),
    ("es", "declined", "Su solicitud fue denegada por dos motivos."),
    ("en", "declined", "On October 1, 2026 we declined your application."),
    ("es", "declined", "El 1 de octubre de 2026 denegamos su solicitud."),
    ("en", "declined", "Your application was declined with a score of 547 on a scale from 300 to 850."),
    ("es", "declined", "Su solicitud fue denegada con un puntaje de 547 en una escala de 300 a 850."),
    ("en", "declined", "We declined your application for the share of your credit limits in use and the length of your credit history."),
    ("es", "declined", "Denegamos su solicitud por la proporción de sus saldos respecto a sus límites y por la antigüedad de su historial de crédito."),
    ("en", "declined", "12 CFR 1002.9(b)(2) requires that the statement of reasons be specific."),
    ("es", "declined", "El 12 CFR 1002.9(b)(2) exige que la declaración de motivos sea específica."),
    ("en", "declined", "A creditor need not describe how a factor adversely affected an applicant."),
    ("en", "counteroffer", "We could not grant the credit requested and made you a counteroffer."),
    ("en", "account_terminated", "We closed your account."),
    ("en", "incomplete", "Your application is incomplete."),
]  # fmt: skip
UNTRUE_SUMMARIES: list[tuple[str, Language, Action, str]] = [
    ("summary-missing", "en", "declined", " "),
    ("action-misstated", "en", "declined", "Your application was approved."),
    ("action-misstated", "es", "declined", "Su solicitud fue aprobada."),
    ("action-misstated", "en", "declined", "Your application was not declined."),
    ("action-misstated", "en", "declined", "Your application is under review."),
    ("action-misstated", "es", "declined", "Su solicitud está en revisión."),
    ("action-misstated", "en", "declined", "We closed your account."),
    ("action-misstated", "en", "counteroffer", "We made no offer."),
    ("date-unproved", "en", "declined", "On October 2, 2026 we declined your application."),
    ("date-unproved", "es", "declined", "El 2 de octubre de 2026 denegamos su solicitud."),
    ("number-unproved", "en", "declined", "Your application was declined with a score of 850."),
    ("number-unproved", "es", "declined", "Su solicitud fue denegada con un puntaje de 850."),
    ("number-unproved", "en", "declined", "Your application was declined for three reasons."),
    ("number-unproved", "es", "declined", "Su solicitud fue denegada por tres motivos."),
    ("reasons-in-order", "en", "declined", "Your application was declined for your short credit history and your revolving balances."),
    ("reasons-in-order", "es", "declined", "Su solicitud fue denegada por su historial de crédito y sus saldos rotativos."),
    ("reason-generic", "en", "declined", "We declined it for the only reason of your revolving balances."),
    ("reason-generic", "es", "declined", "La denegamos por el único motivo de sus saldos rotativos."),
    ("reason-generic", "en", "declined", "We declined it because of your score."),
    ("citation-unproved", "en", "declined", "12 CFR 1002.14(a)(2) requires it."),
    ("word-unproved", "en", "declined", "12 CFR 1002.9(b)(2) forbids specific reasons."),
    ("word-unproved", "es", "declined", "El 12 CFR 1002.9(b)(2) prohíbe motivos específicos."),
]  # fmt: skip


@pytest.mark.parametrize(("language", "action", "text"), SUMMARIES)
def test_a_summary_may_tell_the_decision_and_its_reasons(
    language: Language, action: Action, text: str
) -> None:
    assert rules_in_summary(text, USE, HISTORY, language=language, action=action) == set()


@pytest.mark.parametrize(("rule", "language", "action", "text"), UNTRUE_SUMMARIES)
def test_a_summary_that_says_something_else_is_found(
    rule: str, language: Language, action: Action, text: str
) -> None:
    assert rule in rules_in_summary(text, USE, HISTORY, language=language, action=action)
