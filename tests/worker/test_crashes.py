"""Workers that die, stop and come back, as processes of their own."""

import signal
from pathlib import Path

import pytest

from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.decisions import Decision
from app.domain.jobs import PLANS
from tests.worker.crew import Crew
from tests.worker.desk import MadeUp, enqueue, execute, rows, until

POISON = PLANS["publish-document"].attempts


@pytest.mark.parametrize("begun", [POISON - 1, pytest.param(0, marks=pytest.mark.long)])
async def test_a_job_that_kills_its_workers_dies_and_the_others_go_on(
    crew: Crew, sessions: Sessions, actor: Actor, begun: int
) -> None:
    tenant = actor.tenant_id
    poison = MadeUp(tenant, f"poison-after-{begun}", kills=True)
    harmless = [MadeUp(tenant, f"harmless-{begun}-{n}") for n in range(5)]
    await enqueue(sessions, poison, *harmless)
    await execute(
        sessions, tenant, "update jobs set attempts = :n where key = :key", n=begun, key=poison.key
    )
    workers = 0
    pid = None

    async def is_over() -> bool:
        nonlocal pid, workers
        if pid is None or crew.has_died(pid):
            pid = crew.fork()
            workers += 1
        return not await rows(
            sessions, tenant, "select 1 from jobs where kind = 'publish-document'"
        )

    await until(is_over, within_s=60)
    crew.dismiss()
    (dead,) = await rows(
        sessions, tenant, "select * from dead_jobs where key = :key", key=poison.key
    )
    assert (dead.attempts, dead.error, dead.code) == (POISON + 1, "WorkerLost", "worker-lost")
    assert workers == POISON + 1 - begun
    assert {job.key for job in harmless} <= set(crew.done.read_text().split())
    assert await rows(sessions, tenant, "select 1 from pgqueuer") == []
    died = "select 1 from audit_events where action = 'job.died' and subject = :id"
    assert len(await rows(sessions, tenant, died, id=dead.id)) == 1


async def test_a_stopped_worker_that_comes_back_changes_nothing(
    crew: Crew, sessions: Sessions, actor: Actor, declined: Decision
) -> None:
    tenant, decision = actor.tenant_id, {"id": declined.id}
    slow = crew.fork(holds_for_s=1.0)

    async def both_begun() -> bool:
        begun = await rows(sessions, tenant, "select 1 from jobs where started_at is not null")
        return len(begun) == 2

    await until(both_begun)
    crew.send(slow, signal.SIGSTOP)
    crew.fork()

    async def nothing_left() -> bool:
        return not await rows(sessions, tenant, "select 1 from jobs")

    await until(nothing_left)
    drafts = "select 1 from drafts where decision_id = :id"
    before = len(await rows(sessions, tenant, drafts, **decision))
    crew.send(slow, signal.SIGCONT)

    async def has_come_back() -> bool:
        return not crew.has_died(slow) and _cpu_ticks(slow) > ticks

    ticks = _cpu_ticks(slow)
    await until(has_come_back)
    crew.dismiss()
    for table in ("explanations", "notices"):
        made = await rows(
            sessions, tenant, f"select 1 from {table} where decision_id = :id", **decision
        )
        assert len(made) == 1, table
    assert len(await rows(sessions, tenant, drafts, **decision)) == before
    assert (
        await rows(
            sessions,
            tenant,
            "select 1 from dead_jobs where closed_at is null and kind <> 'publish-document'",
        )
        == []
    )


def _cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return sum(map(int, fields[11:13]))
