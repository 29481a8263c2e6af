"""What each Idempotency-Key stands for: a decision, or a claim and later its answer.

The key is kept as a keyed hash and the answer under a key derived from it, so that neither the
database nor the master key alone opens an answer. Claims are work in hand, not what happened:
the change that a request makes has its own audit event.
"""

from datetime import datetime, timedelta
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.db.engine import Tx
from app.db.tables import idempotency_keys
from app.domain.answers import KEPT, Answer, Claim, KeyedRequest
from app.domain.errors import IdempotencyKeyReused
from app.domain.ids import DecisionId

PURGED_AT_ONCE = 1000


async def claim(
    tx: Tx,
    request: KeyedRequest,
    *,
    token: UUID,
    reserved_id: UUID,
    lease: timedelta,
    at: datetime,
) -> Claim | Answer | None:
    """Claim a request, or find its answer; None says that another run holds the claim.

    A claim whose lease ran out is taken over by one. Leases run by the database's clock, which
    all processes share. Raises IdempotencyKeyReused where the key stands for another request.
    """
    mine = idempotency_keys.c
    statement = insert(idempotency_keys).values(
        tenant_id=tx.tenant_id,
        key_hash=_hash(tx, request.key),
        request_sha256=request.sha256,
        reserved_id=reserved_id,
        token=token,
        claimed_until=func.now() + lease,
        created_at=at,
        expires_at=at + KEPT,
    )
    claimed = await tx.session.execute(
        statement.on_conflict_do_update(
            constraint="pk_idempotency_keys",
            set_={"token": token, "claimed_until": statement.excluded.claimed_until},
            where=(mine.request_sha256 == request.sha256)
            & mine.answer.is_(None)
            & (mine.claimed_until < func.now())
            & (mine.expires_at > at),
        ).returning(mine.reserved_id)
    )
    if (row := claimed.one_or_none()) is not None:
        return Claim(request, token, row.reserved_id)
    return await _find(tx, request, at)


async def _find(tx: Tx, request: KeyedRequest, at: datetime) -> Answer | None:
    found = await tx.session.execute(
        select(
            idempotency_keys.c.request_sha256,
            idempotency_keys.c.answer,
            idempotency_keys.c.expires_at,
        ).where(_is(tx, request.key))
    )
    row = found.one_or_none()
    if row is None:
        return None
    if row.expires_at <= at:
        await _forget(tx, request.key, at)
        return None
    if bytes(row.request_sha256) != request.sha256:
        raise IdempotencyKeyReused
    return None if row.answer is None else _open(tx, request, bytes(row.answer))


async def renew(tx: Tx, held: Claim, *, lease: timedelta) -> bool:
    """Extend a lease; False where another run took the claim over."""
    return await _update(tx, held, {"claimed_until": func.now() + lease})


async def keep(tx: Tx, held: Claim, answer: Answer) -> bool:
    """Keep the answer of a run; False where another run took the claim over."""
    return await _update(tx, held, {"answer": _seal(tx, held.request, answer)})


async def release(tx: Tx, held: Claim) -> bool:
    """Let the next run have the claim at once; the key keeps standing for this request."""
    return await _update(tx, held, {"claimed_until": func.to_timestamp(0)})


async def purge(tx: Tx, *, at: datetime) -> int:
    """Delete a bounded number of expired keys with their answers; return how many."""
    expired = (
        select(idempotency_keys.c.key_hash)
        .where(idempotency_keys.c.tenant_id == tx.tenant_id, idempotency_keys.c.expires_at <= at)
        .order_by(idempotency_keys.c.expires_at)
        .limit(PURGED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    purged = await tx.session.execute(
        delete(idempotency_keys)
        .where(
            idempotency_keys.c.tenant_id == tx.tenant_id, idempotency_keys.c.key_hash.in_(expired)
        )
        .returning(idempotency_keys.c.key_hash)
    )
    return len(purged.all())


async def find_decision(tx: Tx, request: KeyedRequest, *, at: datetime) -> DecisionId | None:
    """Find the decision that this request made. Raises IdempotencyKeyReused."""
    found = await tx.session.execute(
        select(idempotency_keys.c.request_sha256, idempotency_keys.c.decision_id).where(
            _is(tx, request.key), idempotency_keys.c.expires_at > at
        )
    )
    row = found.one_or_none()
    if row is None:
        return None
    if bytes(row.request_sha256) != request.sha256:
        raise IdempotencyKeyReused
    return DecisionId(row.decision_id)


async def keep_decision(
    tx: Tx, request: KeyedRequest, decision_id: DecisionId, *, at: datetime
) -> None:
    """Let a key stand for the decision that this request made. Raises IdempotencyKeyReused."""
    statement = (
        insert(idempotency_keys)
        .values(
            tenant_id=tx.tenant_id,
            key_hash=_hash(tx, request.key),
            request_sha256=request.sha256,
            decision_id=decision_id,
            created_at=at,
            expires_at=at + KEPT,
        )
        .on_conflict_do_nothing()
        .returning(idempotency_keys.c.decision_id)
    )
    if (await tx.session.execute(statement)).one_or_none() is not None:
        return
    if await find_decision(tx, request, at=at) is None:
        await _forget(tx, request.key, at)
        await tx.session.execute(statement)


async def _forget(tx: Tx, key: str, at: datetime) -> None:
    await tx.session.execute(
        delete(idempotency_keys).where(_is(tx, key), idempotency_keys.c.expires_at <= at)
    )


async def _update(tx: Tx, held: Claim, values: dict[str, object]) -> bool:
    updated = await tx.session.execute(
        update(idempotency_keys)
        .where(
            _is(tx, held.request.key),
            idempotency_keys.c.token == held.token,
            idempotency_keys.c.answer.is_(None),
        )
        .values(values)
        .returning(idempotency_keys.c.token)
    )
    return updated.one_or_none() is not None


def _is(tx: Tx, key: str) -> ColumnElement[bool]:
    return (idempotency_keys.c.tenant_id == tx.tenant_id) & (
        idempotency_keys.c.key_hash == _hash(tx, key)
    )


def _hash(tx: Tx, key: str) -> bytes:
    return tx.vault.pseudonym(f"idempotency:{tx.tenant_id}:{key}")


def _purpose(request: KeyedRequest) -> str:
    """Name what derives an answer's key: without the client's key nobody can say it."""
    return f"answer:{request.sha256.hex()}:{request.key}"


def _seal(tx: Tx, request: KeyedRequest, answer: Answer) -> bytes:
    head = orjson.dumps([answer.status, answer.media_type, answer.location])
    plaintext = head + b"\n" + answer.body
    return tx.vault.seal_secret(_purpose(request), tx.tenant_id, plaintext)


def _open(tx: Tx, request: KeyedRequest, sealed: bytes) -> Answer:
    opened = tx.vault.open_secret(_purpose(request), tx.tenant_id, sealed)
    head, _, body = opened.partition(b"\n")
    status, media_type, location = orjson.loads(head)
    return Answer(status, body, media_type, location)
