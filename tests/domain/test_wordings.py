"""A wording says what is so of every value it may be filled with, and a second person approves it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.codec import from_json, to_json
from app.domain.errors import InvalidFields
from app.domain.explanation import (
    Citation,
    EvidencePassage,
    Fact,
    Language,
    ReasonToExplain,
    Side,
    Statement,
)
from app.domain.facts_in_words import value_in_words
from app.domain.ids import WordingId
from app.domain.models import ReasonCode
from app.domain.slots import Unit, compile_text, say, slots_of
from app.domain.wording_grammar import language_findings, slotted
from app.domain.wording_ranges import (
    Holds,
    Untrue,
    shape_of,
    typical_facts,
    values_of,
    verify_over_range,
)
from app.domain.wordings import (
    Basis,
    DoesNotFit,
    Numbers,
    PromptVersion,
    Wording,
    fill,
)

NOW = datetime(2026, 11, 20, tzinfo=UTC)
RULE = EvidencePassage(
    "12 CFR 1002.9(b)(2)",
    "The statement of reasons for adverse action must be specific and indicate the principal "
    "reason(s) for the adverse action.",
    "in force",
    "f00d",
)
QUOTE = Citation(RULE.citation, "must be specific and indicate the principal reason(s)")
LEVERAGE = Fact(
    "leverage_ratio", "total debt as a share of total assets", Decimal("2.2"), "ratio", "high"
)
LIQUID = Fact(
    "liquid_months", "months of income held in liquid assets", Decimal("0.5"), "months", "low"
)
INQUIRIES = Fact("inquiries", "inquiries in the past six months", Decimal(9), "count", "high")
PAYDAY = Fact("payday", "payday loan in the past year", Decimal(1), "flag", "high")
OPENED = Fact("opened", "accounts opened in the past year", Decimal(5), "count", "high")
STATEMENTS = {
    "opened": "Number of recently opened accounts",
    "leverage_ratio": "Total debt in relation to assets",
    "liquid_months": "Insufficient liquid assets or cash reserves",
    "inquiries": "Number of recent inquiries on credit bureau report",
    "payday": "Recent short-term or payday borrowing",
}


def wording(
    text: str, *facts: Fact, language: Language = "en", statement: str | None = None
) -> Wording:
    return Wording(
        id=WordingId(UUID(int=1)),
        code=ReasonCode("X-1"),
        audience="customer",
        language=language,
        jurisdiction="US-federal",
        text=text,
        statement=statement or STATEMENTS[facts[0].feature],
        facts=shape_of(facts, {"employer": ("part time", "seasonal")}),
        basis=Basis(QUOTE, RULE.version_sha256),
        prompt=PromptVersion("explain-reason-en-v1", "abc"),
        drafted_by="model:qwen",
        requested_by="carla",
        drafted_at=NOW,
        fills=0,
    )


def verdict(held: Wording) -> Holds | Untrue:
    reason = ReasonToExplain(held.code, held.statement, ())
    return verify_over_range(held, reason=reason, passages=(RULE,))


def said(text: str, fact: Fact, language: Language = "en") -> str:
    filled = fill(wording(text, fact, language=language), (fact,))
    assert isinstance(filled, Statement)
    return filled.text


@pytest.mark.parametrize(
    ("unit", "value", "english", "spanish"),
    [
        ("ratio", "0.92", "92%", "92 %"),
        ("ratio", "0.925", "about 93%", "aproximadamente 93 %"),
        ("ratio", "0.0092", "about 1%", "aproximadamente 1 %"),
        ("ratio", "0.004", "0.4%", "0,4 %"),
        ("ratio", "12", "1,200%", "1200 %"),
        ("percent", "92", "92%", "92 %"),
        ("usd", "31200", "$31,200", "$31.200"),
        ("months", "1", "1 month", "1 mes"),
        ("months", "1.04", "about 1 month", "aproximadamente 1 mes"),
        ("months", "0.92", "about 0.9 months", "aproximadamente 0,9 meses"),
        ("months", "0", "0 months", "0 meses"),
        ("years", "1", "1 year", "1 a\u00f1o"),
        ("points", "547", "547 points", "547 puntos"),
        ("count", "1200", "1,200", "1200"),
        ("count", "0.92", "0.92", "0,92"),
    ],
)
def test_facts_are_said_as_each_language_writes_them(
    unit: Unit, value: str, english: str, spanish: str
) -> None:
    fact = Fact("f", "f", Decimal(value), unit)
    assert say(fact, unit, "en") == english
    assert say(fact, unit, "es") == spanish


@given(
    st.decimals(0, 999, places=5),
    st.sampled_from(["ratio", "percent", "usd", "months", "years", "points", "count"]),
)
def test_english_facts_are_said_as_the_template_says_them(value: Decimal, unit: Unit) -> None:
    fact = Fact("f", "f", value, unit)
    expected = value_in_words(fact)
    if expected in {f"1 {unit}", f"about 1 {unit}"}:
        expected = expected.removesuffix("s")
    assert say(fact, unit, "en") == expected


def test_a_count_brings_its_noun() -> None:
    text = "Your credit report shows {inquiries:count|recent inquiry|recent inquiries}."
    assert said(text, INQUIRIES) == "Your credit report shows 9 recent inquiries."
    one = replace(INQUIRIES, value=Decimal(1))
    assert said(text, one) == "Your credit report shows 1 recent inquiry."


def test_a_sentence_begins_with_a_capital_whatever_fills_it() -> None:
    fact = replace(LEVERAGE, value=Decimal("0.925"))
    assert said("{leverage_ratio:ratio} of your assets was debt.", fact).startswith("About 93% of")


@pytest.mark.parametrize(
    "text",
    [
        "Your debt was {leverage_ratio} of your assets.",
        "Your debt was {leverage_ratio:share} of your assets.",
        "Your debt was {leverage_ratio:ratio|one|two} of your assets.",
        "Your debt was {leverage_ratio:ratio of your assets.",
        "Your debt was {:ratio} of your assets.",
        "Your debt was {income:usd}.",
    ],
)
def test_a_slot_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvalidFields, match="/text"):
        verdict(wording(text, LEVERAGE))


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        (
            LEVERAGE,
            "Your total debt was {leverage_ratio:ratio} of your total assets, which was too high.",
        ),
        (LEVERAGE, "Your total debt was too high in relation to your assets."),
        (LIQUID, "Your liquid assets were {liquid_months:months} of income, which was too low."),
        (
            OPENED,
            "Your credit report shows {opened:count|recently opened account|recently opened accounts}.",
        ),
        (PAYDAY, "Your application shows a payday loan in the past year."),
        (PAYDAY, "Your application shows a {payday:flag}."),
    ],
)
def test_a_wording_true_of_every_value_holds(fact: Fact, text: str) -> None:
    held = wording(text, fact)
    proved = verdict(held)
    assert isinstance(proved, Holds), proved
    assert proved.fills == len(values_of(held.facts[0]))
    assert proved.samples


@pytest.mark.parametrize(
    ("why", "fact", "text", "rule", "value"),
    [
        ("a plural of one", INQUIRIES, "Your credit report shows {inquiries:count} recent inquiries.", "unit-disagrees", "1"),
        ("a unit beside a count", replace(LIQUID, unit="count"), "Your liquid assets were {liquid_months:count} months of income.", "unit-disagrees", "1"),
        ("one value written out", LEVERAGE, "Your total debt was 220% of your total assets.", "number-unproved", "0.37"),
        ("a side nobody took", replace(LEVERAGE, adverse=None), "Your total debt was {leverage_ratio:ratio} of assets, which was too high.", "direction-unproved", "0.37"),
        ("the other side", LEVERAGE, "Your total debt was {leverage_ratio:ratio} of assets, which was too low.", "direction-unproved", "0.37"),
        ("a unit twice", LEVERAGE, "Your total debt was {leverage_ratio:ratio}% of your total assets.", "said-twice", "0.37"),
        ("rounded twice", LEVERAGE, "Your total debt was about {leverage_ratio:ratio} of your total assets.", "said-twice", "0.005"),
        ("another unit", LEVERAGE, "Your total debt was {leverage_ratio:months} of your total assets.", "unit-differs", "ratio"),
        ("a flag either way", replace(PAYDAY, adverse=None), "Your application shows a payday loan in the past year.", "flag-may-be-false", "no"),
        ("categories unlisted", Fact("work", "employment", "seasonal", "category"), "Your employment was {work:category}.", "categories-unknown", "?"),
        ("a promise", LEVERAGE, "Lower your debt and you will be approved.", "word-unproved", "0.37"),
    ],
)  # fmt: skip
def test_a_wording_untrue_of_some_value_is_refused_with_that_value(
    why: str, fact: Fact, text: str, rule: str, value: str
) -> None:
    refused = verdict(wording(text, fact, statement=STATEMENTS.get(fact.feature, "Employment")))
    assert isinstance(refused, Untrue), why
    found = [
        (finding.rule, held)
        for example in refused.counterexamples
        for finding in example.findings
        for _, held in example.values
    ]
    # Which rule names an invention is the verifier's affair; what is ours is named exactly.
    ours = {
        "unit-disagrees",
        "said-twice",
        "unit-differs",
        "flag-may-be-false",
        "categories-unknown",
    }
    assert (rule, value) in found if rule in ours else value in {held for _, held in found}, found


def test_categories_are_said_only_where_they_were_listed() -> None:
    seasonal = Fact("employer", "employment", "seasonal", "category")
    held = wording(
        "Your employment is {employer:category}.", seasonal, statement="Employment status"
    )
    assert isinstance(verdict(held), Holds)
    unlisted = replace(seasonal, value="declined for your age")
    assert fill(held, (unlisted,)) == DoesNotFit("employer")


def test_a_value_that_was_not_proved_is_not_said() -> None:
    held = wording("Your debt was {leverage_ratio:ratio} of your assets.", LEVERAGE)
    for changes in (
        {"value": Decimal(-1)},
        {"value": Decimal("1e9")},
        {"value": Decimal("NaN")},
        {"value": "much"},
        {"adverse": None},
        {"label": "something else"},
    ):
        odd = replace(LEVERAGE, **changes)
        assert fill(held, (odd,)) == DoesNotFit("leverage_ratio")
    assert fill(held, ()) == DoesNotFit("")
    payday = wording("Your application shows a payday loan in the past year.", PAYDAY)
    assert fill(payday, (replace(PAYDAY, value=Decimal(0)),)) == DoesNotFit("payday")
    assert isinstance(fill(payday, (replace(PAYDAY, value=True),)), Statement)


SENTENCES: list[tuple[str, str, Unit, Side]] = [
    ("Total debt in relation to assets", "Your total debt was {f:ratio} of your assets, which was too high.", "ratio", "high"),
    ("Income insufficient for amount of credit requested", "Your income was {f:usd}, which was too low.", "usd", "low"),
    ("Length of employment", "Your length of employment was {f:years}, which was too short.", "years", "low"),
    ("Insufficient liquid assets or cash reserves", "Your liquid assets were {f:months} of income, which was too low.", "months", "low"),
    ("Number of recently opened accounts", "Your credit report shows {f:count|recently opened account|recently opened accounts}.", "count", "high"),
]  # fmt: skip
LABELS = {"ratio": "total debt as a share of total assets", "usd": "annual income", "years": "length of employment", "months": "months of income held in liquid assets", "count": "accounts opened in the past year"}  # fmt: skip


@given(st.sampled_from(SENTENCES), st.decimals(0, 100, places=4))
def test_what_holds_over_the_range_holds_for_any_value_in_it(
    sentence: tuple[str, str, Unit, Side], value: Decimal
) -> None:
    """The values tried stand for all others: no value in between is said wrongly."""
    statement, text, unit, side = sentence
    fact = Fact("f", LABELS[unit], value, unit, side)
    held = wording(text, fact, statement=statement)
    if text not in PROVED:
        PROVED[text] = verdict(held)
    assert isinstance(PROVED[text], Holds), PROVED[text]
    one = tuple(replace(shape, values=pinned(value)) for shape in held.facts)
    assert isinstance(verdict(replace(held, facts=one)), Holds)


PROVED: dict[str, Holds | Untrue] = {}


def pinned(value: Decimal) -> Numbers:
    return Numbers(value, value)


@pytest.mark.parametrize(
    ("text", "fact", "expected"),
    [
        ("Your total debt was 37% of your assets.", LEVERAGE, "Your total debt was {leverage_ratio:ratio} of your assets."),
        ("Your total debt was 37 percent of your assets.", LEVERAGE, "Your total debt was {leverage_ratio:ratio} of your assets."),
        ("You held 37 months of income.", LIQUID, "You held {liquid_months:months} of income."),
        ("Your report shows 9 recent inquiries.", INQUIRIES, "Your report shows {inquiries:count|recent inquiry|recent inquiries}."),
        ("Your report shows 9 inquiries in six months.", INQUIRIES, "Your report shows {inquiries:count|inquiry|inquiries} in six months."),
        ("Your inquiries were 9 in six months.", INQUIRIES, "Your inquiries were {inquiries:count} in six months."),
        ("Your application shows a payday loan.", PAYDAY, "Your application shows a payday loan."),
    ],
)  # fmt: skip
def test_what_a_writer_stated_of_typical_facts_becomes_slots(
    text: str, fact: Fact, expected: str
) -> None:
    assert slotted(text, typical_facts(shape_of([fact])), "en") == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("You held 1 months of income.", "en"),
        ("Your report shows 1 recent inquiries.", "en"),
        ("You held 2 month of income.", "en"),
        ("You held 24 months months of income.", "en"),
        ("Your income was $40 dollars.", "en"),
        ("Ten\u00eda 1 meses de ingresos.", "es"),
        ("Ten\u00eda 2 mes de ingresos.", "es"),
        ("Su deuda era el 92 % % de sus activos.", "es"),
    ],
)
def test_numbers_agree_with_what_they_count(text: str, language: Language) -> None:
    assert list(language_findings(text, language))


@pytest.mark.parametrize(
    "text",
    [
        "You held 1 month of income.",
        "Your total was 1 in the past six months.",
        "Your total was 1, which was too low.",
        "Your reports show 1 inquiry.",
        "Your debt was 1% of assets.",
    ],
)
def test_what_agrees_is_not_found(text: str) -> None:
    assert not list(language_findings(text, "en"))


def test_a_wording_is_kept_and_restored_exactly() -> None:
    held = wording("A {leverage_ratio:ratio} {employer:category}", LEVERAGE, PAYDAY, Fact("employer", "e", "x", "category"), INQUIRIES)  # fmt: skip
    assert from_json(Wording, to_json(held)) == held
    assert [slot.unit for slot in slots_of(held.text)] == ["ratio", "category"]


def test_a_flag_is_named_in_the_language_of_the_wording() -> None:
    named = replace(PAYDAY, local_label="un préstamo de día de pago en el último año")
    compiled = compile_text("Su solicitud muestra {payday:flag}.", "es", ("payday",))
    assert compiled.render((named,)) == f"Su solicitud muestra {named.local_label}."
