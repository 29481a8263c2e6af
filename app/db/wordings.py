"""Reviewed wordings. Their state follows from their reviews; the database keeps the four eyes."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

import orjson
from sqlalchemy import ColumnElement, Row, insert, select
from sqlalchemy.exc import IntegrityError

from app.db import audit
from app.db.codec import from_json, to_json
from app.db.engine import Tx
from app.db.tables import wording_reviews, wordings
from app.domain.audit import AuditEvent
from app.domain.decisions import Jurisdiction
from app.domain.explanation import Audience, Language
from app.domain.ids import EventId, WordingId
from app.domain.models import ReasonCode
from app.domain.policy_impact import PassageSpan, RelyingWording
from app.domain.wording_errors import ReviewerNotIndependent, WordingNotFound, WordingNotInReview
from app.domain.wordings import (
    ApprovedWording,
    DraftedWording,
    ExpiredWording,
    RejectedWording,
    ReviewedWording,
    StateName,
    SupersededWording,
    Wording,
    WordingInReview,
    WordingKey,
)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which wordings a list shows; `before` is the last id of the page already read."""

    state: StateName | None = None
    code: ReasonCode | None = None
    language: Language | None = None
    before: WordingId | None = None
    oldest_first: bool = False
    limit: int = 50


async def insert_draft(tx: Tx, wording: Wording, *, event: AuditEvent) -> None:
    """Insert a wording, drafted and not yet in review."""
    key = wording.key
    await tx.session.execute(
        insert(wordings).values(
            id=wording.id,
            tenant_id=tx.tenant_id,
            code=key.code,
            audience=key.audience,
            language=key.language,
            jurisdiction=key.jurisdiction,
            shape_sha256=key.shape_sha256,
            policy_sha256=key.policy_sha256,
            prompt_sha256=key.prompt_sha256,
            text=wording.text,
            drafted_by=wording.drafted_by,
            requested_by=wording.requested_by,
            drafted_at=wording.drafted_at,
            content=orjson.loads(to_json(wording)),
        )
    )
    await audit.append(tx, event)


async def keep(tx: Tx, held: ReviewedWording, *, review_id: EventId, event: AuditEvent) -> None:
    """Record the step that brought a wording to this state.

    Raises WordingNotInReview where another step was there first, and ReviewerNotIndependent.
    """
    step, actor, at, why = _step(held)
    async with _refusals(held.wording.id):
        await tx.session.execute(
            insert(wording_reviews).values(
                id=review_id,
                tenant_id=tx.tenant_id,
                wording_id=held.wording.id,
                step=step,
                actor=actor,
                why=why,
                at=at,
            )
        )
    await audit.append(tx, event)


async def get(tx: Tx, wording_id: WordingId) -> ReviewedWording:
    """Read a wording. Raises WordingNotFound."""
    found = await _read(tx, wordings.c.id == wording_id, Filter(limit=1))
    if not found:
        raise WordingNotFound(wording_id)
    return found[0]


async def page(tx: Tx, wanted: Filter) -> Sequence[ReviewedWording]:
    """List wordings, the newest first unless asked otherwise."""
    conditions: list[ColumnElement[bool]] = [wordings.c.tenant_id == tx.tenant_id]
    if wanted.state is not None:
        conditions.append(wordings.c.state == wanted.state)
    if wanted.code is not None:
        conditions.append(wordings.c.code == wanted.code)
    if wanted.language is not None:
        conditions.append(wordings.c.language == wanted.language)
    if wanted.before is not None:
        column = wordings.c.id
        beyond = column > wanted.before if wanted.oldest_first else column < wanted.before
        conditions.append(beyond)
    whole: ColumnElement[bool] = conditions[0]
    for condition in conditions[1:]:
        whole = whole & condition
    return await _read(tx, whole, wanted)


async def find_of_key(tx: Tx, key: WordingKey) -> Sequence[ReviewedWording]:
    """Read what is in review or approved for a key."""
    return await _read(
        tx,
        (wordings.c.tenant_id == tx.tenant_id)
        & (wordings.c.code == key.code)
        & (wordings.c.audience == key.audience)
        & (wordings.c.language == key.language)
        & (wordings.c.jurisdiction == key.jurisdiction)
        & (wordings.c.shape_sha256 == key.shape_sha256)
        & (wordings.c.policy_sha256 == key.policy_sha256)
        & (wordings.c.prompt_sha256 == key.prompt_sha256)
        & wordings.c.state.in_(("in_review", "approved")),
        Filter(),
    )


async def find_approved(
    tx: Tx,
    codes: Collection[ReasonCode],
    *,
    audience: Audience,
    language: Language,
    jurisdiction: Jurisdiction,
) -> Sequence[ApprovedWording]:
    """Read the approved wordings of some reasons, the last approved first.

    It is a single statement, for every decision asks.
    """
    found = await tx.session.execute(
        select(
            wordings.c.content,
            wording_reviews.c.actor,
            wording_reviews.c.at,
            wording_reviews.c.why,
        )
        .join(wording_reviews, wording_reviews.c.wording_id == wordings.c.id)
        .where(
            wordings.c.tenant_id == tx.tenant_id,
            wordings.c.code.in_(codes),
            wordings.c.audience == audience,
            wordings.c.language == language,
            wordings.c.jurisdiction == jurisdiction,
            wordings.c.state == "approved",
            wording_reviews.c.step == "approved",
        )
        .order_by(wording_reviews.c.at.desc(), wordings.c.id.desc())
    )
    return [ApprovedWording(_content(row), row.actor, row.at, row.why) for row in found]


async def find_relying(tx: Tx, spans: Sequence[PassageSpan]) -> Sequence[RelyingWording]:
    """List the wordings in use or in review that quote one of some passages, oldest first."""
    whole = {span.version_sha256 for span in spans if span.is_whole}
    passages = {(span.version_sha256, span.citation) for span in spans}
    found = await tx.session.execute(
        select(wordings.c.id, wordings.c.content, wordings.c.state)
        .where(
            wordings.c.tenant_id == tx.tenant_id,
            wordings.c.policy_sha256.in_({span.version_sha256 for span in spans}),
            wordings.c.state.in_(("in_review", "approved")),
        )
        .order_by(wordings.c.id)
    )
    relying = []
    for row in found.all():
        held = _content(row)
        cited = (held.basis.version_sha256, held.basis.citation.citation)
        if held.basis.version_sha256 in whole or cited in passages:
            is_approved = row.state == "approved"
            relying.append(
                RelyingWording(
                    held.id,
                    held.code,
                    held.audience,
                    held.language,
                    held.basis.citation.citation,
                    is_approved=is_approved,
                )
            )
    return relying


async def _read(
    tx: Tx, condition: ColumnElement[bool], wanted: Filter
) -> Sequence[ReviewedWording]:
    order = wordings.c.id if wanted.oldest_first else wordings.c.id.desc()
    found = await tx.session.execute(
        select(wordings.c.id, wordings.c.content, wordings.c.state)
        .where(condition)
        .order_by(order)
        .limit(wanted.limit)
    )
    rows = found.all()
    if not rows:
        return []
    steps = await tx.session.execute(
        select(
            wording_reviews.c.wording_id,
            wording_reviews.c.step,
            wording_reviews.c.actor,
            wording_reviews.c.why,
            wording_reviews.c.at,
        ).where(wording_reviews.c.wording_id.in_([row.id for row in rows]))
    )
    by_step = {(step.wording_id, step.step): step for step in steps}
    return [_state(_content(row), row.state, by_step.get((row.id, row.state))) for row in rows]


def _content(row: Row[*tuple[Any, ...]]) -> Wording:
    return from_json(Wording, orjson.dumps(row.content))


def _state(
    wording: Wording, name: StateName, step: Row[*tuple[Any, ...]] | None
) -> ReviewedWording:
    """Restore a state from the step that led to it; each state is entered once."""
    if step is None or name == "drafted":
        return DraftedWording(wording)
    if name == "in_review":
        return WordingInReview(wording, step.actor, step.at)
    decided: dict[StateName, Callable[[Wording, str, datetime, str], ReviewedWording]] = {
        "approved": ApprovedWording,
        "rejected": RejectedWording,
        "superseded": SupersededWording,
        "expired": ExpiredWording,
    }
    return decided[name](wording, step.actor, step.at, step.why)


def _step(held: ReviewedWording) -> tuple[StateName, str, datetime, str]:
    match held:
        case DraftedWording(wording):
            message = f"{wording.id}: drafting is no step of a review"
            raise AssertionError(message)
        case WordingInReview(wording, by, at):
            return "in_review", by, at, wording.returned_why
        case ApprovedWording(_, by, at, why):
            return "approved", by, at, why
        case RejectedWording(_, by, at, why):
            return "rejected", by, at, why
        case SupersededWording(_, by, at, why):
            return "superseded", by, at, why
        case ExpiredWording(_, by, at, why):
            return "expired", by, at, why
        case _:
            assert_never(held)


@asynccontextmanager
async def _refusals(wording_id: WordingId) -> AsyncIterator[None]:
    """Turn what the database refuses into the rule it keeps."""
    try:
        yield
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "__cause__", None), "constraint_name", None)
        match name:
            case "ck_wording_reviews_four_eyes":
                raise ReviewerNotIndependent(wording_id) from error
            case "ck_wording_reviews_step" | "uq_wordings_approved":
                raise WordingNotInReview(wording_id, "decided") from error
            case "fk_wording_reviews_wording_id":
                raise WordingNotFound(wording_id) from error
            case _:
                raise
