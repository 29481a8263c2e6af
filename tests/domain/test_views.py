"""Three views from one claim set, and a check that finds whatever they would disagree about."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contradictions import contradictions, figures_in
from app.domain.decisions import Decision, Jurisdiction, Score
from app.domain.explanation import (
    Audience,
    Citation,
    Draft,
    Evidence,
    Explanation,
    Language,
    Statement,
)
from app.domain.ids import DecisionId, ExplanationId
from app.domain.models import Feature, ModelVersion, ReasonCode, Reference, RegisteredFeature
from app.domain.models import Registration as Registered
from app.domain.readability import readability
from app.domain.reasons import Attributed, Attribution, PrincipalReason
from app.domain.view_building import views_of
from app.domain.view_texts import rights_of
from app.domain.views import Told, ToldReason, Views, WhatIf
from tests.domain.kinds_of_notice import ANN, CATALOGUE, REPORT, decision

DEBT, JOB, CARDS = Feature("payment_to_income"), Feature("employment"), Feature("cards")
CODES = {DEBT: ReasonCode("C1-09"), JOB: ReasonCode("C1-07"), CARDS: ReasonCode("X-RV-01")}
QUOTE = Citation("12 CFR 1002.9(b)(2)", "must be specific and indicate the principal reason(s)")
OTHER = Citation("12 CFR 1002.9(a)(2)(i)", "A statement of specific reasons for the action taken")


def registration() -> Registered:
    return Registered(
        ModelVersion("personal-loan", "1.0.0"),
        higher_is_better=True,
        cutoff=Decimal(560),
        tolerance=Decimal("0.5"),
        features=(
            RegisteredFeature(
                DEBT,
                "lower_is_better",
                CODES[DEBT],
                label="monthly debt payments as a share of monthly income",
                unit="ratio",
            ),
            RegisteredFeature(
                JOB,
                "higher_is_better",
                CODES[JOB],
                label="time in the present job",
                unit="months",
            ),
            RegisteredFeature(
                CARDS, "lower_is_better", CODES[CARDS], label="card balances", unit="usd"
            ),
        ),
        references={
            "near_cutoff": Reference(
                "near_cutoff",
                400,
                dict.fromkeys(CODES, Decimal(2)),
                dict.fromkeys(CODES, Decimal(1)),
            )
        },
        method="near_cutoff",
    )


def declined(
    values: tuple[Decimal, ...] = (Decimal("0.47"), Decimal(24), Decimal(31200)),
) -> Decision:
    contributions = (Decimal(-12), Decimal(-8), Decimal(-2))
    items = tuple(
        Attribution(feature, value, contribution)
        for feature, value, contribution in zip(CODES, values, contributions, strict=True)
    )
    score = Decimal(570) + sum(contributions)
    return decision(
        score=Score(score, Decimal(300), Decimal(850)),
        cutoff=Decimal(560),
        attributed=Attributed(score, Decimal(570), items),
        reasons=tuple(
            PrincipalReason(code, Decimal(2) - contribution, (feature,))
            for (feature, code), contribution in zip(CODES.items(), contributions, strict=True)
        ),
    )


TEXTS: dict[tuple[Audience, Language], tuple[str, ...]] = {
    ("customer", "en"): (
        "Your monthly debt payments were 47% of your monthly income, which was too high.",
        "You had been in your job for 2 years, which was too short.",
        "Your card balances stood at $31,200, which was too high.",
    ),
    ("underwriter", "en"): (
        "Monthly debt payments took up about 47 percent of monthly income, too high.",
        "Time in the present job: 24 months, too low.",
        "Card balances of $31,200 were too high.",
    ),
    ("customer", "es"): (
        "Sus pagos de deuda son el 47 % de sus ingresos, lo cual es demasiado alto.",
        "Lleva 24 meses en su trabajo, lo cual es demasiado corto.",
        "Sus saldos de tarjeta son de 31.200 USD, demasiado altos.",
    ),
}


def draft(audience: Audience, language: Language) -> Draft:
    told = TEXTS[audience, language]
    return Draft(
        "Your application was declined.",
        tuple(
            Statement(code, text, (QUOTE,)) for code, text in zip(CODES.values(), told, strict=True)
        ),
    )


def explanation(audience: Audience, language: Language = "en") -> Explanation:
    ledger = [Evidence("summary", "decision", "1")]
    for at, code in enumerate(CODES.values()):
        ledger.append(Evidence(f"reasons[{at}].statement", "reason", code))
        ledger.append(
            Evidence(f"reasons[{at}].citations[0]", "passage", QUOTE.citation, "f00d", 10, 60)
        )
    return Explanation(
        id=ExplanationId(UUID(int=7)),
        decision_id=DecisionId(UUID(int=1)),
        audience=audience,
        language=language,
        draft=draft(audience, language),
        evidence=tuple(ledger),
        writer="model",
        model="m",
        prompt="p",
        prompt_sha256="beef",
        attempts=1,
        input_tokens=1,
        output_tokens=1,
        seconds=1.0,
        english=None if language == "en" else draft("customer", "en"),
    )


def views(language: Language = "en") -> Views:
    customer = explanation("customer", language)
    underwriter = customer if language == "es" else explanation("underwriter")
    return views_of(declined(), registration(), CATALOGUE, Told(customer, underwriter, customer))


@pytest.mark.parametrize("language", ["en", "es"])
def test_views_of_one_claim_set_agree(language: Language) -> None:
    made = views(language)
    assert contradictions(made) == ()
    assert all(check.passed for check in made.compliance.checks), made.compliance.checks


def test_each_reader_sees_what_is_theirs() -> None:
    made = views()
    assert [tip.code for tip in made.customer.tips] == list(CODES.values())
    assert made.customer.rights[0].citation == "12 CFR 1002.4(a)"
    underwriter = made.underwriter
    assert (underwriter.score, underwriter.cutoff) == (Decimal(548), Decimal(560))
    assert [line.deficit for line in underwriter.attributions] == [14, 10, 4]
    assert underwriter.what_if == WhatIf((CODES[DEBT],), Decimal(562))
    assert made.compliance.versions["prompt_sha256"] == "beef"
    assert made.compliance.versions[f"passage {QUOTE.citation}"] == "f00d"
    assert all(sentence.evidence for sentence in made.compliance.sentences)


def test_spanish_has_spanish_labels_and_rights_and_keeps_the_english() -> None:
    customer = views("es").customer
    assert customer.labels["reasons"] == "Por qué"
    assert "prestamista" in customer.rights[0].text
    assert customer.english == draft("customer", "en")
    assert "lender" in customer.english_rights[0].text


@pytest.mark.parametrize("jurisdiction", ["US-federal", "EU", "UK"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_rights_are_plain_and_name_their_law(
    jurisdiction: Jurisdiction, language: Language
) -> None:
    reported = replace(ANN, consumer_reports=(REPORT,))
    made = replace(declined(), jurisdiction=jurisdiction, applicants=(reported,))
    for right in rights_of(made, language):
        assert right.citation
        assert readability(right.text, "customer", language).is_plain, right.text


def test_a_reason_that_a_rule_brought_has_no_what_if() -> None:
    ruled = replace(declined(), reasons=(PrincipalReason(CODES[DEBT], None, ()),))
    customer = explanation("customer")
    made = views_of(ruled, registration(), CATALOGUE, Told(customer, customer, customer))
    assert made.underwriter.what_if is None


def test_what_is_missing_from_the_evidence_fails_a_check() -> None:
    customer = explanation("customer")
    bare = replace(customer, evidence=customer.evidence[:-2])
    made = views_of(declined(), registration(), CATALOGUE, Told(bare, customer, bare))
    failed = {check.name for check in made.compliance.checks if not check.passed}
    assert failed >= {"every-sentence-has-evidence", "every-citation-is-pinned"}


@pytest.mark.parametrize(
    ("text", "language", "read"),
    [
        ("about 47%", "en", [("47", "percent")]),
        ("$31,200.50", "en", [("31200.50", "usd")]),
        ("2 years", "en", [("24", "months")]),
        ("47,5 % y 1.200,50 USD", "es", [("47.5", "percent"), ("1200.50", "usd")]),
        ("el 0.47 de 31.200 dólares", "es", [("0.47", "plain"), ("31200", "usd")]),
        ("9 inquiries", "en", [("9", "plain")]),
    ],
)
def test_figures_are_read_as_their_language_writes_them(
    text: str, language: Language, read: list[tuple[str, str]]
) -> None:
    found = [(figure.value, figure.kind) for figure in figures_in(text, language)]
    assert found == [(Decimal(value), kind) for value, kind in read]


AUDIENCES = ("customer", "underwriter", "compliance")


def changed(made: Views, audience: str, reasons: tuple[ToldReason, ...]) -> Views:
    return replace(made, **{audience: replace(getattr(made, audience), reasons=reasons)})


def break_order(reasons: tuple[ToldReason, ...], at: int) -> tuple[ToldReason, ...]:
    other = (at + 1) % len(reasons)
    swapped = list(reasons)
    swapped[at], swapped[other] = swapped[other], swapped[at]
    return tuple(swapped)


def with_reason(
    reasons: tuple[ToldReason, ...], at: int, **changes: object
) -> tuple[ToldReason, ...]:
    return (*reasons[:at], replace(reasons[at], **changes), *reasons[at + 1 :])  # type: ignore[arg-type] # of several types


def break_number(reasons: tuple[ToldReason, ...], at: int) -> tuple[ToldReason, ...]:
    text = reasons[at].text
    digit = next(letter for letter in text if letter.isdigit())
    other = "9" if digit != "9" else "1"
    return with_reason(reasons, at, text=text.replace(digit, other, 1))


def break_side(reasons: tuple[ToldReason, ...], at: int) -> tuple[ToldReason, ...]:
    text = reasons[at].text
    turned = text.replace("too high", "too low") if "too high" in text else text
    for word in ("too short", "too low"):
        if turned == text:
            turned = text.replace(word, "too high")
    return with_reason(reasons, at, text=turned)


def break_source(reasons: tuple[ToldReason, ...], at: int) -> tuple[ToldReason, ...]:
    (source,) = reasons[at].sources
    return with_reason(reasons, at, sources=(replace(source, end=source.end + 1),))


def break_figure(reasons: tuple[ToldReason, ...], at: int) -> tuple[ToldReason, ...]:
    return with_reason(reasons, at, figures=("48%",))


def drop_reason(reasons: tuple[ToldReason, ...], at: int) -> tuple[ToldReason, ...]:
    return (*reasons[:at], *reasons[at + 1 :])


BREAKS = {
    break_order: "order",
    drop_reason: "order",
    break_number: "number",
    break_figure: "number",
    break_side: "side",
    break_source: "source",
}


@given(
    st.sampled_from(AUDIENCES),
    st.integers(0, 2),
    st.sampled_from(list(BREAKS)),
)
def test_whatever_one_view_says_otherwise_is_found(
    audience: str, at: int, break_it: object
) -> None:
    assert callable(break_it)
    made = views()
    broken = changed(made, audience, break_it(getattr(made, audience).reasons, at))
    assert BREAKS[break_it] in {found.what for found in contradictions(broken)}


@given(st.sampled_from(AUDIENCES))
def test_another_action_is_found(audience: str) -> None:
    made = views()
    view = replace(getattr(made, audience), action="counteroffer")
    broken = replace(made, **{audience: view})
    assert {found.what for found in contradictions(broken)} == {"action"}


@given(st.integers(0, 2))
def test_english_that_says_otherwise_beside_spanish_is_found(at: int) -> None:
    made = views("es")
    english = made.customer.english
    assert english is not None
    statements = list(english.statements)
    text = statements[at].text
    digit = next(letter for letter in text if letter.isdigit())
    statements[at] = replace(statements[at], text=text.replace(digit, "8", 1))
    customer = replace(made.customer, english=replace(english, statements=tuple(statements)))
    found = contradictions(replace(made, customer=customer))
    assert [each.what for each in found] == ["number"]


@given(st.decimals(0, 3, places=3), st.integers(0, 600), st.decimals(0, 10**6, places=2))
def test_figures_told_as_they_are_held_never_contradict(
    share: Decimal, months: int, balance: Decimal
) -> None:
    made = declined((share, Decimal(months), balance))
    customer = explanation("customer")
    claimed = views_of(made, registration(), CATALOGUE, Told(customer, customer, customer))
    figures = [reason.figures[0] for reason in claimed.customer.reasons]
    told = replace(
        customer.draft,
        statements=tuple(
            replace(statement, text=f"It stood at {figure}.")
            for statement, figure in zip(customer.draft.statements, figures, strict=True)
        ),
    )
    again = replace(customer, draft=told)
    assert (
        contradictions(views_of(made, registration(), CATALOGUE, Told(again, again, again))) == ()
    )
