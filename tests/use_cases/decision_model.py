"""What is owed after a decision, told again in a few plain lines to hold the service against.

Written apart from app.domain.histories: kinds and times alone, no domain values.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Kind = Literal["declined", "on_request", "counteroffer", "incomplete", "eu"]
FIRST_DUTY = {
    "declined": "adverse_action",
    "on_request": "adverse_action",
    "counteroffer": "counteroffer",
    "incomplete": "incompleteness",
    "eu": "eu_explanation",
}
SIXTY_DAYS = timedelta(days=61)  # and what is left of the sixtieth, wherever it is


@dataclass
class Letter:
    """A notice, and each time it left or came back."""

    duty: str
    gives_reasons: bool
    trips: list[tuple[datetime, str]] = field(default_factory=list)

    def in_order(self) -> list[tuple[datetime, str]]:
        return sorted(self.trips, key=lambda trip: trip[0])

    @property
    def told_at(self) -> datetime | None:
        return min((at for at, what in self.trips if what == "out"), default=None)

    @property
    def is_back(self) -> bool:
        return bool(self.trips) and self.in_order()[-1][1] == "back"


@dataclass
class Life:
    """One decision's life as the lender knows it."""

    kind: Kind
    letters: dict[str, Letter] = field(default_factory=dict)  # by notice id
    happened: list[tuple[datetime, str]] = field(default_factory=list)
    succeeded_by: "Life | None" = None
    is_erased: bool = False

    def times(self, kind: str) -> list[datetime]:
        return sorted(at for at, happened in self.happened if happened == kind)

    @property
    def was_told(self) -> bool:
        return any(letter.told_at is not None for letter in self.letters.values())

    def is_needless(self, duty: str) -> bool:
        if duty == "incompleteness" and self.times("information_received"):
            return True
        ends = ("withdrawn", "superseded", "counteroffer_accepted")
        return any(self.times(kind) for kind in ends)

    def owes(self) -> set[tuple[str, str | None]]:
        owed: set[tuple[str, str | None]] = set()
        first = FIRST_DUTY[self.kind]
        if not self.is_needless(first) and all(x.duty != first for x in self.letters.values()):
            owed.add(("issue_notice", first))
        for letter in self.letters.values():
            if self.is_needless(letter.duty):
                continue
            if letter.told_at is None:
                owed.add(("hand_over_notice", letter.duty))
            elif letter.is_back:
                owed.add(("resend_notice", letter.duty))
        if self.times("information_received") and not (
            self.times("superseded") or self.times("withdrawn")
        ):
            owed.add(("decide_application", None))
        if self.owes_reasons():
            owed.add(("issue_notice", "statement_of_reasons"))
        return owed | self.owes_a_look()

    def owes_a_look(self) -> set[tuple[str, str | None]]:
        concluded = max(self.times("review_concluded"), default=None)
        if superseded := self.times("superseded"):
            is_done = concluded is not None and concluded >= superseded[0]
            was_told_of_it = self.succeeded_by is not None and self.succeeded_by.was_told
            if self.was_told and not is_done and not was_told_of_it:
                return {("correct_notice", "corrected_notice")}
            return set()
        requested = max(self.times("review_requested"), default=None)
        if requested is not None and (concluded is None or concluded < requested):
            return {("review_decision", None)}
        return set()

    def owes_reasons(self) -> bool:
        requested = self.times("reasons_requested")
        if not requested or self.kind in {"eu", "incomplete"}:
            return False
        if self.times("superseded") or self.times("counteroffer_accepted"):
            return False
        if any(letter.gives_reasons for letter in self.letters.values()):
            return False
        told = [x.told_at for x in self.letters.values() if x.told_at is not None]
        return not told or requested[0] < min(told) + SIXTY_DAYS
