"""How long records are kept, and when a person's data may be erased."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.decisions import Purpose

FLOOR_MONTHS = 25  # 12 CFR 1002.12(b)(1)
BUSINESS_FLOOR_MONTHS = 12  # 12 CFR 1002.12(b)(1), (b)(5)
# Claims may be brought for five years (15 USC 1691e(f)), and then a month to hear of them.
DEFAULT_MONTHS = 61


@dataclass(frozen=True, slots=True)
class Kept:
    """One record about a person: from when it is kept, and whether a hold lies on it.

    `since` is when its notice was handed over, or the decision where none was owed.
    """

    purpose: Purpose
    since: datetime
    is_on_hold: bool = False
    is_settled: bool = True


def kept_until(kept: Kept, retention_months: int = DEFAULT_MONTHS) -> datetime:
    """Return until when the tenant keeps a record: never less than the statute has it kept."""
    return months_after(kept.since, max(retention_months, floor_months(kept.purpose)))


def floor_months(purpose: Purpose) -> int:
    """The months that the statute has a record kept."""
    return BUSINESS_FLOOR_MONTHS if purpose == "business" else FLOOR_MONTHS


def why_not_erased(records: Sequence[Kept], now: datetime) -> tuple[str, ...]:
    """Say what stands against erasing a person's data now; nothing if it may be erased.

    A request for erasure is refused while the statute has any of the records kept (GDPR Art.
    17(3)(b) and (e) say the same); the tenant's longer default yields to it.
    """
    reasons = []
    if any(record.is_on_hold for record in records):
        reasons.append("a legal hold lies on a decision (12 CFR 1002.12(b)(4))")
    if not all(record.is_settled for record in records):
        reasons.append("a notice or an answer is still owed (12 CFR 1002.9)")
    floors = [months_after(r.since, floor_months(r.purpose)) for r in records]
    if floors and now < max(floors):
        until = max(floors).date().isoformat()
        reasons.append(f"records are to be kept until {until} (12 CFR 1002.12(b)(1))")
    return tuple(reasons)


def months_after(instant: datetime, months: int) -> datetime:
    """The same day so many months on, or the last of that month."""
    year, month = divmod(instant.year * 12 + instant.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return instant.replace(year=year, month=month + 1, day=min(instant.day, last))
