"""What an applicant could change, how far a search goes, and what moves along with it."""

from typing import Any

# Paid down, a debt leaves total debt smaller and net worth larger by the same amount.
PAID_DOWN = {"total_debt": "1", "net_worth": "-1"}
LEVERS: tuple[dict[str, Any], ...] = (
    {
        "input": "requested_amount",
        "label": "the amount asked for",
        "unit": "usd",
        "factors": ["0.9", "0.75", "0.5"],
    },
    {
        "input": "requested_term_months",
        "label": "the months to repay",
        "unit": "months",
        "targets": ["48", "60"],
    },
    {
        "input": "card_balance",
        "label": "card balances",
        "unit": "usd",
        "factors": ["0.75", "0.5", "0.25", "0"],
        "moves": PAID_DOWN,
    },
    {
        "input": "vehicle_loan_balance",
        "label": "vehicle loans",
        "unit": "usd",
        "factors": ["0.75", "0.5"],
        "moves": PAID_DOWN,
    },
    {
        "input": "education_loan_balance",
        "label": "education loans",
        "unit": "usd",
        "factors": ["0.75", "0.5"],
        "moves": PAID_DOWN,
    },
    {
        "input": "monthly_debt_payments",
        "label": "monthly loan payments",
        "unit": "usd",
        "factors": ["0.9", "0.75", "0.5"],
    },
    {
        "input": "liquid_assets",
        "label": "money in liquid accounts",
        "unit": "usd",
        "shares_of": "annual_income",
        "factors": ["0.05", "0.1", "0.25", "0.5"],
        "moves": {"net_worth": "1"},
    },
    {"input": "annual_income", "label": "annual income", "unit": "usd", "factors": ["1.1", "1.2"]},
    {
        "input": "spends_over_income",
        "label": "spending above income",
        "unit": "flag",
        "targets": ["0"],
    },
)
