"""Four eyes, kept by the database itself, whatever a program sends it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest
import uuid_utils.compat
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db import wordings
from app.db.engine import Sessions
from app.db.upgrade import to_asyncpg
from app.domain.audit import AuditEvent
from app.domain.explanation import Citation, Fact
from app.domain.ids import EventId, TenantId, WordingId
from app.domain.models import ReasonCode
from app.domain.wording_errors import ReviewerNotIndependent, WordingNotFound, WordingNotInReview
from app.domain.wording_ranges import shape_of
from app.domain.wordings import (
    ApprovedWording,
    Basis,
    DraftedWording,
    ExpiredWording,
    PromptVersion,
    RejectedWording,
    ReviewedWording,
    SupersededWording,
    Wording,
    WordingInReview,
)
from app.embedded import postgres

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LEVERAGE = Fact("leverage_ratio", "total debt to assets", Decimal(2), "ratio", "high")


def new_id() -> UUID:
    return uuid_utils.compat.uuid7()


def made(code: str) -> Wording:
    """A code of its own keeps tests apart: a key takes one approved wording."""
    return Wording(
        id=WordingId(new_id()),
        code=ReasonCode(code),
        audience="customer",
        language="en",
        jurisdiction="US-federal",
        text="Your total debt was {leverage_ratio:ratio} of your assets.",
        statement="Total debt in relation to assets",
        facts=shape_of([LEVERAGE]),
        basis=Basis(Citation("12 CFR 1002.9(b)(2)", "must be specific"), "f00d"),
        prompt=PromptVersion("p", "abc"),
        drafted_by="model:qwen",
        requested_by="carla",
        drafted_at=NOW,
        fills=20,
        samples=("Your total debt was 37% of your assets.",),
    )


def event(tenant: TenantId, held: Wording) -> AuditEvent:
    return AuditEvent(EventId(new_id()), tenant, "test", "wording.test", held.id, NOW)


async def step(sessions: Sessions, tenant: TenantId, held: ReviewedWording) -> None:
    async with sessions.begin(tenant) as tx:
        await wordings.keep(
            tx, held, review_id=EventId(new_id()), event=event(tenant, held.wording)
        )


async def in_review(sessions: Sessions, tenant: TenantId, code: str) -> Wording:
    wording = made(code)
    async with sessions.begin(tenant) as tx:
        await wordings.insert_draft(tx, wording, event=event(tenant, wording))
    await step(sessions, tenant, WordingInReview(wording, "sam", NOW))
    return wording


async def raw(sessions: Sessions, tenant: TenantId, statement: str, **values: object) -> None:
    async with sessions.begin(tenant) as tx:
        await tx.session.execute(text(statement), values)


REVIEW = (
    "insert into wording_reviews (id, tenant_id, wording_id, step, actor, why, at) "
    "values (gen_random_uuid(), :owner, :wording, :step, :actor, :why, now())"
)


@pytest.mark.parametrize("actor", ["carla", "model:qwen", "sam"])
@pytest.mark.parametrize("verdict", ["approved", "rejected"])
async def test_raw_sql_cannot_review_what_its_actor_drafted_asked_for_or_submitted(
    sessions: Sessions, tenant: TenantId, actor: str, verdict: str
) -> None:
    wording = await in_review(sessions, tenant, f"R-{verdict}-{actor}")
    with pytest.raises(DBAPIError, match="does not review it"):
        await raw(
            sessions,
            tenant,
            REVIEW,
            owner=tenant,
            wording=wording.id,
            step=verdict,
            actor=actor,
            why="x",
        )
    async with sessions.begin(tenant) as tx:
        assert isinstance(await wordings.get(tx, wording.id), WordingInReview)


@pytest.mark.parametrize(
    "statement",
    [
        "update wordings set state = 'approved'",
        "update wordings set text = 'You will be approved.'",
        "delete from wordings",
        "update wording_reviews set actor = 'rita'",
        "delete from wording_reviews",
        "truncate wording_reviews",
    ],
)
async def test_the_application_role_can_change_no_wording_and_no_review(
    sessions: Sessions, tenant: TenantId, statement: str
) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        await raw(sessions, tenant, statement)


async def test_a_wording_cannot_be_inserted_approved(sessions: Sessions, tenant: TenantId) -> None:
    wording = await in_review(sessions, tenant, "RAW-INSERT")
    with pytest.raises(DBAPIError, match="follows from its reviews"):
        await raw(
            sessions,
            tenant,
            "insert into wordings select (jsonb_populate_record(w, jsonb_build_object('id', "
            "gen_random_uuid(), 'state', 'approved'))).* from wordings w where id = :id",
            id=wording.id,
        )


@pytest.mark.parametrize(
    "change", ["text = 'Other.'", "state = 'approved'", "content = '{}'", "drafted_by = 'x'"]
)
async def test_not_even_the_owner_changes_a_wording(
    server: dict[str, str], database: str, sessions: Sessions, tenant: TenantId, change: str
) -> None:
    wording = await in_review(sessions, tenant, f"OWN-{len(change)}")
    await step(sessions, tenant, ApprovedWording(wording, "rita", NOW))
    connection = await asyncpg.connect(to_asyncpg(postgres.url(server, "owner", database)))
    await connection.execute("select set_config('app.tenant', $1, false)", str(tenant))
    for statement in (
        f"update wordings set {change} where id = $1",
        "delete from wordings where id = $1",
        "update wording_reviews set actor = 'carla' where wording_id = $1",
        "delete from wording_reviews where wording_id = $1",
    ):
        with pytest.raises(asyncpg.CheckViolationError, match="never changes"):
            await connection.execute(statement, wording.id)
    await connection.close()


async def test_another_tenants_wording_can_be_neither_seen_nor_reviewed(
    sessions: Sessions, tenant: TenantId, other_tenant: TenantId
) -> None:
    wording = await in_review(sessions, tenant, "TENANT")
    with pytest.raises(WordingNotFound):
        await step(sessions, other_tenant, ApprovedWording(wording, "rita", NOW))
    async with sessions.begin(other_tenant) as tx:
        with pytest.raises(WordingNotFound):
            await wordings.get(tx, wording.id)


async def test_every_state_is_restored_as_it_was_kept(sessions: Sessions, tenant: TenantId) -> None:
    drafted = made("STATES")
    async with sessions.begin(tenant) as tx:
        await wordings.insert_draft(tx, drafted, event=event(tenant, drafted))
        assert await wordings.get(tx, drafted.id) == DraftedWording(drafted)
    waiting = WordingInReview(drafted, "sam", NOW)
    approved = ApprovedWording(drafted, "rita", NOW, "clear")
    superseded = SupersededWording(drafted, "rita", NOW, "replaced")
    states: tuple[ReviewedWording, ...] = (waiting, approved, superseded)
    for held in states:
        await step(sessions, tenant, held)
        async with sessions.begin(tenant) as tx:
            assert await wordings.get(tx, drafted.id) == held
    for ended in (RejectedWording, ExpiredWording):
        other = await in_review(sessions, tenant, "STATES")
        decided = ended(other, "rita", NOW, "unclear")
        await step(sessions, tenant, decided)
        async with sessions.begin(tenant) as tx:
            assert await wordings.get(tx, other.id) == decided


async def test_steps_out_of_order_are_refused(sessions: Sessions, tenant: TenantId) -> None:
    wording = await in_review(sessions, tenant, "ORDER")
    with pytest.raises(WordingNotInReview):
        await step(sessions, tenant, SupersededWording(wording, "rita", NOW, "x"))
    await step(sessions, tenant, RejectedWording(wording, "rita", NOW, "unclear"))
    for held in (ApprovedWording(wording, "rob", NOW), WordingInReview(wording, "sam", NOW)):
        with pytest.raises(WordingNotInReview):
            await step(sessions, tenant, held)
    other = await in_review(sessions, tenant, "ORDER")
    with pytest.raises(DBAPIError, match="ck_wording_reviews_why"):
        await step(sessions, tenant, RejectedWording(other, "rita", NOW, ""))


async def test_the_database_turns_a_reviewer_down_by_the_rule_it_broke(
    sessions: Sessions, tenant: TenantId
) -> None:
    wording = await in_review(sessions, tenant, "RULE")
    with pytest.raises(ReviewerNotIndependent):
        await step(sessions, tenant, ApprovedWording(wording, "carla", NOW))


async def test_one_wording_is_approved_per_key_however_many_reviewers_there_are(
    sessions: Sessions, tenant: TenantId
) -> None:
    both = [await in_review(sessions, tenant, "RACE") for _ in range(2)]
    outcomes = await asyncio.gather(
        *(step(sessions, tenant, ApprovedWording(w, "rita", NOW)) for w in both),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes if outcome] == [WordingNotInReview]
    async with sessions.begin(tenant) as tx:
        approved = await wordings.find_approved(
            tx,
            [ReasonCode("RACE")],
            audience="customer",
            language="en",
            jurisdiction="US-federal",
        )
    assert len(approved) == 1
    other_prompt = replace(made("RACE"), prompt=PromptVersion("p2", "def"))
    async with sessions.begin(tenant) as tx:
        await wordings.insert_draft(tx, other_prompt, event=event(tenant, other_prompt))
    await step(sessions, tenant, WordingInReview(other_prompt, "sam", NOW))
    await step(sessions, tenant, ApprovedWording(other_prompt, "rita", NOW))


async def test_wordings_are_listed_by_state_code_and_language_page_by_page(
    sessions: Sessions, tenant: TenantId
) -> None:
    code = ReasonCode("LIST")
    listed = [await in_review(sessions, tenant, code) for _ in range(3)]
    await step(sessions, tenant, ApprovedWording(listed[0], "rita", NOW))
    async with sessions.begin(tenant) as tx:
        first = await wordings.page(tx, wordings.Filter(code=code, limit=2))
        assert [held.wording.id for held in first] == [listed[2].id, listed[1].id]
        rest = await wordings.page(
            tx, wordings.Filter(code=code, before=first[-1].wording.id, limit=2)
        )
        assert [held.wording.id for held in rest] == [listed[0].id]
        waiting = await wordings.page(
            tx, wordings.Filter(state="in_review", code=code, oldest_first=True)
        )
        assert [held.wording.id for held in waiting] == [listed[1].id, listed[2].id]
        assert await wordings.page(tx, wordings.Filter(code=code, language="es")) == []
