"""A price as a sum of basis points, each with a named source; a smaller offer where it must be."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from reference.scorecard import ARTEFACTS

MODEL = "personal-loan-pricing"
VERSION = "1.0.0"
CENT = Decimal("0.01")
BPS_PER_UNIT = 10_000
LONGEST_MONTHS = 60
AMOUNT_STEP = 100
MOST_TIERS_WITH_ONE_BEST = 4


@dataclass(frozen=True, slots=True)
class Terms:
    """A loan: US dollars, months, APR in basis points, US dollars a month."""

    amount: Decimal
    term_months: int
    apr_bps: int
    monthly_payment: Decimal

    def to_json(self) -> dict[str, Any]:
        """Serialise; money as text, so that no reader rounds it."""
        return {
            "amount": str(self.amount),
            "term_months": self.term_months,
            "apr_bps": self.apr_bps,
            "monthly_payment": str(self.monthly_payment),
        }


def load() -> dict[str, Any]:
    """Read the price table."""
    path = ARTEFACTS / f"{MODEL}-{VERSION}.json"
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return table


def answer(
    table: Mapping[str, Any], numbers: Mapping[str, float], score: int
) -> dict[str, Any] | None:
    """Price a scored application; None below the last tier, where nothing is offered."""
    tier = next((t for t in table["tiers"] if score >= t["min_score"]), None)
    if tier is None:
        return None
    amount = Decimal(str(numbers["requested_amount"])).quantize(CENT)
    asked, items = _price(table, tier, numbers, amount, int(numbers["requested_term_months"]))
    outcome, counteroffer, rules = "offer", None, []
    if _payment_to_income(numbers, asked) > table["max_payment_to_income"]:
        counteroffer = _smaller(table, tier, numbers, asked)
        outcome = "decline" if counteroffer is None else "counteroffer"
        rules = [table["max_payment_to_income_rule"]]
    return {
        "model": {"name": MODEL, "version": VERSION},
        "tier": tier["tier"],
        "outcome": outcome,
        "materially_less_favorable": _is_less_favorable(table, tier),
        "price": {**asked.to_json(), "base": table["base_bps"], "items": items},
        "counteroffer": None if counteroffer is None else counteroffer.to_json(),
        "rules": rules,
    }


def _is_less_favorable(table: Mapping[str, Any], tier: Mapping[str, Any]) -> bool:
    """12 CFR 1022.72(b)(2): of five tiers or more all but the best two, of fewer all but one."""
    tiers = table["tiers"]
    best = 2 if len(tiers) > MOST_TIERS_WITH_ONE_BEST else 1
    return tier not in tiers[:best]


def monthly_payment(amount: Decimal, apr_bps: int, months: int) -> Decimal:
    """Return the level payment that repays the loan, to the cent."""
    rate = Decimal(apr_bps) / BPS_PER_UNIT / 12
    if rate == 0:
        return (amount / months).quantize(CENT, ROUND_HALF_EVEN)
    return (amount * rate / (1 - (1 + rate) ** -months)).quantize(CENT, ROUND_HALF_EVEN)


def _price(
    table: Mapping[str, Any],
    tier: Mapping[str, Any],
    numbers: Mapping[str, float],
    amount: Decimal,
    months: int,
) -> tuple[Terms, list[dict[str, Any]]]:
    before = Decimal(str(numbers["monthly_debt_payments"])) * 12
    burden = float(before / Decimal(str(numbers["annual_income"])))
    items = [
        {"feature": "score_tier", "value": tier["tier"], "contribution": tier["bps"]},
        _item(table, "term_months", months),
        _item(table, "amount_usd", float(amount)),
        _item(table, "payment_to_income", round(burden, 4)),
    ]
    total = table["base_bps"] + sum(int(item["contribution"]) for item in items)
    apr_bps = min(total, table["cap_bps"])
    return Terms(amount, months, apr_bps, monthly_payment(amount, apr_bps, months)), items


def _item(table: Mapping[str, Any], name: str, value: float) -> dict[str, Any]:
    steps: Sequence[Mapping[str, Any]] = table[name]
    step = next((s for s in steps if value <= s["up_to"]), steps[-1])
    return {"feature": name, "value": value, "contribution": step["bps"]}


def _payment_to_income(numbers: Mapping[str, float], terms: Terms) -> float:
    monthly = Decimal(str(numbers["monthly_debt_payments"])) + terms.monthly_payment
    return float(monthly * 12 / Decimal(str(numbers["annual_income"])))


def _smaller(
    table: Mapping[str, Any], tier: Mapping[str, Any], numbers: Mapping[str, float], asked: Terms
) -> Terms | None:
    """Find the largest amount that fits, over a longer term if that helps."""
    months = max(asked.term_months, LONGEST_MONTHS)
    steps = int(asked.amount) // AMOUNT_STEP
    for hundreds in range(steps, 4, -1):
        terms, _ = _price(table, tier, numbers, Decimal(hundreds * AMOUNT_STEP), months)
        if _payment_to_income(numbers, terms) <= table["max_payment_to_income"]:
            return terms
    return None
