"""Proves a wording for every value its facts may take, or names the value that it is untrue of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import islice, product
from uuid import UUID

from app.domain.drafting import summary_of
from app.domain.explanation import (
    Dossier,
    Draft,
    EvidencePassage,
    Fact,
    Finding,
    ReasonToExplain,
    Statement,
)
from app.domain.ids import DecisionId
from app.domain.slots import Unit, compile_text, slots_of, unit_of
from app.domain.verification.verify import findings_of
from app.domain.wording_grammar import language_findings
from app.domain.wordings import FactShape, Flags, Numbers, Values, Wording, Words, fill

MOST_FILLS = 2000  # more than two facts of one reason are varied a few at a time
MOST_COUNTEREXAMPLES = 5
MOST_SAMPLES = 3
DEFAULT_RANGES: Mapping[Unit, tuple[int, int]] = {
    "ratio": (0, 10_000),
    "percent": (0, 1_000_000),
    "usd": (0, 1_000_000_000),
    "months": (0, 1200),
    "years": (0, 120),
    "count": (0, 100_000),
    "points": (0, 1000),
}
# Ends are added. Among them are zero, one, what rounds to them, halves, thousands and decimals:
# wherever a number begins to be written in another way.
TRIED: Mapping[Unit, tuple[str, ...]] = {
    "ratio": (
        *("0.37", "0", "0.0004", "0.004", "0.005", "0.01", "0.014", "0.02", "0.925", "0.995"),
        *("0.999", "1", "1.004", "1.5", "2", "9.99", "10", "12.345"),
    ),
    "percent": ("37", "0", "0.004", "0.4", "0.5", "1", "1.4", "2", "92.5", "99.5", "100", "1000"),
    "usd": (
        *("4321", "0", "0.004", "0.4", "0.5", "1", "1.2", "2", "21", "999", "999.5", "1000"),
        *("1234.56", "38688", "1000000", "1234567.89"),
    ),
    "months": (
        *("37", "0", "0.004", "0.04", "0.05", "0.5", "0.96", "1", "1.04", "1.05", "1.5", "2"),
        *("11", "12", "13", "21", "24", "36", "120", "999.96", "1000"),
    ),
    "years": ("7", "0", "0.04", "0.5", "0.96", "1", "1.04", "1.5", "2", "3", "11", "12", "21"),
    "count": ("9", "0", "1", "2", "3", "7", "11", "12", "21", "100", "101", "999", "1000", "1200"),
    "points": ("547", "0", "0.04", "0.5", "0.96", "1", "1.04", "1.5", "2", "21", "999.96"),
}


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Values for which a wording says what is not so: the text as filled, and what is wrong."""

    values: tuple[tuple[str, str], ...]
    text: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Holds:
    """The wording was proved for this many fills; `samples` are some of them."""

    fills: int
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Untrue:
    """The wording cannot be said of every value; never empty."""

    counterexamples: tuple[Counterexample, ...]


RangeVerdict = Holds | Untrue


def shape_of(
    facts: Sequence[Fact], categories: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[FactShape, ...]:
    """Return what facts are without their values, and what values they may take.

    Numbers take the range of their unit, flags the state that counted against the applicant,
    categories the words that `categories` lists for them.
    """
    named = categories or {}
    return tuple(
        FactShape(
            fact.feature,
            fact.label,
            unit_of(fact),
            fact.adverse,
            _values(unit_of(fact), fact, named.get(fact.feature, ())),
            fact.local_label,
        )
        for fact in facts
    )


def typical_facts(shapes: Sequence[FactShape]) -> tuple[Fact, ...]:
    """Return facts of these shapes with values such as decisions hold: what a writer is given."""
    return tuple(_fact(shape, next(iter(values_of(shape)), "")) for shape in shapes)


def verify_over_range(
    wording: Wording, *, reason: ReasonToExplain, passages: tuple[EvidencePassage, ...]
) -> RangeVerdict:
    """Fill a wording with values over its facts' whole range and prove each text.

    `reason` is the reason as the catalogue states it. Nobody sees a wording of which any fill
    has a finding. Raises InvalidFields for a slot that names no fact of the reason.
    """
    compile_text(wording.text, wording.language, tuple(f.feature for f in wording.facts))
    wrong = list(_never_true(wording))
    texts: dict[str, None] = {}
    fills = 0
    for values in islice(_combinations(wording.facts), MOST_FILLS):
        if len(wrong) >= MOST_COUNTEREXAMPLES:
            break
        facts = tuple(_fact(s, v) for s, v in zip(wording.facts, values, strict=True))
        filled = fill(wording, facts)
        if not isinstance(filled, Statement):
            wrong.append(_counterexample(facts, wording, (Finding("no-value", "", "text"),)))
            continue
        fills += 1
        texts.setdefault(filled.text)
        findings = (
            *language_findings(filled.text, wording.language),
            *_proof(filled, wording, facts, reason, passages),
        )
        if findings:
            wrong.append(_counterexample(facts, wording, findings, filled.text))
    if wrong:
        return Untrue(tuple(wrong[:MOST_COUNTEREXAMPLES]))
    return Holds(fills, tuple(islice(texts, MOST_SAMPLES)))


def values_of(shape: FactShape) -> tuple[Decimal | str | bool, ...]:
    """Return the values that stand for the whole range of a fact, a typical one first."""
    match shape.values:
        case Words(words):
            return words
        case Flags(states):
            return states
        case Numbers(low, high):
            tried = (Decimal(value) for value in TRIED.get(shape.unit, ()))
            inside = (value for value in tried if low <= value <= high)
            return tuple(dict.fromkeys((*inside, low, high)))


def _never_true(wording: Wording) -> Iterator[Counterexample]:
    """Find slots that a value of their range makes untrue whatever words stand around them."""
    for shape in wording.facts:
        if isinstance(shape.values, Flags) and len(shape.values.states) > 1:
            finding = Finding("flag-may-be-false", f"{shape.label}: no", "text")
            yield Counterexample(((shape.feature, "no"),), wording.text, (finding,))
        if isinstance(shape.values, Words) and not shape.values.words:
            finding = Finding("categories-unknown", shape.feature, "text")
            yield Counterexample(((shape.feature, "?"),), wording.text, (finding,))
    units = {shape.feature: shape.unit for shape in wording.facts}
    for slot in slots_of(wording.text):
        if units[slot.feature] != slot.unit:
            finding = Finding("unit-differs", f"{slot.feature}:{slot.unit}", "text")
            yield Counterexample(((slot.feature, units[slot.feature]),), wording.text, (finding,))


def _combinations(shapes: Sequence[FactShape]) -> Iterator[tuple[Decimal | str | bool, ...]]:
    """Every value beside typical ones first, then all with all."""
    every = [values_of(shape) for shape in shapes]
    typical = tuple(values[0] for values in every if values)
    if len(typical) < len(every):
        return
    seen = set()
    for at, values in enumerate(every):
        for value in values:
            tried = (*typical[:at], value, *typical[at + 1 :])
            if tried not in seen:
                seen.add(tried)
                yield tried
    if not every:
        yield ()
        return
    yield from (tried for tried in product(*every) if tried not in seen)


def _proof(
    statement: Statement,
    wording: Wording,
    facts: tuple[Fact, ...],
    reason: ReasonToExplain,
    passages: tuple[EvidencePassage, ...],
) -> tuple[Finding, ...]:
    dossier = Dossier(
        decision_id=DecisionId(UUID(int=0)),
        audience=wording.audience,
        language=wording.language,
        action="declined",
        product="loan",
        decided_on=date.min,
        score=None,
        reasons=(replace(reason, facts=facts),),
        passages=passages,
        quotes={wording.code: wording.basis.citation},
    )
    return findings_of(Draft(summary_of(dossier), (statement,)), dossier)


def _counterexample(
    facts: Sequence[Fact], wording: Wording, findings: tuple[Finding, ...], text: str = ""
) -> Counterexample:
    values = tuple((fact.feature, str(fact.value)) for fact in facts)
    return Counterexample(values, text or wording.text, findings)


def _fact(shape: FactShape, value: Decimal | str | bool) -> Fact:  # noqa: FBT001 -- a value
    return Fact(
        shape.feature,
        shape.label,
        value,
        shape.unit,
        shape.adverse,
        local_label=shape.local_label,
    )


def _values(unit: Unit, fact: Fact, words: tuple[str, ...]) -> Values:
    match unit:
        case "category":
            return Words(words)
        case "flag":
            states = {"high": (True,), "low": (False,), None: (True, False)}
            return Flags(states[fact.adverse])
        case _:
            low, high = DEFAULT_RANGES[unit]
            return Numbers(Decimal(low), Decimal(high))
