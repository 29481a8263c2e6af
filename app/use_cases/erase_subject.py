"""Erase a person's data where the law no longer has it kept; place and lift legal holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.db import decisions, due_dates, events, holds, referrals, subjects, tenants
from app.db.engine import Sessions, Tx
from app.domain.access import Actor
from app.domain.audit import AuditEvent
from app.domain.errors import ErasureRefused, SubjectNotFound
from app.domain.histories import next_duties
from app.domain.ids import DecisionId, EventId, SubjectId, TenantId
from app.domain.retention import Kept, kept_until, months_after, why_not_erased
from app.use_cases.ports import Clock, NewId

RETENTION = "retention"  # the actor of erasures that no person asked for
BATCH = 100


async def erase_subject(
    reference: str, *, actor: Actor, sessions: Sessions, clock: Clock, new_id: NewId
) -> int:
    """Destroy the key of the person with this reference; return how many decisions it sealed.

    What is in clear (codes, dates, hashes, the audit trail) stays, so every chain and count
    still holds. Raises SubjectNotFound, or ErasureRefused with all that stands against it.
    """
    async with sessions.begin(actor.tenant_id) as tx:
        subject_id = await subjects.find(tx, reference)
        if subject_id is None:
            raise SubjectNotFound
        held = await _held(tx, subject_id, clock)
        reasons = list(why_not_erased(held.records, clock()))
        if held.is_waiting:
            reasons.append("an application waits for a decision (12 CFR 1002.9(a)(1))")
        if reasons:
            raise ErasureRefused(reasons)
        await _erase(tx, subject_id, held, by=actor.name, clock=clock, new_id=new_id)
    return len(held.records)


async def erase_what_is_kept_no_longer(
    tenant_id: TenantId, *, sessions: Sessions, clock: Clock, new_id: NewId
) -> int:
    """Erase the people whose every record has outlived the tenant's retention; return how many.

    Only where the creditor profile says so. What stands against an erasure that somebody asks for
    stands against this one.
    """
    async with sessions.begin(tenant_id) as tx:
        creditor = await tenants.get_creditor(tx)
    if not creditor.erase_after_retention:
        return 0
    before = months_after(clock(), -creditor.retention_months)
    erased, after = 0, SubjectId(UUID(int=0))
    while True:
        async with sessions.begin(tenant_id) as tx:
            page = await due_dates.page_kept_since(tx, before=before, after=after, limit=BATCH)
        for subject_id in page:
            async with sessions.begin(tenant_id) as tx:
                await subjects.lock(tx, subject_id)
                held = await _held(tx, subject_id, clock)
                if held.is_over(clock(), creditor.retention_months):
                    await _erase(tx, subject_id, held, by=RETENTION, clock=clock, new_id=new_id)
                    erased += 1
        if len(page) < BATCH:
            return erased
        after = page[-1]


@dataclass(frozen=True, slots=True)
class _Held:
    """What is held about a person, and whether an application of theirs waits."""

    records: Sequence[Kept]
    is_waiting: bool

    def is_over(self, now: datetime, retention_months: int) -> bool:
        """Whether the tenant keeps none of it any more."""
        return (
            not self.is_waiting
            and not why_not_erased(self.records, now)
            and all(kept_until(record, retention_months) <= now for record in self.records)
        )


async def _held(tx: Tx, subject_id: SubjectId, clock: Clock) -> _Held:
    decided = await decisions.find_of_subject(tx, subject_id)
    records = [await _kept(tx, decision_id, clock) for decision_id in decided]
    return _Held(records, await referrals.is_waiting(tx, subject_id))


async def _erase(
    tx: Tx, subject_id: SubjectId, held: _Held, *, by: str, clock: Clock, new_id: NewId
) -> None:
    event = AuditEvent(
        id=EventId(new_id()),
        tenant_id=tx.tenant_id,
        actor=by,
        action="subject.erased",
        subject=subject_id,
        at=clock(),
        details=(("decisions", str(len(held.records))),),
    )
    await subjects.erase(tx, subject_id, event=event)


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
