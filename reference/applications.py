"""What an application must hold, and the ratios the models read from it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Input:
    """One field of an application: US dollars, months or a flag (0 or 1)."""

    name: str
    label: str
    unit: str
    low: float
    high: float


INPUTS: tuple[Input, ...] = (
    Input("annual_income", "Gross household income of the past year", "usd", 1, 1e9),
    Input("monthly_debt_payments", "All monthly loan payments", "usd", 0, 1e8),
    Input("total_debt", "All debt", "usd", 0, 1e10),
    Input("net_worth", "Assets less debt", "usd", -1e10, 1e11),
    Input("liquid_assets", "Checking, savings and money market accounts", "usd", 0, 1e10),
    Input("card_balance", "Card balances after the last payment", "usd", 0, 1e9),
    Input("vehicle_loan_balance", "Vehicle loans", "usd", 0, 1e9),
    Input("education_loan_balance", "Education loans", "usd", 0, 1e9),
    Input("payday_loan_12m", "Payday loan in the past year", "flag", 0, 1),
    Input("bankruptcy_5y", "Bankruptcy in the past five years", "flag", 0, 1),
    Input("spends_over_income", "Spent more than the income of the past year", "flag", 0, 1),
    Input("requested_amount", "Amount asked for", "usd", 500, 100_000),
    Input("requested_term_months", "Months to repay", "months", 6, 84),
)


@dataclass(frozen=True, slots=True)
class Feature:
    """What a model reads: a ratio or flag with its reason code and the better direction."""

    name: str
    label: str
    label_es: str
    unit: str
    code: str
    direction: str
    derive: Callable[[Mapping[str, float]], float]


def _ratio(numerator: str, denominator: str) -> Callable[[Mapping[str, float]], float]:
    return lambda a: a[numerator] / a[denominator]


def _leverage(a: Mapping[str, float]) -> float:
    assets = a["net_worth"] + a["total_debt"]
    return a["total_debt"] / assets if assets > 0 else 10.0  # no assets: the top of the scale


FEATURES: tuple[Feature, ...] = (
    Feature(
        "annual_income",
        "annual income",
        "ingreso anual",
        "usd",
        "C1-08",
        "higher_is_better",
        lambda a: a["annual_income"],
    ),
    Feature(
        "payment_to_income",
        "monthly debt payments as a share of monthly income",
        "pagos mensuales de deudas como parte del ingreso mensual",
        "ratio",
        "C1-09",
        "lower_is_better",
        lambda a: 12 * a["monthly_debt_payments"] / a["annual_income"],
    ),
    Feature(
        "leverage_ratio",
        "total debt as a share of total assets",
        "deuda total como parte de los activos totales",
        "ratio",
        "X-IN-06",
        "lower_is_better",
        _leverage,
    ),
    Feature(
        "liquid_months",
        "months of income held in liquid assets",
        "meses de ingreso disponibles en activos líquidos",
        "months",
        "X-AS-01",
        "higher_is_better",
        lambda a: 12 * a["liquid_assets"] / a["annual_income"],
    ),
    Feature(
        "card_balance_to_income",
        "card balances as a share of annual income",
        "saldos de tarjetas como parte del ingreso anual",
        "ratio",
        "X-RV-02",
        "lower_is_better",
        _ratio("card_balance", "annual_income"),
    ),
    Feature(
        "vehicle_debt_to_income",
        "vehicle loans as a share of annual income",
        "préstamos para vehículos como parte del ingreso anual",
        "ratio",
        "X-IN-01",
        "lower_is_better",
        _ratio("vehicle_loan_balance", "annual_income"),
    ),
    Feature(
        "education_debt_to_income",
        "education loans as a share of annual income",
        "préstamos de estudios como parte del ingreso anual",
        "ratio",
        "X-IN-02",
        "lower_is_better",
        _ratio("education_loan_balance", "annual_income"),
    ),
    Feature(
        "payday_loan_12m",
        "payday loan in the past year",
        "un préstamo de día de pago en el último año",
        "flag",
        "X-IN-07",
        "lower_is_better",
        lambda a: a["payday_loan_12m"],
    ),
    Feature(
        "bankruptcy_5y",
        "bankruptcy in the past five years",
        "una bancarrota en los últimos cinco años",
        "flag",
        "C1-21",
        "lower_is_better",
        lambda a: a["bankruptcy_5y"],
    ),
    Feature(
        "spends_over_income",
        "spending above income in the past year",
        "gastos superiores al ingreso en el último año",
        "flag",
        "X-AS-07",
        "lower_is_better",
        lambda a: a["spends_over_income"],
    ),
)


class RefusedApplication(Exception):
    """An application the models cannot read: what is wrong, by field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {detail}" for name, detail in problems.items()))
        self.problems = problems


def read_application(application: Mapping[str, object]) -> dict[str, float]:
    """Check every field and return the numbers. Raises RefusedApplication naming all defects."""
    problems: dict[str, str] = {}
    known = {field.name for field in INPUTS}
    for name in application:
        if name not in known:
            problems[name] = "is not a field of this application"
    numbers: dict[str, float] = {}
    for field in INPUTS:
        value = application.get(field.name)
        if value is None:
            problems[field.name] = "is missing"
        elif isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            problems[field.name] = "is not a number"
        elif not math.isfinite(value):
            problems[field.name] = "is not a finite number"
        elif not field.low <= value <= field.high:
            problems[field.name] = f"lies outside {field.low:g} to {field.high:g} {field.unit}"
        elif field.unit == "flag" and value not in {0, 1}:
            problems[field.name] = "is neither 0 nor 1"
        else:
            numbers[field.name] = float(value)
    if problems:
        raise RefusedApplication(problems)
    return numbers


def read_changes(changes: Mapping[str, object]) -> dict[str, float]:
    """Check changed fields alone; a change outside a field's range is held at its edge."""
    known = {field.name: field for field in INPUTS}
    unknown = dict.fromkeys(changes.keys() - known, "is not a field of this application")
    if unknown:
        raise RefusedApplication(unknown)
    read = {}
    for name, value in changes.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise RefusedApplication({name: "is not a number"})
        read[name] = min(max(float(value), known[name].low), known[name].high)
    return read


def derive(numbers: Mapping[str, float]) -> dict[str, float]:
    """Return what the models read, rounded so that the value shown is the value scored."""
    return {feature.name: round(feature.derive(numbers), 4) for feature in FEATURES}


def application_of_household(row: Mapping[str, str]) -> dict[str, float]:
    """Turn a survey household into an application for a loan of a fifth of its income.

    The survey asks for no loan amount; a fifth of income over 36 months is ours.
    """
    income = max(float(row["annual_income"]), 1.0)
    return {
        "annual_income": income,
        "monthly_debt_payments": float(row["monthly_debt_payments"]),
        "total_debt": float(row["total_debt"]),
        "net_worth": float(row["net_worth"]),
        "liquid_assets": float(row["liquid_assets"]),
        "card_balance": float(row["card_balance"]),
        "vehicle_loan_balance": float(row["vehicle_loan_balance"]),
        "education_loan_balance": float(row["education_loan_balance"]),
        "payday_loan_12m": int(row["payday_loan_12m"]),
        "bankruptcy_5y": int(row["bankruptcy_5y"]),
        "spends_over_income": int(row["spending_vs_income"] == "1"),
        "requested_amount": min(max(round(income / 5, -2), 500), 40_000),
        "requested_term_months": 36,
    }
