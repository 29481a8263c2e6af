"""What customers do with their own decision: read it, and ask for a person to look again."""

from dataclasses import dataclass

from app.db import decisions, events, explanations, registrations
from app.db.engine import Sessions
from app.domain.catalogue import Catalogue
from app.domain.customers import Customer
from app.domain.decisions import Decision
from app.domain.events import ReviewRequested
from app.domain.explanation import Language
from app.domain.histories import History, Owed, Task, next_duties
from app.domain.view_building import claims_of, customer_view
from app.domain.views import CustomerView
from app.use_cases.ports import Clock, NewId
from app.use_cases.record_event import record_event

# What is owed to the customer; resolving a quarantine is owed to nobody outside.
OWED_TO_CUSTOMERS: frozenset[Task] = frozenset(
    {
        "issue_notice",
        "hand_over_notice",
        "resend_notice",
        "decide_application",
        "review_decision",
        "correct_notice",
    }
)


@dataclass(frozen=True, slots=True)
class OwnDecision:
    """A decision as its customer sees it. `view` is None while, or where, nothing is explained."""

    decision: Decision
    view: CustomerView | None
    owed: tuple[Owed, ...]


async def view_own_decision(
    customer: Customer,
    *,
    language: Language,
    sessions: Sessions,
    catalogue: Catalogue,
    clock: Clock,
) -> OwnDecision:
    """Read the decision of the customer's session. Raises SubjectErased once it is erased."""
    async with sessions.begin(customer.tenant_id) as tx:
        decision_id = customer.session.decision_id
        history = await events.get_history(tx, decision_id)
        decision = history.decision
        found = await explanations.find_current(tx, decision_id, "customer", language)
        view = None
        if found is not None:
            model = decision.model
            registration = (
                None if model is None else await registrations.get(tx, model.name, model.version)
            )
            claims = claims_of(decision, registration, catalogue)
            view = customer_view(decision, claims, catalogue, found)
    return OwnDecision(decision, view, _owed(history, customer, clock))


async def request_own_review(
    customer: Customer, *, sessions: Sessions, catalogue: Catalogue, clock: Clock, new_id: NewId
) -> Owed | None:
    """Have a person look at the decision again; asked while that is owed, it stays one request.

    Returns what is owed because of it, which is nothing once the decision was superseded.
    """
    decision_id = customer.session.decision_id
    async with sessions.begin(customer.tenant_id) as tx:
        await decisions.get(tx, decision_id)
        history = await events.get_history(tx, decision_id)
    if _review(_owed(history, customer, clock)) is None:
        standing = await record_event(
            decision_id,
            ReviewRequested(clock()),
            actor=customer,
            sessions=sessions,
            catalogue=catalogue,
            clock=clock,
            new_id=new_id,
        )
        history = standing.history
    return _review(_owed(history, customer, clock))


def _review(owed: tuple[Owed, ...]) -> Owed | None:
    return next((each for each in owed if each.task == "review_decision"), None)


def _owed(history: History, customer: Customer, clock: Clock) -> tuple[Owed, ...]:
    own = {n.id for n in history.notices if n.addressee == customer.session.addressee}
    return tuple(
        owed
        for owed in next_duties(history, clock())
        if owed.task in OWED_TO_CUSTOMERS and (owed.notice_id is None or owed.notice_id in own)
    )
