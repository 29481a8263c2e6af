"""The database dies under a worker, which goes on when it is back."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.db.engine import Sessions
from app.domain.ids import TenantId
from app.domain.jobs import Attempt
from app.embedded.attach import Attachment
from app.resources import Resources
from app.worker.attempts import Runner
from app.worker.lanes import Pace
from app.worker.worker import Worker
from tests.worker.desk import MadeUp, enqueue, rows, until

PACE = Pace(poll=timedelta(seconds=0.1), heartbeat=timedelta(seconds=1))


@pytest.fixture
async def done(resources: Resources) -> AsyncIterator[list[str]]:
    """A worker at work, and the keys of what it did."""
    seen: list[str] = []

    async def run(attempt: Attempt) -> None:
        await asyncio.sleep(0.05)
        seen.append(attempt.key)

    worker = Worker(resources, pace=PACE, work={"publish-document": Runner(run)}, periodic=())
    task = asyncio.create_task(worker.run())
    yield seen
    worker.stop()
    finished, _ = await asyncio.wait({task}, timeout=20)
    if not finished:
        for each in asyncio.all_tasks():
            each.print_stack()
    assert finished, "the worker does not stop"
    await task


@pytest.mark.long
async def test_a_worker_outlives_its_database(
    state: Path,
    resources: Resources,
    sessions: Sessions,
    tenant: TenantId,
    done: list[str],
) -> None:
    work = [MadeUp(tenant, f"restart-{n}") for n in range(60)]
    await enqueue(sessions, *work)

    async def has_begun() -> bool:
        await asyncio.sleep(0)
        return len(done) > 5

    await until(has_begun)
    with Attachment("postgres", state) as attachment:
        endpoint = attachment.current_endpoint() or attachment.endpoint
        os.kill(int(endpoint["pid"]), signal.SIGKILL)
    await resources.sessions.engine.dispose()

    async def is_over() -> bool:
        try:
            return not await rows(sessions, tenant, "select 1 from jobs")
        except Exception:  # noqa: BLE001 -- the database is coming back
            return False

    await until(is_over, within_s=60)
    assert set(done) == {job.key for job in work}
    assert await rows(sessions, tenant, "select 1 from dead_jobs") == []
