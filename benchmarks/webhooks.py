"""What webhooks add to recording a decision: with no outbox at all, no endpoint, and two.

`uv run python -m benchmarks.webhooks [blocks] [decisions a block]`. The three take turns, decision
by decision, on one embedded database, so that whatever else the machine does meets all of them. No
worker runs: what is measured is the transaction of the request alone, from one caller at a time.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from app.api.schemas import DecisionIn
from app.db import outbox
from app.db.engine import Tx
from app.domain.access import Actor, Role
from app.domain.creditors import DEMO_CREDITOR
from app.domain.ids import EndpointId, TenantId
from app.domain.webhooks import EventType, Message
from app.embedded.start import start
from app.resources import Resources, open_tenant
from app.settings import Settings
from app.use_cases.manage_webhooks import register_webhook
from app.use_cases.record_decision import RequestIdentity, record_decision
from tests.api.test_thread import recorded_decision

EVENTS: tuple[EventType, ...] = ("decision.recorded", "explanation.ready", "notice.issued")
ARMS = ("no outbox", "no endpoint", "two endpoints")


@contextmanager
def without_outbox() -> Iterator[None]:
    """Leave the statement out, as if there were no webhooks."""
    append = outbox.append

    async def nothing(_: Tx, *__: Message, **___: object) -> None:
        return None

    outbox.append = nothing  # type: ignore[assignment] # a measurement without it
    yield
    outbox.append = append


async def record(resources: Resources, actor: Actor) -> float:
    """Record a decision; return milliseconds."""
    submission = DecisionIn.model_validate(recorded_decision()).to_domain()
    identity = RequestIdentity(None, submission.external_id.encode())
    began = time.perf_counter()
    await record_decision(
        submission,
        request=identity,
        actor=actor,
        sessions=resources.sessions,
        catalogue=resources.catalogue,
        clock=resources.clock,
        new_id=resources.new_id,
        trace={},
    )
    return 1000 * (time.perf_counter() - began)


async def tenant_with(resources: Resources, endpoints: int) -> Actor:
    """Open a tenant that knows the demo's models and has so many endpoints."""
    actor = Actor("benchmark", TenantId(uuid4()), frozenset({Role.SERVICE, Role.ADMIN}))
    await open_tenant(resources, actor.tenant_id, "Benchmark", DEMO_CREDITOR)
    for _ in range(endpoints):
        await register_webhook(
            "http://127.0.0.1:9/",
            EVENTS,
            "",
            endpoint_id=EndpointId(resources.new_id()),
            actor=actor,
            sessions=resources.sessions,
            sender=resources.webhooks,
            clock=resources.clock,
            new_id=resources.new_id,
        )
    return actor


async def measure(resources: Resources, blocks: int, count: int) -> dict[str, list[float]]:
    """Take turns decision by decision; return each block's medians."""
    untold, told = await tenant_with(resources, 0), await tenant_with(resources, 2)
    medians: dict[str, list[float]] = {name: [] for name in ARMS}
    for block in range(blocks + 1):
        took: dict[str, list[float]] = {name: [] for name in ARMS}
        for _ in range(count):
            with without_outbox():
                took["no outbox"].append(await record(resources, untold))
            took["no endpoint"].append(await record(resources, untold))
            took["two endpoints"].append(await record(resources, told))
        if block:  # the first only warms caches and statements
            for name in ARMS:
                medians[name].append(statistics.median(took[name]))
    return medians


async def main(home: Path, blocks: int, count: int) -> None:
    """Print the median of each arm, and its ratio to the first within each block."""
    started = await start(Settings(home=home, llm_disabled=True, webhook_allowed_hosts="127.0.0.1"))
    medians = await measure(started.resources, blocks, count)
    await started.close()
    print(f"{blocks} blocks of {count} decisions each; medians in ms, ratios to 'no outbox'")
    for name in ARMS:
        ratios = [a / b for a, b in zip(medians[name], medians["no outbox"], strict=True)]
        print(
            f"{name:>14}: {statistics.median(medians[name]):6.2f} ms "
            f"({min(medians[name]):.2f} to {max(medians[name]):.2f}), "
            f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        )


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    # Long enough to hold a database, short enough for the path of its socket.
    with tempfile.TemporaryDirectory(prefix="rationale-bench-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o711)
        asyncio.run(main(Path(folder), *(given or (8, 60))))
