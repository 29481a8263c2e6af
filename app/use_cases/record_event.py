"""Record what happened after a decision, and issue what it makes necessary."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.db import events
from app.db.engine import Sessions, Tx
from app.domain.access import Actor
from app.domain.audit import AuditEvent
from app.domain.catalogue import Catalogue
from app.domain.errors import FieldProblem, InvalidFields
from app.domain.events import Event, Superseded
from app.domain.histories import (
    History,
    Owed,
    check_event,
    check_successor,
    duty_to_issue,
    next_duties,
)
from app.domain.ids import DecisionId, EventId
from app.domain.impossible import CLOCK_SKEW
from app.use_cases.issue_notice import issue
from app.use_cases.ports import Clock, NewId

BATCH = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """A decision's history, and what is owed because of it."""

    history: History
    owed: tuple[Owed, ...]


async def record_event(
    decision_id: DecisionId,
    event: Event,
    *,
    actor: Actor,
    sessions: Sessions,
    catalogue: Catalogue,
    clock: Clock,
    new_id: NewId,
) -> Standing:
    """Append an event; the same event told twice is recorded once.

    A statement of reasons or a risk-based pricing notice that it makes necessary is issued in
    the same transaction. Raises DecisionNotFound, EventRefused or InvalidFields.
    """
    at = clock()
    if event.at > at + CLOCK_SKEW:
        raise InvalidFields([FieldProblem("/at", "lies in the future")])
    async with sessions.begin(actor.tenant_id) as tx:
        other = [event.by] if isinstance(event, Superseded) else []
        await events.lock(tx, decision_id, *other)
        history = await events.get_history(tx, decision_id)
        if event not in history.events:
            check_event(history, event)
            if isinstance(event, Superseded):
                check_successor(history, await events.get_history(tx, event.by))
            audited = AuditEvent(
                id=EventId(new_id()),
                tenant_id=actor.tenant_id,
                actor=actor.name,
                action=f"event.{event.kind}",
                subject=decision_id,
                at=at,
            )
            await events.append(tx, decision_id, event, event_id=EventId(new_id()), audited=audited)
            history = await events.get_history(tx, decision_id)
            history = await _issue_owed(tx, history, catalogue, actor, clock, new_id)
    return Standing(history, next_duties(history, max(at, event.at)))


async def view_standing(
    decision_id: DecisionId, *, actor: Actor, sessions: Sessions, clock: Clock
) -> Standing:
    """Read what happened to a decision and what is owed. Raises DecisionNotFound."""
    async with sessions.begin(actor.tenant_id) as tx:
        history = await events.get_history(tx, decision_id)
    return Standing(history, next_duties(history, clock()))


async def list_work(
    *, actor: Actor, sessions: Sessions, clock: Clock, limit: int
) -> Sequence[Standing]:
    """List decisions on which something is owed, the most urgent first."""
    now = clock()
    standings: list[Standing] = []
    read = 0
    async with sessions.begin(actor.tenant_id) as tx:
        while found := await events.find_open(tx, limit=BATCH, skip=read):
            read += len(found)
            for open_id in found:
                history = await events.get_history(tx, open_id)
                owed = next_duties(history, now)
                if owed:
                    standings.append(Standing(history, owed))
                if len(standings) == limit:
                    return standings
    return standings


async def _issue_owed(
    tx: Tx, history: History, catalogue: Catalogue, actor: Actor, clock: Clock, new_id: NewId
) -> History:
    """Issue the notices that an event has made necessary; a quarantined decision gets none."""
    decision = history.decision
    if decision.status == "quarantined":
        return history
    for owed in next_duties(history, clock() + CLOCK_SKEW + timedelta(seconds=1)):
        duty = duty_to_issue(owed)
        if duty is not None:
            await issue(
                tx,
                decision,
                duty,
                catalogue=catalogue,
                actor=actor.name,
                clock=clock,
                new_id=new_id,
            )
    return await events.get_history(tx, decision.id)
