"""What is owed after a decision, and by when."""

from datetime import datetime, timedelta

from app.domain.decisions import Decision

THIRTY_DAYS = timedelta(days=30)
ON_ACCOUNTS = frozenset({"account_terminated", "terms_changed"})


def notice_due(decision: Decision) -> datetime | None:
    """Return when notice of an adverse action must be given, None where none is owed.

    12 CFR 1002.9(a)(1): within 30 days of receiving a completed application (i), or of taking
    adverse action on an existing account (iii). A counteroffer is notified in the same 30
    days; combined with the denial it needs no second notice (comment 9(a)(1)-6).
    """
    if not decision.is_adverse:
        return None
    if decision.action in ON_ACCOUNTS:
        return decision.decided_at + THIRTY_DAYS
    return decision.completed_at + THIRTY_DAYS
