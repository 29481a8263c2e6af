"""Decisions: inserted once, read by id, by external id or page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.db import audit, idempotency, subjects
from app.db.codec import from_json, to_json
from app.db.engine import Tx
from app.db.tables import decision_keys, decisions
from app.domain.answers import KeyedRequest
from app.domain.audit import AuditEvent
from app.domain.decisions import Action, Decision
from app.domain.errors import DecisionNotFound, ExternalIdTaken
from app.domain.ids import DecisionId, SubjectId


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision as a list shows it: nothing personal."""

    id: DecisionId
    external_id: str
    action: Action
    product: str
    reason_codes: tuple[str, ...]
    decided_at: datetime
    notice_due_at: datetime | None


async def find_first_answer(
    tx: Tx,
    *,
    idempotency_key: str | None,
    external_id: str,
    request_sha256: bytes,
    at: datetime,
) -> DecisionId | None:
    """Find the decision that this request already made.

    Raises IdempotencyKeyReused or ExternalIdTaken when another request made it.
    """
    if idempotency_key is not None:
        request = KeyedRequest(idempotency_key, request_sha256)
        answered = await idempotency.find_decision(tx, request, at=at)
        if answered is not None:
            return answered
    return await _find_by_external_id(tx, external_id, request_sha256)


async def record(
    tx: Tx,
    decision: Decision,
    *,
    idempotency_key: str | None,
    request_sha256: bytes,
    notice_due_at: datetime | None,
    event: AuditEvent,
) -> DecisionId:
    """Insert a decision unless the same request already did; return the one that stands.

    Two requests at once are settled by the key tables: the later waits for the earlier's
    commit and then finds its answer. Raises ExternalIdTaken or IdempotencyKeyReused.
    """
    claimed = await tx.session.execute(
        insert(decision_keys)
        .values(
            tenant_id=tx.tenant_id,
            external_id=decision.external_id,
            decision_id=decision.id,
            request_sha256=request_sha256,
        )
        .on_conflict_do_nothing()
        .returning(decision_keys.c.decision_id)
    )
    if claimed.one_or_none() is None:
        standing = await _find_by_external_id(tx, decision.external_id, request_sha256)
        if standing is None:
            raise DecisionNotFound(decision.external_id)
        return standing
    if idempotency_key is not None:
        request = KeyedRequest(idempotency_key, request_sha256)
        await idempotency.keep_decision(tx, request, decision.id, at=event.at)
    await tx.session.execute(
        insert(decisions).values(
            id=decision.id,
            tenant_id=tx.tenant_id,
            subject_id=decision.subject_id,
            external_id=decision.external_id,
            action=decision.action,
            status=decision.status,
            product=decision.product,
            reason_codes=[reason.code for reason in decision.reasons],
            findings=list(decision.findings),
            decided_at=decision.decided_at,
            notice_due_at=notice_due_at,
            sealed=await subjects.seal(tx, decision.subject_id, to_json(decision)),
            recorded_at=event.at,
        )
    )
    await audit.append(tx, event)
    return decision.id


async def get(tx: Tx, decision_id: DecisionId) -> Decision:
    """Read a decision whole. Raises DecisionNotFound."""
    found = await tx.session.execute(
        select(decisions.c.subject_id, decisions.c.sealed).where(decisions.c.id == decision_id)
    )
    row = found.one_or_none()
    if row is None:
        raise DecisionNotFound(decision_id)
    opened = await subjects.unseal(tx, SubjectId(row.subject_id), bytes(row.sealed))
    return from_json(Decision, opened)


async def page(tx: Tx, *, before: DecisionId | None, limit: int) -> Sequence[DecisionLine]:
    """List the newest decisions first; `before` is the last id of the page already read."""
    statement = (
        select(
            decisions.c.id,
            decisions.c.external_id,
            decisions.c.action,
            decisions.c.product,
            decisions.c.reason_codes,
            decisions.c.decided_at,
            decisions.c.notice_due_at,
        )
        .where(decisions.c.tenant_id == tx.tenant_id)
        .order_by(decisions.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(decisions.c.id < before)
    return [
        DecisionLine(
            DecisionId(row.id),
            row.external_id,
            row.action,
            row.product,
            tuple(row.reason_codes),
            row.decided_at,
            row.notice_due_at,
        )
        for row in await tx.session.execute(statement)
    ]


async def _find_by_external_id(
    tx: Tx, external_id: str, request_sha256: bytes
) -> DecisionId | None:
    found = await tx.session.execute(
        select(decision_keys.c.decision_id, decision_keys.c.request_sha256).where(
            decision_keys.c.tenant_id == tx.tenant_id, decision_keys.c.external_id == external_id
        )
    )
    row = found.one_or_none()
    if row is None:
        return None
    if bytes(row.request_sha256) != request_sha256:
        raise ExternalIdTaken(DecisionId(row.decision_id))
    return DecisionId(row.decision_id)


async def find_of_subject(tx: Tx, subject_id: SubjectId) -> Sequence[DecisionId]:
    """List the decisions about a person, the oldest first."""
    found = await tx.session.execute(
        select(decisions.c.id).where(decisions.c.subject_id == subject_id).order_by(decisions.c.id)
    )
    return [DecisionId(row.id) for row in found]
