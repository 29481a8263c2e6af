"""What the audit chain costs the writers, and how fast a trail is verified.

`uv run python -m benchmarks.audit_chain [--json]` writes from 16 connections transactions like a
decision's (one row and its audit event) with a sealer running beside them and without, in turns,
and then verifies 100,000 sealed events. It writes `benchmarks/results/audit_chain.json`.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import uuid_utils.compat
from rich.progress import track
from sqlalchemy import text

from app.adapters.checkpoint_files import CheckpointFiles
from app.adapters.checkpoint_signer import Ed25519CheckpointSigner
from app.adapters.receipt_keys import KeyFolder
from app.adapters.vault import MasterKeyVault
from app.db import audit
from app.db.engine import Sessions, connect
from app.db.upgrade import upgrade
from app.domain.audit import AuditEvent
from app.domain.ids import EventId, TenantId
from app.embedded import postgres
from app.embedded.attach import Attachment
from app.embedded.home import home
from app.use_cases.checkpoint_chain import checkpoint_chain
from app.use_cases.seal_events import Mark, seal_events
from app.use_cases.verify_chain import verify_chain
from app.worker.sealing import EVERY_S

RESULT = Path(__file__).parent / "results" / "audit_chain.json"
WRITERS = 16
SEALED = 100_000
VERIFICATIONS = 3
# As large as a decision's row under its key.
INSERT = text(
    "insert into decision_events"
    " (id, tenant_id, decision_id, kind, occurred_at, recorded_at, event)"
    " values (:id, :tenant, :id, 'withdrawn', now(), now(),"
    " jsonb_build_object('sealed', repeat('x', 1000)))"
)
FILL = text(
    "insert into audit_events (id, tenant_id, actor, action, subject, at, details)"
    " select uuidv7(), :tenant, 'benchmark', 'decision.recorded', uuidv7(), now(),"
    " jsonb_build_object('action', 'declined', 'findings', '0') from generate_series(1, :count)"
)


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


async def write(sessions: Sessions, tenant: TenantId) -> None:
    """Commit one row and its audit event."""
    event = AuditEvent(
        EventId(uuid_utils.compat.uuid7()),
        tenant,
        "benchmark",
        "decision.recorded",
        uuid4(),
        now(),
        (("action", "declined"), ("findings", "0")),
    )
    async with sessions.begin(tenant) as tx:
        await tx.session.execute(INSERT, {"id": event.id, "tenant": tenant})
        await audit.append(tx, event)


async def write_for(sessions: Sessions, tenant: TenantId, seconds: float) -> float:
    """Write from all connections at once; return transactions a second."""
    deadline = time.perf_counter() + seconds
    written = 0

    async def one() -> None:
        nonlocal written
        while time.perf_counter() < deadline:
            await write(sessions, tenant)
            written += 1

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(WRITERS)))
    return written / (time.perf_counter() - began)


@asynccontextmanager
async def sealing(sessions: Sessions, tenant: TenantId, lags: list[int]) -> AsyncIterator[None]:
    """Seal as a worker does while the block runs, and note what each pass found waiting."""
    mark: Mark | None = None

    async def seal() -> None:
        nonlocal mark
        while True:
            sealed = await seal_events(tenant, mark, sessions=sessions, clock=now)
            mark = sealed.mark
            lags.append(sealed.count)
            if not sealed.is_behind:
                await asyncio.sleep(EVERY_S)

    task = asyncio.create_task(seal())
    try:
        yield
    finally:
        task.cancel()


async def compare(sessions: Sessions, turns: int, seconds: float) -> dict[str, object]:
    """Write with and without a sealer, in turns, each on a tenant of its own."""
    rates: dict[bool, list[float]] = {False: [], True: []}
    cpu: list[float] = []
    lags: list[int] = []
    await write_for(sessions, TenantId(uuid4()), seconds / 2)  # warm
    for turn in track(range(turns), "writing"):
        for with_sealer in (False, True) if turn % 2 else (True, False):
            tenant = TenantId(uuid4())
            if with_sealer:
                async with sealing(sessions, tenant, lags):
                    rates[True].append(await write_for(sessions, tenant, seconds))
            else:
                began = time.process_time()
                rate = await write_for(sessions, tenant, seconds)
                rates[False].append(rate)
                cpu.append(1e6 * (time.process_time() - began) / (rate * seconds))
    ratios = [kept / free for kept, free in zip(rates[True], rates[False], strict=True)]
    return {
        "writers": WRITERS,
        "turns": turns,
        "seconds_a_turn": seconds,
        "without_sealer_per_s": spread(rates[False]),
        "with_sealer_per_s": spread(rates[True]),
        "ratio": spread(ratios),
        "cpu_us_per_write": spread(cpu),
        "sealed_in_a_pass": {"median": statistics.median(lags), "most": max(lags)},
    }


async def verifying(sessions: Sessions, folder: Path) -> dict[str, object]:
    """Seal 100,000 events, then verify them; rates in events a second."""
    tenant = TenantId(uuid4())
    for _ in range(10):
        async with sessions.begin(tenant) as tx:
            await tx.session.execute(FILL, {"tenant": tenant, "count": SEALED // 10})
    mark: Mark | None = None
    began, cpu, sealed = time.perf_counter(), time.process_time(), 0
    while sealed < SEALED:
        passed = await seal_events(tenant, mark, sessions=sessions, clock=now)
        mark, sealed = passed.mark, sealed + passed.count
    took, sealing_cpu = time.perf_counter() - began, time.process_time() - cpu
    signer = Ed25519CheckpointSigner(KeyFolder(folder / "keys"), now)
    outside = CheckpointFiles(folder / "checkpoints")
    made = await checkpoint_chain(
        tenant, sessions=sessions, signer=signer, outside=outside, clock=now
    )
    assert made is not None
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rates = []
    cpu = time.process_time()
    for _ in range(VERIFICATIONS):
        began = time.perf_counter()
        verified = await verify_chain(tenant, sessions=sessions, signer=signer, outside=outside)
        rates.append(SEALED / (time.perf_counter() - began))
        assert verified.is_whole, verified.findings
        assert verified.head.seq == SEALED
    verifying_cpu = (time.process_time() - cpu) / VERIFICATIONS
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {
        "events": SEALED,
        "sealed_per_s": round(SEALED / took),
        "verified_per_s": spread(rates),
        # Of this process alone, so hardly touched by what else the machine does.
        "cpu_us_per_event": {
            "sealing": round(1e6 * sealing_cpu / SEALED, 1),
            "verifying": round(1e6 * verifying_cpu / SEALED, 1),
        },
        "memory_grown_mib": round(grown / 1024, 1),
    }


def spread(values: list[float]) -> dict[str, float]:
    """Median, least and most, to four figures."""
    shown = {"median": statistics.median(values), "least": min(values), "most": max(values)}
    return {name: float(f"{value:.4g}") for name, value in shown.items()}


def folders() -> tuple[Path, Path]:
    """Make a folder and a home in it, which the database's own user can reach."""
    outer = Path(tempfile.mkdtemp(prefix="rationale-benchmark-", dir="/var/tmp"))
    outer.chmod(0o711)
    state = home(outer / "home")
    state.chmod(0o711)
    return outer, state


async def main(turns: int, seconds: float) -> dict[str, object]:
    """Measure on an embedded server of its own."""
    outer, state = folders()
    with Attachment("postgres", state) as attachment:
        endpoint = attachment.endpoint
        await upgrade(
            postgres.url(endpoint, "owner"),
            now=now(),
            new_id=uuid_utils.compat.uuid7,
            grant_to=postgres.ROLES["service"],
        )
        vault = MasterKeyVault(bytes(32))
        sessions = Sessions(
            connect(postgres.url(endpoint, "service"), pool_size=WRITERS + 1), vault
        )
        measured: dict[str, object] = {
            "load_1m_before": round(os.getloadavg()[0], 2),
            "processors": os.cpu_count(),
            "writes": await compare(sessions, turns, seconds),
            "verification": await verifying(sessions, outer),
        }
        await sessions.engine.dispose()
    return measured


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=6.0)
    given = parser.parse_args()
    report = asyncio.run(main(given.turns, given.seconds))
    RESULT.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=None if given.json else 1))
