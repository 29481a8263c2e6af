"""Record a decision that another system made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.db import decisions, idempotency, jobs, outbox, referrals, registrations, subjects
from app.db.engine import Sessions, Tx
from app.domain.access import Actor
from app.domain.answers import KeyedRequest
from app.domain.audit import AuditEvent
from app.domain.catalogue import Catalogue
from app.domain.decisions import Decision
from app.domain.duties import first_duty, notice_due
from app.domain.ids import DecisionId, EventId, MessageId, SubjectId
from app.domain.recording import Submission, decide_reasons
from app.domain.webhooks import Message, decision_recorded, review_needed
from app.use_cases.ports import Clock, NewId


@dataclass(frozen=True, slots=True)
class RequestIdentity:
    """What makes two requests the same request."""

    idempotency_key: str | None
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Recorded:
    """The decision that stands, and whether this request made it."""

    decision: Decision
    is_new: bool


async def record_decision(
    submission: Submission,
    *,
    request: RequestIdentity,
    actor: Actor,
    sessions: Sessions,
    catalogue: Catalogue,
    clock: Clock,
    new_id: NewId,
    trace: Mapping[str, str],
) -> Recorded:
    """Store a decision with its principal reasons and the work it makes necessary, at once.

    A well-formed decision that fails a check is stored as quarantined: compliance sees it with
    its due date, and nobody explains it. Raises InvalidFields, UnknownModel, ExternalIdTaken or
    IdempotencyKeyReused; nothing is stored then.
    """
    async with sessions.begin(actor.tenant_id) as tx:
        return await record_in(
            tx,
            submission,
            request=request,
            actor=actor,
            catalogue=catalogue,
            clock=clock,
            new_id=new_id,
            trace=trace,
        )


async def record_in(
    tx: Tx,
    submission: Submission,
    *,
    request: RequestIdentity,
    actor: Actor,
    catalogue: Catalogue,
    clock: Clock,
    new_id: NewId,
    trace: Mapping[str, str],
) -> Recorded:
    """Do what `record_decision` does in a transaction that is open; a refusal is to undo it."""
    standing = await decisions.find_first_answer(
        tx,
        idempotency_key=request.idempotency_key,
        external_id=submission.external_id,
        request_sha256=request.sha256,
        at=clock(),
    )
    if standing is not None:
        await _keep_key(tx, request, standing, clock)
        return Recorded(await decisions.get(tx, standing), is_new=False)
    model = submission.model
    registration = None if model is None else await registrations.get(tx, model.name, model.version)
    now = clock()
    subject_id = await subjects.ensure(
        tx, _reference(submission), new_id=SubjectId(new_id()), at=now
    )
    decision = decide_reasons(
        submission,
        registration,
        catalogue,
        decision_id=DecisionId(new_id()),
        tenant_id=actor.tenant_id,
        subject_id=subject_id,
        now=now,
    )
    event = AuditEvent(
        id=EventId(new_id()),
        tenant_id=actor.tenant_id,
        actor=actor.name,
        action=f"decision.{decision.status}",
        subject=decision.id,
        at=now,
        details=(("action", decision.action), ("external_id", decision.external_id)),
    )
    recorded = await decisions.record(
        tx,
        decision,
        idempotency_key=request.idempotency_key,
        request_sha256=request.sha256,
        notice_due_at=notice_due(decision),
        event=event,
    )
    if recorded != decision.id:
        return Recorded(await decisions.get(tx, recorded), is_new=False)
    await referrals.settle(tx, decision.external_id, decision.id)
    await _enqueue_duties(tx, decision, trace)
    await outbox.append(tx, *_messages(decision, now, new_id), trace=trace)
    return Recorded(decision, is_new=True)


async def _keep_key(tx: Tx, request: RequestIdentity, standing: DecisionId, clock: Clock) -> None:
    """A decision that stood before its request brought a key: the key stands for it from now."""
    if request.idempotency_key is not None:
        keyed = KeyedRequest(request.idempotency_key, request.sha256)
        await idempotency.keep_decision(tx, keyed, standing, at=clock())


def _reference(submission: Submission) -> str:
    primary = next((a for a in submission.applicants if a.role == "primary"), None)
    return (primary or submission.applicants[0]).reference


async def _enqueue_duties(tx: Tx, decision: Decision, trace: Mapping[str, str]) -> None:
    """The notice never waits for the explanation: they are two jobs."""
    kinds: list[jobs.DecisionJobKind] = []
    if decision.status == "recorded" and first_duty(decision) is not None:
        kinds.append("issue-notice")
    if decision.is_explained:
        kinds.append("explain-decision")
    owed = [jobs.DecisionJob(kind, decision.tenant_id, decision.id) for kind in kinds]
    await jobs.enqueue(tx, *owed, trace=trace)


def _messages(decision: Decision, at: datetime, new_id: NewId) -> list[Message]:
    told = [decision_recorded(decision, MessageId(new_id()), at)]
    if decision.status == "quarantined":
        due_at = notice_due(decision)
        message_id = MessageId(new_id())
        told.append(review_needed(decision.id, "quarantined", message_id, at, due_at=due_at))
    return told
