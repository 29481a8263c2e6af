"""What is owed now, given a decision and all that has happened since."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from app.domain.decisions import ON_ACCOUNT, Action, Decision
from app.domain.duties import THIRTY_DAYS, Duty, FirstDuty, first_duty, one_month_after
from app.domain.errors import EventRefused
from app.domain.events import (
    CounterofferAccepted,
    Event,
    InformationReceived,
    NoticeHandedOver,
    NoticeReturned,
    ReasonsRequested,
    ReviewConcluded,
    ReviewRequested,
    Superseded,
    Withdrawn,
)
from app.domain.ids import NoticeId
from app.domain.notices.elements import ECOA_FORMS
from app.domain.notices.notice import Notice

# Sixty days, and what is left of the sixtieth wherever the applicant is: days are whole ones.
SIXTY_DAYS_OVER = timedelta(days=61)
Task = Literal[
    "resolve_quarantine",
    "issue_notice",
    "hand_over_notice",
    "resend_notice",
    "decide_application",
    "review_decision",
    "correct_notice",
]
NEEDED_ACTIONS: Mapping[str, tuple[Action, str]] = {
    "counteroffer_accepted": ("counteroffer", "the decision was no counteroffer"),
    "counteroffer_lapsed": ("counteroffer", "the decision was no counteroffer"),
    "information_received": ("incomplete", "the application was not incomplete"),
}
E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class History:
    """A decision, its notices as issued, and what happened, in any order.

    `is_successor_notified` says whether the notice of the decision that superseded this one was
    handed over.
    """

    decision: Decision
    notices: tuple[Notice, ...] = ()
    events: tuple[Event, ...] = ()
    is_successor_notified: bool = False

    def all_of(self, kind: type[E]) -> tuple[E, ...]:
        """The events of a kind, earliest first."""
        found = [event for event in self.events if isinstance(event, kind)]
        return tuple(sorted(found, key=lambda event: event.at))

    def handed_over_at(self, notice_id: NoticeId) -> datetime | None:
        """When a notice was first handed over: what its lateness is measured by."""
        times = [e.at for e in self.all_of(NoticeHandedOver) if e.notice_id == notice_id]
        return times[0] if times else None

    def is_returned(self, notice_id: NoticeId) -> bool:
        """Whether a notice came back after it was last handed over."""
        trips = [
            event
            for event in sorted(self.events, key=lambda event: event.at)
            if isinstance(event, NoticeHandedOver | NoticeReturned) and event.notice_id == notice_id
        ]
        return bool(trips) and isinstance(trips[-1], NoticeReturned)


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing still to do. `due_at` is None where the law sets no day."""

    task: Task
    duty: Duty | None
    due_at: datetime | None
    basis: str
    notice_id: NoticeId | None = None

    def is_late(self, now: datetime) -> bool:
        """Whether its day has passed."""
        return self.due_at is not None and now > self.due_at


def next_duties(history: History, now: datetime) -> tuple[Owed, ...]:
    """List what is owed, the most urgent first; what has no day comes last.

    Events later than `now` have not happened yet. Pure: the same history owes the same.
    """
    happened = tuple(event for event in history.events if event.at <= now)
    known = History(history.decision, history.notices, happened, history.is_successor_notified)
    owed = [*_first(known), *_deliveries(known), *_answers(known), *_reviews(known)]
    last = datetime.max.replace(tzinfo=now.tzinfo)
    return tuple(sorted(owed, key=lambda o: (o.due_at or last, o.task, str(o.notice_id))))


def duty_to_issue(owed: Owed) -> FirstDuty | None:
    """Return the duty that issuing a notice would meet, if that is what is owed."""
    if owed.task != "issue_notice" or owed.duty is None or owed.due_at is None:
        return None
    return FirstDuty(owed.duty, owed.due_at, owed.basis)


def late_by(history: History, notice: Notice, now: datetime) -> timedelta:
    """How late a notice was handed over, or is while it has not been; zero when in time."""
    reached = history.handed_over_at(notice.id) or now
    return max(reached - notice.due_at, timedelta(0))


def check_event(history: History, event: Event) -> None:
    """Refuse what cannot have happened to this decision. Raises EventRefused."""
    decision = history.decision
    if event.at < decision.received_at:
        raise EventRefused(event.kind, "it lies before the application was received")
    needed = NEEDED_ACTIONS.get(event.kind)
    if needed is not None and decision.action != needed[0]:
        raise EventRefused(event.kind, needed[1])
    match event:
        case Withdrawn() if decision.action in ON_ACCOUNT:
            raise EventRefused(event.kind, "an account is no application")
        case Superseded() if event.by == decision.id:
            raise EventRefused(event.kind, "a decision does not supersede itself")
        case NoticeHandedOver() | NoticeReturned():
            _check_delivery(history, event)
        case _:
            pass


def check_successor(history: History, successor: History) -> None:
    """Refuse a successor that cannot stand in for this decision. Raises EventRefused.

    What supersedes a decision takes over its notice, so it must be about the same person and
    must itself stand: in a circle nobody would be told anything.
    """
    if successor.decision.subject_id != history.decision.subject_id:
        raise EventRefused("superseded", "the other decision is about another person")
    if successor.all_of(Superseded):
        raise EventRefused("superseded", "the other decision was itself superseded")


def _check_delivery(history: History, event: NoticeHandedOver | NoticeReturned) -> None:
    notice = next((n for n in history.notices if n.id == event.notice_id), None)
    if notice is None:
        raise EventRefused(event.kind, "no such notice was issued for this decision")
    if isinstance(event, NoticeReturned):
        if history.handed_over_at(notice.id) is None:
            raise EventRefused(event.kind, "the notice was never handed over")
        return
    if event.method == "electronic" and notice.delivery != "electronic":
        why = "no E-Sign consent of this person is recorded (12 CFR 1002.4(d)(2)); mail it"
        raise EventRefused(event.kind, why)
    if history.handed_over_at(notice.id) is not None and not history.is_returned(notice.id):
        raise EventRefused(event.kind, "the notice was already handed over")


def _first(history: History) -> Iterator[Owed]:
    """The notice that the decision itself makes necessary, while it still does."""
    decision = history.decision
    duty = first_duty(decision)
    if duty is None and decision.status == "quarantined" and not _is_ended(history):
        yield Owed("resolve_quarantine", None, None, "a check failed: see the findings")
        return
    if duty is None or has_fallen_away(history, duty.duty):
        yield from _pricing_after_acceptance(history)
        return
    if any(notice.duty == duty.duty for notice in history.notices):
        return
    task: Task = "resolve_quarantine" if decision.status == "quarantined" else "issue_notice"
    yield Owed(task, duty.duty, duty.due_at, duty.basis)


def has_fallen_away(history: History, duty: Duty) -> bool:
    """Whether what happened has made a notice needless.

    The application was withdrawn (comment 9-2) or superseded by another decision; a counteroffer
    was accepted, which is no adverse action (1002.2(c)(1)(i)) and may be risk-based pricing; or
    what an incomplete application lacked is all there.
    """
    if duty == "incompleteness" and any(e.is_complete for e in history.all_of(InformationReceived)):
        return True
    is_accepted = bool(history.all_of(CounterofferAccepted)) and duty != "risk_based_pricing"
    return is_accepted or _is_ended(history)


def _is_ended(history: History) -> bool:
    return any(isinstance(event, Withdrawn | Superseded) for event in history.events)


def _pricing_after_acceptance(history: History) -> Iterator[Owed]:
    """An accepted counteroffer is credit on less favorable terms (12 CFR 1022.72(a)).

    No notice of risk-based pricing is owed where that of 615(a) was given (1022.74(b)); one
    that was issued and reached nobody was not.
    """
    decision = history.decision
    accepted = history.all_of(CounterofferAccepted)
    if not accepted or _is_ended(history):
        return
    if any(n.duty == "risk_based_pricing" or history.handed_over_at(n.id) for n in history.notices):
        return
    is_consumer = decision.purpose == "consumer" and _is_us(decision)
    if is_consumer and decision.used_an_applicants_report:
        closing = decision.closing
        due = closing.consummation_at or closing.first_transaction_at or accepted[0].at
        yield Owed("issue_notice", "risk_based_pricing", due, "12 CFR 1022.72(a), 1022.73(c)")


def _deliveries(history: History) -> Iterator[Owed]:
    """What was issued and has not reached anyone: issued is not notified (comment 9-3)."""
    for notice in history.notices:
        if has_fallen_away(history, notice.duty):
            continue
        if history.handed_over_at(notice.id) is None:
            basis = "12 CFR 1002.9(a)(1); comment 9-3"
            yield Owed("hand_over_notice", notice.duty, notice.due_at, basis, notice.id)
        elif history.is_returned(notice.id):
            basis = "comment 9-3: the last known address"
            yield Owed("resend_notice", notice.duty, notice.due_at, basis, notice.id)


def _answers(history: History) -> Iterator[Owed]:
    """Answers to what the applicant asked for or sent."""
    if history.all_of(Superseded):
        return
    for received in history.all_of(InformationReceived)[-1:]:
        if received.is_complete and not history.all_of(Withdrawn):
            due = received.at + THIRTY_DAYS
            yield Owed("decide_application", None, due, "12 CFR 1002.9(a)(1)(i)")
    given = [notice for notice in history.notices if notice.form in ECOA_FORMS and notice.reasons]
    requests = history.all_of(ReasonsRequested)
    if given or not requests or not history.decision.is_adverse or not _is_us(history.decision):
        return
    if history.all_of(CounterofferAccepted):
        return  # no adverse action was taken (1002.2(c)(1)(i))
    if _is_in_time(history, requests[0]):
        due = requests[0].at + THIRTY_DAYS
        basis = "12 CFR 1002.9(a)(2)(ii), (a)(3)"
        yield Owed("issue_notice", "statement_of_reasons", due, basis)


def _is_in_time(history: History, request: ReasonsRequested) -> bool:
    """Within 60 days of the notification, which an undelivered notice has not begun."""
    told = [history.handed_over_at(notice.id) for notice in history.notices]
    notified = [at for at in told if at is not None]
    return not notified or request.at < min(notified) + SIXTY_DAYS_OVER


def _reviews(history: History) -> Iterator[Owed]:
    superseded: Sequence[Superseded] = history.all_of(Superseded)
    if superseded:
        was_told = any(history.handed_over_at(notice.id) for notice in history.notices)
        done = any(e.at >= superseded[0].at for e in history.all_of(ReviewConcluded))
        if was_told and not history.is_successor_notified and not done:
            due = superseded[0].at + THIRTY_DAYS
            yield Owed("correct_notice", "corrected_notice", due, "12 CFR 1002.9(a)(1), (b)(2)")
        return
    requested, concluded = history.all_of(ReviewRequested), history.all_of(ReviewConcluded)
    if requested and not (concluded and concluded[-1].at >= requested[-1].at):
        at = requested[-1].at
        if _is_us(history.decision):
            yield Owed("review_decision", None, None, "the creditor's own undertaking")
        else:
            basis = "GDPR Art. 12(3), 22(3); UK GDPR Art. 22C(2)"
            yield Owed("review_decision", None, one_month_after(at), basis)


def _is_us(decision: Decision) -> bool:
    return decision.jurisdiction == "US-federal"
