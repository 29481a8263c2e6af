"""Erase a person's data where the law no longer has it kept; place and lift legal holds."""

from app.db import decisions, events, holds, referrals, subjects
from app.db.engine import Sessions, Tx
from app.domain.access import Actor
from app.domain.audit import AuditEvent
from app.domain.errors import ErasureRefused, SubjectNotFound
from app.domain.histories import next_duties
from app.domain.ids import DecisionId, EventId
from app.domain.retention import Kept, why_not_erased
from app.use_cases.ports import Clock, NewId


async def erase_subject(
    reference: str, *, actor: Actor, sessions: Sessions, clock: Clock, new_id: NewId
) -> int:
    """Destroy the key of the person with this reference; return how many decisions it sealed.

    What is in clear (codes, dates, hashes, the audit trail) stays, so every chain and count
    still holds. Raises SubjectNotFound, or ErasureRefused with all that stands against it.
    """
    at = clock()
    async with sessions.begin(actor.tenant_id) as tx:
        subject_id = await subjects.find(tx, reference)
        if subject_id is None:
            raise SubjectNotFound
        decided = await decisions.find_of_subject(tx, subject_id)
        records = [await _kept(tx, decision_id, clock) for decision_id in decided]
        reasons = list(why_not_erased(records, at))
        if await referrals.is_waiting(tx, subject_id):
            reasons.append("an application waits for a decision (12 CFR 1002.9(a)(1))")
        if reasons:
            raise ErasureRefused(reasons)
        event = AuditEvent(
            id=EventId(new_id()),
            tenant_id=actor.tenant_id,
            actor=actor.name,
            action="subject.erased",
            subject=subject_id,
            at=at,
            details=(("decisions", str(len(decided))),),
        )
        await subjects.erase(tx, subject_id, event=event)
    return len(decided)


async def set_hold(
    decision_id: DecisionId,
    why: str | None,
    *,
    actor: Actor,
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
) -> None:
    """Place a hold for a reason, or lift every hold where `why` is None."""
    event = AuditEvent(
        id=EventId(new_id()),
        tenant_id=actor.tenant_id,
        actor=actor.name,
        action="hold.lifted" if why is None else "hold.placed",
        subject=decision_id,
        at=clock(),
    )
    async with sessions.begin(actor.tenant_id) as tx:
        await decisions.get(tx, decision_id)
        if why is None:
            await holds.lift(tx, decision_id, event=event)
        else:
            await holds.place(tx, decision_id, why, hold_id=EventId(new_id()), event=event)


async def _kept(tx: Tx, decision_id: DecisionId, clock: Clock) -> Kept:
    """The time runs from the notice's handing over, or from the decision where none was owed."""
    history = await events.get_history(tx, decision_id)
    handed = [history.handed_over_at(notice.id) for notice in history.notices]
    told = [at for at in handed if at is not None]
    open_ = next_duties(history, clock())
    return Kept(
        history.decision.purpose,
        max([history.decision.decided_at, *told]),
        is_on_hold=await holds.is_on_hold(tx, decision_id),
        # What is no more than a failed check of ours keeps nobody's data.
        is_settled=all(owed.task == "resolve_quarantine" and owed.duty is None for owed in open_),
    )
