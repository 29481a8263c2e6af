"""From a decision's commit to the start of its jobs, and what waiting for them costs.

`uv run python -m benchmarks.queue` writes `benchmarks/results/queue.json`. Sixteen producers record
real decisions; a worker in another process begins their jobs and does nothing else. Compared are
polling alone and a NOTIFY that is sent after the commits of every 20 ms, on a connection of its
own. Idle: the worker's and its server's processor time while nothing is queued.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import uuid_utils.compat
from pgqueuer.models import TableChangedEvent
from pgqueuer.types import Channel

from app.api.schemas import DecisionIn
from app.domain.access import Actor, Role
from app.domain.creditors import DEMO_CREDITOR
from app.domain.ids import TenantId
from app.domain.jobs import Attempt
from app.embedded.start import start
from app.observability import logs
from app.resources import Resources, open_tenant
from app.settings import Settings
from app.use_cases.record_decision import RequestIdentity, record_decision
from app.worker.attempts import Runner
from app.worker.lanes import Pace
from app.worker.worker import Worker
from tests.api.test_thread import recorded_decision

RESULTS = Path(__file__).parent / "results"
PRODUCERS = 16
COALESCED_S = 0.02
IDLE_S = 20.0
ROUNDS = 3
CHANNEL = Channel("ch_pgqueuer")
MODES = {"poll_250ms": (0.25, False), "poll_100ms": (0.1, False), "poll_1s_notify": (1.0, True)}


async def notify_for_ever(resources: Resources, wanted: asyncio.Event) -> None:
    """Send one NOTIFY for all the commits of 20 ms."""
    connection = await resources.connect_raw()
    try:
        while True:
            await wanted.wait()
            await asyncio.sleep(COALESCED_S)
            wanted.clear()
            event = TableChangedEvent(
                channel=CHANNEL,
                sent_at=datetime.now(UTC),
                type="table_changed_event",
                operation="insert",
                table="pgqueuer",
            )
            await connection.execute("select pg_notify($1, $2)", CHANNEL, event.model_dump_json())
    finally:
        await connection.close()


async def produce(
    resources: Resources, tenant: TenantId, count: int, committed: Callable[[], None]
) -> float:
    """Record decisions by sixteen producers; return how many there were in a second."""
    actor = Actor("benchmark", tenant, frozenset({Role.SERVICE}))
    left = iter(range(count))

    async def one() -> None:
        for _ in left:
            person = {"reference": uuid4().hex, "name": "Ann Lee", "address": "1 Road"}
            body = DecisionIn.model_validate(recorded_decision(applicants=[person]))
            await record_decision(
                body.to_domain(),
                request=RequestIdentity(None, uuid4().bytes * 2),
                actor=actor,
                sessions=resources.sessions,
                catalogue=resources.catalogue,
                clock=resources.clock,
                new_id=uuid_utils.compat.uuid7,
                trace={},
            )
            committed()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(PRODUCERS)))
    return count / (time.perf_counter() - began)


def work(poll_s: float, results: Connection) -> None:
    """Begin jobs until told to stop, and say how long after they were enqueued that was."""
    logs.configure(verbose=False)

    async def run() -> None:
        started = await start(Settings())
        waits: list[float] = []

        async def begin(attempt: Attempt) -> None:
            waits.append((datetime.now(UTC) - attempt.enqueued_at).total_seconds())
            await asyncio.sleep(0)

        worker = Worker(
            started.resources,
            pace=Pace(poll=timedelta(seconds=poll_s)),
            work={"issue-notice": Runner(begin), "explain-decision": Runner(begin)},
            periodic=(),
        )
        task = asyncio.create_task(worker.run())
        results.send("ready")
        while True:
            asked = await asyncio.to_thread(results.recv)
            if asked == "cpu":
                times = os.times()
                results.send(times.user + times.system)
            elif asked == "waits":
                results.send(list(waits))
            elif asked == "forget":
                waits.clear()
            else:
                break
        worker.stop()
        await task
        await started.close()

    asyncio.run(run())


async def measure(
    resources: Resources, tenant: TenantId, mode: str, decisions: int
) -> dict[str, Any]:
    """One mode: a burst by sixteen producers, single decisions apart, and an idle stretch."""
    poll_s, notifies = MODES[mode]
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=work, args=(poll_s, theirs))
    process.start()
    await asyncio.to_thread(ours.recv)
    wanted = asyncio.Event()
    notifier = asyncio.create_task(notify_for_ever(resources, wanted)) if notifies else None
    committed = wanted.set if notifies else lambda: None

    async def waits(expected: int) -> list[float]:
        while True:
            ours.send("waits")
            found: list[float] = await asyncio.to_thread(ours.recv)
            if len(found) >= expected:
                ours.send("forget")
                return found
            await asyncio.sleep(0.2)

    await produce(resources, tenant, PRODUCERS, committed)
    await waits(2 * PRODUCERS)
    rate = await produce(resources, tenant, decisions, committed)
    burst = await waits(2 * decisions)
    for n in range(40):
        await produce(resources, tenant, 1, committed)
        await asyncio.sleep(0.3 + (n % 7) / 20)
    apart = await waits(80)
    ours.send("cpu")
    before = await asyncio.to_thread(ours.recv)
    await asyncio.sleep(IDLE_S)
    ours.send("cpu")
    idle = (await asyncio.to_thread(ours.recv)) - before
    ours.send("stop")
    await asyncio.to_thread(process.join)
    if notifier is not None:
        notifier.cancel()
    return {
        "decisions_per_s": round(rate, 1),
        "burst_start_ms": quantiles(burst),
        "single_start_ms": quantiles(apart),
        "idle_worker_cpu_percent": round(100 * idle / IDLE_S, 2),
    }


def quantiles(waits: list[float]) -> dict[str, float]:
    """Milliseconds."""
    cuts = statistics.quantiles(waits, n=20)
    return {"p50": round(1000 * cuts[9], 1), "p95": round(1000 * cuts[18], 1)}


async def main(decisions: int) -> None:
    """Measure each mode several times, in turn, on one database."""
    logs.configure(verbose=False)
    started = await start(Settings())
    tenant = TenantId(UUID(int=uuid4().int))
    await open_tenant(started.resources, tenant, "Benchmark", DEMO_CREDITOR)
    runs: dict[str, list[dict[str, Any]]] = {mode: [] for mode in MODES}
    for _ in range(ROUNDS):
        for mode in MODES:
            measured = await measure(started.resources, tenant, mode, decisions)
            print(mode, json.dumps(measured))
            runs[mode].append(measured)
    await started.close()
    written = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_after": os.getloadavg(),
        "decisions": decisions,
        "producers": PRODUCERS,
        "modes": runs,
    }
    (RESULTS / "queue.json").write_text(json.dumps(written, indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=150)
    asyncio.run(main(parser.parse_args().decisions))
