"""What is owed after a decision, example by example and over any history."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.decisions import Closing, Decision
from app.domain.duties import FirstDuty
from app.domain.errors import EventRefused
from app.domain.events import (
    CounterofferAccepted,
    CounterofferLapsed,
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
from app.domain.histories import History, check_event, check_successor, late_by, next_duties
from app.domain.ids import DecisionId, NoticeId, SubjectId
from app.domain.parties import Applicant, Delivery
from tests.domain.kinds_of_notice import ANN, KINDS, RECEIVED, compose, decision

DAY = timedelta(days=1)
NOW = RECEIVED + 100 * DAY
OTHER = DecisionId(UUID(int=77))


def owed(history: History, now: datetime = NOW) -> list[tuple[str, str | None, int | None]]:
    """What is owed, with its due day counted from the day of receipt."""
    return [
        (o.task, o.duty, None if o.due_at is None else (o.due_at - RECEIVED).days)
        for o in next_duties(history, now)
    ]


def told(made: Decision, *events: Event, on: int = 6) -> History:
    """A decision whose notice was issued and handed over on a day."""
    notices = compose(made)
    handed = tuple(NoticeHandedOver(RECEIVED + on * DAY, notice.id) for notice in notices)
    return History(made, notices, (*handed, *events))


def test_a_decision_owes_its_notice_until_it_is_handed_over() -> None:
    made = decision()
    assert owed(History(made)) == [("issue_notice", "adverse_action", 32)]
    assert owed(History(made, compose(made))) == [("hand_over_notice", "adverse_action", 32)]
    assert owed(told(made)) == []


def test_lateness_is_measured_at_the_handing_over() -> None:
    made = decision()
    in_time, late = told(made, on=32), told(made, on=35)
    (notice,) = in_time.notices
    assert late_by(in_time, notice, NOW) == timedelta(0)
    assert late_by(late, notice, NOW) == 3 * DAY
    assert late_by(History(made, (notice,)), notice, RECEIVED + 33 * DAY) == DAY


def test_a_returned_notice_is_sent_again() -> None:
    made = decision()
    (notice,) = compose(made)
    returned = NoticeReturned(RECEIVED + 20 * DAY, notice.id)
    assert owed(told(made, returned)) == [("resend_notice", "adverse_action", 32)]
    again = NoticeHandedOver(RECEIVED + 21 * DAY, notice.id)
    assert owed(told(made, returned, again)) == []


@pytest.mark.parametrize(("asked_on", "is_owed"), [(66, True), (66 + 23 / 24, True), (67, False)])
def test_reasons_are_owed_within_thirty_days_if_asked_for_within_sixty(
    asked_on: float, *, is_owed: bool
) -> None:
    """Days are whole ones: the sixtieth is not over at the hour of the notification."""
    made = decision(reasons_given="on_request")
    asked = ReasonsRequested(RECEIVED + asked_on * DAY)
    expected = [("issue_notice", "statement_of_reasons", int(asked_on) + 30)] if is_owed else []
    assert owed(told(made, asked)) == expected


def test_reasons_already_given_are_not_owed_again() -> None:
    assert owed(told(decision(), ReasonsRequested(RECEIVED + 10 * DAY))) == []


def test_large_businesses_too_get_reasons_when_they_ask() -> None:
    made = KINDS["c8-large-business"]()
    asked = ReasonsRequested(RECEIVED + 10 * DAY)
    assert owed(told(made, asked)) == [("issue_notice", "statement_of_reasons", 40)]


def test_a_combined_counteroffer_needs_no_second_notice_when_it_lapses() -> None:
    made = KINDS["c4-counteroffer"]()
    assert owed(told(made, CounterofferLapsed(RECEIVED + 90 * DAY))) == []


def test_an_accepted_counteroffer_is_no_adverse_action_but_may_be_risk_based_pricing() -> None:
    accepted = CounterofferAccepted(RECEIVED + 7 * DAY)
    with_report = KINDS["c4-counteroffer"]()
    assert owed(History(with_report, (), (accepted,))) == [
        ("issue_notice", "risk_based_pricing", 7)
    ]
    # 1022.74(b): the notice of 615(a) was given already
    assert owed(told(with_report, accepted)) == []
    without = decision(action="counteroffer", offered=with_report.offered)
    assert owed(History(without, (), (accepted,))) == []


def test_what_is_owed_on_acceptance_is_delivered_and_no_denial_is() -> None:
    made = KINDS["c4-counteroffer"]()
    accepted = CounterofferAccepted(RECEIVED + 7 * DAY)
    undelivered = History(made, compose(made), (accepted,))
    # 1022.74(b) needs a notice of 615(a) that was given, not one that lies in the print queue.
    assert owed(undelivered) == [("issue_notice", "risk_based_pricing", 7)]
    due = FirstDuty("risk_based_pricing", accepted.at, "")
    pricing = compose(made, owed=due)
    assert pricing[0].form == "H-1"
    issued = replace(undelivered, notices=(*undelivered.notices, *pricing))
    assert owed(issued) == [("hand_over_notice", "risk_based_pricing", 7)]
    handed = NoticeHandedOver(RECEIVED + 7 * DAY, pricing[0].id)
    assert owed(replace(issued, events=(accepted, handed))) == []
    first = Closing(first_transaction_at=RECEIVED + 9 * DAY)
    open_end = replace(undelivered, decision=replace(made, closing=first))
    assert owed(open_end) == [("issue_notice", "risk_based_pricing", 9)]


def test_nobody_is_asked_for_what_has_arrived() -> None:
    made = KINDS["c6-incompleteness"]()
    arrived = InformationReceived(RECEIVED + 8 * DAY)
    for notices in ((), compose(made)):
        assert owed(History(made, notices, (arrived,))) == [("decide_application", None, 38)]


def test_a_quarantined_approval_waits_for_a_person_though_no_notice_is_due() -> None:
    made = decision(action="approved", status="quarantined", reasons=())
    assert owed(History(made)) == [("resolve_quarantine", None, None)]
    assert owed(History(made, (), (Superseded(RECEIVED + DAY, OTHER),))) == []


def test_a_returned_letter_that_has_become_needless_is_not_sent_again() -> None:
    made = KINDS["c4-counteroffer"]()
    (notice,) = compose(made)
    returned = NoticeReturned(RECEIVED + 20 * DAY, notice.id)
    accepted = CounterofferAccepted(RECEIVED + 19 * DAY)
    assert owed(told(made, returned, accepted)) == []


def test_a_successor_is_about_the_same_person_and_stands() -> None:
    made = History(decision())
    successor = History(decision(id=OTHER))
    check_successor(made, successor)
    anothers = History(decision(id=OTHER, subject_id=SubjectId(UUID(int=9))))
    with pytest.raises(EventRefused, match="another person"):
        check_successor(made, anothers)
    gone = replace(successor, events=(Superseded(RECEIVED + 9 * DAY, made.decision.id),))
    with pytest.raises(EventRefused, match="itself superseded"):
        check_successor(made, gone)


def test_an_overturning_approval_is_told_and_then_settled() -> None:
    at = RECEIVED + 50 * DAY
    overturned = told(decision(), Superseded(at, OTHER), ReviewConcluded(at + DAY))
    assert owed(overturned) == []


def test_information_that_completes_an_application_starts_thirty_days() -> None:
    made = KINDS["c6-incompleteness"]()
    part = InformationReceived(RECEIVED + 8 * DAY, is_complete=False)
    rest = InformationReceived(RECEIVED + 9 * DAY)
    assert owed(told(made, part)) == []
    assert owed(told(made, part, rest)) == [("decide_application", None, 39)]
    assert owed(told(made, rest, Superseded(RECEIVED + 12 * DAY, OTHER))) == [
        ("correct_notice", "corrected_notice", 42)
    ]


def test_a_withdrawn_application_needs_no_notice() -> None:
    assert owed(History(decision(), (), (Withdrawn(RECEIVED + DAY),))) == []


def test_a_quarantined_decision_waits_for_a_person_by_its_due_day() -> None:
    made = decision(status="quarantined", reasons=())
    assert owed(History(made)) == [("resolve_quarantine", "adverse_action", 32)]
    assert owed(History(made, (), (Superseded(RECEIVED + DAY, OTHER),))) == []


def test_an_overturned_decision_is_corrected_until_its_successor_is_notified() -> None:
    overturned = told(decision(), Superseded(RECEIVED + 50 * DAY, OTHER))
    assert owed(overturned) == [("correct_notice", "corrected_notice", 80)]
    done = History(overturned.decision, overturned.notices, overturned.events, True)  # noqa: FBT003 -- the last field
    assert owed(done) == []


def test_a_review_is_owed_within_a_month_in_europe() -> None:
    made = KINDS["gdpr"]()
    asked = ReviewRequested(datetime(2027, 1, 31, tzinfo=UTC))
    (review,) = next_duties(told(made, asked), asked.at)
    assert review.task == "review_decision"
    assert review.due_at == datetime(2027, 2, 28, tzinfo=UTC)
    assert owed(told(made, asked, ReviewConcluded(asked.at + DAY)), asked.at + DAY) == []
    american = next_duties(told(decision(), ReviewRequested(RECEIVED + 9 * DAY)), NOW)
    assert [(o.task, o.due_at) for o in american] == [("review_decision", None)]


def test_an_event_that_cannot_have_happened_is_refused() -> None:
    made = decision()
    (notice,) = compose(made)
    sent = NoticeHandedOver(RECEIVED + 6 * DAY, notice.id)
    unknown = NoticeId(UUID(int=5))
    at = RECEIVED + 7 * DAY
    for event in (
        CounterofferAccepted(at),
        CounterofferLapsed(at),
        InformationReceived(at),
        Superseded(at, made.id),
        NoticeHandedOver(at, unknown),
        NoticeHandedOver(at, notice.id, "electronic"),
        NoticeHandedOver(at, notice.id),
        NoticeReturned(at, unknown),
        Withdrawn(RECEIVED - DAY),
    ):
        with pytest.raises(EventRefused):
            check_event(History(made, (notice,), (sent,)), event)
    with pytest.raises(EventRefused):
        check_event(History(made, (notice,)), NoticeReturned(at, notice.id))
    with pytest.raises(EventRefused):
        check_event(History(KINDS["account-terminated"]()), Withdrawn(at))


def test_electronic_delivery_needs_consent() -> None:
    consented = Delivery("electronic", RECEIVED)
    made = decision(applicants=(Applicant("primary", "r", "Ann", "1 Road", delivery=consented),))
    (notice,) = compose(made)
    check_event(History(made, (notice,)), NoticeHandedOver(RECEIVED + DAY, notice.id, "electronic"))
    unasked = Applicant("primary", "r", "Ann", "1 Road", delivery=Delivery("electronic"))
    assert compose(decision(applicants=(unasked,)))[0].delivery == "mail"


@st.composite
def histories(draw: st.DrawFn) -> History:
    made = KINDS[draw(st.sampled_from(sorted(KINDS)))]()
    if draw(st.booleans()):
        made = decision(action="approved", reasons=(), requested=made.requested)
    issued = compose(made) if made.action != "approved" and draw(st.booleans()) else ()
    ids = st.sampled_from([n.id for n in issued]) if issued else st.nothing()
    at = st.integers(0, 200).map(lambda day: RECEIVED + day * DAY)
    kinds = [
        st.builds(kind, at)
        for kind in (
            ReasonsRequested,
            CounterofferAccepted,
            CounterofferLapsed,
            InformationReceived,
            Withdrawn,
            ReviewRequested,
            ReviewConcluded,
        )
    ]
    kinds.append(st.builds(Superseded, at, st.just(OTHER)))
    if issued:
        kinds += [st.builds(NoticeHandedOver, at, ids), st.builds(NoticeReturned, at, ids)]
    events: list[Event] = draw(st.lists(st.one_of(kinds), max_size=8))  # type: ignore[arg-type] # likewise
    return History(made, issued, tuple(events))


@given(histories(), st.integers(0, 250), st.randoms())
def test_over_any_history(history: History, day: int, random: object) -> None:
    now = RECEIVED + day * DAY
    duties = next_duties(history, now)

    shuffled = list(history.events)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # a Random
    assert {
        o.task
        for o in next_duties(History(history.decision, history.notices, tuple(shuffled)), now)
    } == {o.task for o in duties}
    assert len(duties) == len(set(duties))
    dated = [o.due_at for o in duties if o.due_at is not None]
    assert dated == sorted(dated)
    for item in duties:
        assert item.basis
        if item.due_at is not None:
            assert item.due_at >= RECEIVED
        if item.task in {"hand_over_notice", "resend_notice"}:
            assert item.notice_id in {notice.id for notice in history.notices}
    superseded = any(isinstance(e, Superseded) and e.at <= now for e in history.events)
    if superseded:
        assert {o.task for o in duties} <= {"correct_notice"}
    if not history.decision.is_adverse:
        assert "statement_of_reasons" not in {o.duty for o in duties}
    future = [e for e in history.events if e.at > now]
    past = tuple(e for e in history.events if e not in future)
    assert next_duties(History(history.decision, history.notices, past), now) == duties


@given(histories())
def test_handing_everything_over_settles_every_delivery(history: History) -> None:
    end = RECEIVED + 300 * DAY
    handed = tuple(NoticeHandedOver(end, notice.id) for notice in history.notices)
    settled = History(history.decision, history.notices, (*history.events, *handed))
    tasks = {o.task for o in next_duties(settled, end)}
    assert not tasks & {"hand_over_notice", "resend_notice"}


def test_amounts_stay_decimal() -> None:
    assert isinstance(KINDS["c4-counteroffer"]().requested.amount, Decimal)
    assert ANN.delivery.effective_method == "mail"
