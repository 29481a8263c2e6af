"""What is owed because of a decision, at once and after what happened since; and by when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.domain.decisions import ON_ACCOUNT, Decision
from app.domain.retention import months_after

Duty = Literal[
    "adverse_action",
    "counteroffer",
    "incompleteness",
    "business_adverse_action",
    "account_action",
    "risk_based_pricing",
    "account_review",
    "eu_explanation",
    "uk_explanation",
    "statement_of_reasons",
    "corrected_notice",
]
THIRTY_DAYS = timedelta(days=30)
ONE_DAY = timedelta(days=1)
FIVE_DAYS = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class FirstDuty:
    """The notice that a decision itself makes necessary. `due_at` is aware UTC."""

    duty: Duty
    due_at: datetime
    basis: str


def first_duty(decision: Decision) -> FirstDuty | None:
    """Return the notice that a decision makes necessary, None where none is owed."""
    if decision.jurisdiction != "US-federal":
        return _european(decision)
    if decision.action == "incomplete":
        due = decision.received_at + THIRTY_DAYS
        return FirstDuty("incompleteness", due, "12 CFR 1002.9(c)(1)")
    if decision.action in ON_ACCOUNT and decision.is_adverse:
        due = decision.decided_at + THIRTY_DAYS
        return FirstDuty("account_action", due, "12 CFR 1002.9(a)(1)(iii)")
    if decision.is_adverse:
        return _on_application(decision)
    return _pricing(decision)


def notice_due(decision: Decision) -> datetime | None:
    """Return when the notice that a decision makes necessary must be given, if one is."""
    owed = first_duty(decision)
    return None if owed is None else owed.due_at


def _on_application(decision: Decision) -> FirstDuty:
    due = decision.completed_at + THIRTY_DAYS
    business = decision.business
    if decision.purpose == "business" and business is not None and business.is_large:
        # "Within a reasonable time"; thirty days always is (comment 9(a)(3)-5).
        return FirstDuty("business_adverse_action", due, "12 CFR 1002.9(a)(3)(ii)(A)")
    if decision.action == "counteroffer":
        # Combined with the denial it needs no second notice (comment 9(a)(1)-6).
        return FirstDuty("counteroffer", due, "12 CFR 1002.9(a)(1)(i), (iv)")
    if decision.purpose == "business":
        return FirstDuty("business_adverse_action", due, "12 CFR 1002.9(a)(3)(i)")
    return FirstDuty("adverse_action", due, "12 CFR 1002.9(a)(1)(i)")


def _pricing(decision: Decision) -> FirstDuty | None:
    """12 CFR 1022.72: personal credit on terms set from a consumer report, less favorable."""
    is_priced = decision.action in {"less_favorable_terms", "terms_changed"}
    if not is_priced or decision.purpose == "business" or not decision.used_an_applicants_report:
        return None
    closing = decision.closing
    if closing.effective_at is not None:
        due = max(decision.decided_at, closing.effective_at + FIVE_DAYS)
        return FirstDuty("account_review", due, "12 CFR 1022.73(c)(1)(iii)")
    if decision.action == "terms_changed":
        return None
    if closing.consummation_at is not None:
        due, basis = closing.consummation_at, "12 CFR 1022.73(c)(1)(i)"
    elif closing.first_transaction_at is not None:
        due, basis = closing.first_transaction_at, "12 CFR 1022.73(c)(1)(ii)"
    else:  # when it binds is not known to us: it may be soon
        due, basis = decision.decided_at + ONE_DAY, "12 CFR 1022.73(c)(1)"
    return FirstDuty("risk_based_pricing", due, basis)


def _european(decision: Decision) -> FirstDuty | None:
    """One month, as if the person had asked on the day of the decision (GDPR Art. 12(3))."""
    if not decision.is_adverse:
        return None
    due = one_month_after(decision.decided_at)
    if decision.jurisdiction == "EU":
        return FirstDuty("eu_explanation", due, "GDPR Art. 12(3), 15(1)(h)")
    return FirstDuty("uk_explanation", due, "UK GDPR Art. 12(3), 22C")


def one_month_after(instant: datetime) -> datetime:
    """The same day of the next month, or its last day where it has no such day."""
    return months_after(instant, 1)
