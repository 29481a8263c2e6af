"""What becomes of work that fails, is lost or is given up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import uuid_utils.compat

from app.db import dead_jobs, tenants
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.creditors import DEMO_CREDITOR
from app.domain.errors import ExplanationWithheld, NothingToExplain
from app.domain.ids import DecisionId, TenantId
from app.domain.job_errors import DeadJobClosed, DeadJobNotFound
from app.domain.jobs import PLANS, Attempt
from app.resources import Resources
from app.use_cases.reconcile import reconcile
from app.use_cases.work_in_hand import page_dead_jobs, replay_dead_job, view_work
from app.worker.attempts import Runner
from app.worker.lanes import Pace
from app.worker.periodic import Hook, Rounds
from app.worker.worker import Worker
from tests.conftest import NOW
from tests.worker.desk import MadeUp, enqueue, execute, rows, until

AT_ONCE = timedelta(0)
PACE = Pace(poll=timedelta(seconds=0.05), heartbeat=timedelta(seconds=5))
DECISION = DecisionId(uuid_utils.compat.uuid7())
SECRET = "Ada Lovelace"


@asynccontextmanager
async def working(
    resources: Resources, run: Callable[[Attempt], Awaitable[None]]
) -> AsyncIterator[None]:
    worker = Worker(resources, pace=PACE, work={"publish-document": Runner(run)}, periodic=())
    task = asyncio.create_task(worker.run())
    yield
    worker.stop()
    await task


async def work_off(
    resources: Resources, tenant: TenantId, run: Callable[[Attempt], Awaitable[None]]
) -> None:
    async def is_over() -> bool:
        return not await rows(resources.sessions, tenant, "select 1 from jobs")

    async with working(resources, run):
        await until(is_over)


def failing(*errors: Exception) -> tuple[list[int], Callable[[Attempt], Awaitable[None]]]:
    seen: list[int] = []

    async def run(attempt: Attempt) -> None:
        await asyncio.sleep(0)
        seen.append(attempt.number)
        if len(seen) <= len(errors):
            raise errors[len(seen) - 1]

    return seen, run


def named(tenant: TenantId) -> MadeUp:
    return MadeUp(tenant, uuid4().hex)


@pytest.fixture
def operator(tenant: TenantId) -> Actor:
    return Actor("operator", tenant, frozenset())


async def dead_of(sessions: Sessions, operator: Actor) -> list[dead_jobs.DeadJob]:
    return list(
        await page_dead_jobs(
            before=None, limit=100, with_closed=False, actor=operator, sessions=sessions
        )
    )


async def test_a_failure_is_tried_again_and_counted(
    resources: Resources, sessions: Sessions, tenant: TenantId
) -> None:
    plan = PLANS["publish-document"]
    job = named(tenant)
    seen, run = failing(ValueError(SECRET))
    await enqueue(sessions, job)
    async with working(resources, run):

        async def waits() -> bool:
            waiting = await rows(
                sessions,
                tenant,
                "select execute_after - now() as wait from pgqueuer where status = 'queued' "
                "and attempts = 1 and dedupe_key like '%' || :key",
                key=job.key,
            )
            return bool(waiting) and waiting[0].wait > timedelta(seconds=plan.first_delay_s / 4)

        await until(waits)
        await execute(sessions, tenant, "update pgqueuer set execute_after = now()")

        async def is_over() -> bool:
            return not await rows(sessions, tenant, "select 1 from jobs")

        await until(is_over)
    assert seen == [1, 2]
    assert await rows(sessions, tenant, "select 1 from pgqueuer") == []
    logged = await rows(sessions, tenant, "select * from pgqueuer_log")
    assert SECRET not in str(logged)


async def test_a_refusal_dies_at_once_and_its_words_are_not_kept(
    resources: Resources, sessions: Sessions, tenant: TenantId, operator: Actor
) -> None:
    job = named(tenant)
    await enqueue(sessions, job)
    seen, run = failing(ExplanationWithheld(DECISION))
    await work_off(resources, tenant, run)
    (dead,) = [each for each in await dead_of(sessions, operator) if each.key == job.key]
    assert (dead.attempts, dead.error, dead.code) == (
        1,
        "ExplanationWithheld",
        "explanation-withheld",
    )
    assert seen == [1]
    assert dead.payload == {"name_id": job.name, "kills": False}


async def test_what_fell_away_ends_quietly(
    resources: Resources, sessions: Sessions, tenant: TenantId, operator: Actor
) -> None:
    job = named(tenant)
    await enqueue(sessions, job)
    _, run = failing(NothingToExplain(DECISION))
    await work_off(resources, tenant, run)
    assert job.key not in {each.key for each in await dead_of(sessions, operator)}


async def test_a_dead_job_is_replayed_once_with_its_attempts_before_it(
    resources: Resources, sessions: Sessions, tenant: TenantId, operator: Actor
) -> None:
    job = named(tenant)
    await enqueue(sessions, job)
    seen, run = failing(ExplanationWithheld(DECISION))
    await work_off(resources, tenant, run)
    (dead,) = [each for each in await dead_of(sessions, operator) if each.key == job.key]
    parts: dict[str, Any] = {
        "actor": operator,
        "sessions": sessions,
        "clock": lambda: NOW,
        "new_id": uuid_utils.compat.uuid7,
    }

    replayed = await replay_dead_job(dead.id, **parts)
    assert (replayed.closed_at, replayed.closed_by) == (NOW, operator.name)
    with pytest.raises(DeadJobClosed):
        await replay_dead_job(dead.id, **parts)
    await work_off(resources, tenant, run)

    assert seen == [1, 1]
    assert job.key not in {each.key for each in await dead_of(sessions, operator)}
    audited = await rows(
        sessions,
        tenant,
        "select action, actor from audit_events where subject = :id order by action",
        id=dead.id,
    )
    assert [tuple(row) for row in audited] == [
        ("job.died", "worker"),
        ("job.replayed", operator.name),
    ]


async def test_work_done_otherwise_closes_what_it_had_left_dead(
    resources: Resources, sessions: Sessions, tenant: TenantId, operator: Actor
) -> None:
    job = named(tenant)
    seen, run = failing(ExplanationWithheld(DECISION))
    for _ in range(2):
        await enqueue(sessions, job)
        await work_off(resources, tenant, run)
    assert seen == [1, 1]
    assert job.key not in {each.key for each in await dead_of(sessions, operator)}


async def test_another_tenant_neither_sees_nor_replays_a_dead_job(
    resources: Resources,
    sessions: Sessions,
    tenant: TenantId,
    other_tenant: TenantId,
    operator: Actor,
) -> None:
    job = named(tenant)
    await enqueue(sessions, job)
    _, run = failing(ExplanationWithheld(DECISION))
    await work_off(resources, tenant, run)
    dead = (await dead_of(sessions, operator))[0]
    stranger = Actor("stranger", other_tenant, frozenset())
    assert await dead_of(sessions, stranger) == []
    assert (await view_work(actor=stranger, sessions=sessions)).dead == 0
    with pytest.raises(DeadJobNotFound):
        await replay_dead_job(
            dead.id,
            actor=stranger,
            sessions=sessions,
            clock=lambda: NOW,
            new_id=uuid_utils.compat.uuid7,
        )


async def test_what_the_queue_lost_is_delivered_again_and_nothing_twice(
    resources: Resources, sessions: Sessions, tenant: TenantId
) -> None:
    work = [named(tenant) for _ in range(3)]
    await enqueue(sessions, *work)
    waiting = await view_work(actor=Actor("x", tenant, frozenset()), sessions=sessions)
    assert [(kind.kind, kind.waiting) for kind in waiting.kinds] == [("publish-document", 3)]
    await execute(sessions, tenant, "delete from pgqueuer")
    parts: dict[str, Any] = {"sessions": sessions, "clock": lambda: NOW}

    assert await reconcile(tenant, **parts) == 0  # not yet: it may be between two queues
    assert await reconcile(tenant, lost_for=AT_ONCE, **parts) == 3
    assert await reconcile(tenant, lost_for=AT_ONCE, **parts) == 0
    await execute(sessions, tenant, "update pgqueuer set status = 'failed'")
    assert await reconcile(tenant, lost_for=AT_ONCE, **parts) == 3
    seen, run = failing()
    await work_off(resources, tenant, run)
    assert seen == [1, 1, 1]
    assert await rows(sessions, tenant, "select 1 from pgqueuer") == []


async def test_neither_a_failing_tenant_nor_a_failing_hook_stops_the_others(
    resources: Resources, sessions: Sessions, tenant: TenantId, other_tenant: TenantId
) -> None:
    for each in (tenant, other_tenant):
        async with sessions.begin(each) as tx:
            await tenants.ensure(tx, "Example", DEMO_CREDITOR, at=NOW)
    served: list[tuple[str, TenantId]] = []

    async def fragile(tenant_id: TenantId) -> None:
        await asyncio.sleep(0)
        if tenant_id == tenant:
            raise ValueError
        served.append(("fragile", tenant_id))

    async def sound(tenant_id: TenantId) -> None:
        await asyncio.sleep(0)
        served.append(("sound", tenant_id))

    hooks = [Hook("fragile", 0.01, fragile), Hook("sound", 0.01, sound)]
    rounds = asyncio.create_task(Rounds(resources, hooks).run())

    async def all_served() -> bool:
        await asyncio.sleep(0)
        wanted = {("fragile", other_tenant), ("sound", tenant), ("sound", other_tenant)}
        return wanted <= set(served) and served.count(("sound", tenant)) > 2

    await until(all_served)
    rounds.cancel()


async def test_a_period_has_one_run_however_many_workers(
    resources: Resources, sessions: Sessions, tenant: TenantId
) -> None:
    runs: list[TenantId] = []

    async def run(tenant_id: TenantId) -> None:
        runs.append(tenant_id)
        await asyncio.sleep(0.05)

    daily = Hook("daily", 86_400, run)
    workers = [Rounds(resources, [daily]) for _ in range(2)]
    for _ in range(2):
        await asyncio.gather(*(worker.take_turn(daily, tenant) for worker in workers))
    assert runs == [tenant]
    await execute(sessions, tenant, "update schedule_runs set ran_at = ran_at - interval '1 day'")
    await asyncio.gather(*(worker.take_turn(daily, tenant) for worker in workers))
    assert runs == [tenant, tenant]
