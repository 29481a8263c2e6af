"""Measures what a batch saves over single posts, and what a key costs.

`uv run python -m benchmarks.batch` posts the same kind of decision one by one (over one connection
and over eight), with an Idempotency-Key, and in batches, turn about, so that a noisy machine
disturbs all alike. It prints rows per second, each way's median and range over the rounds, and
the ratios, and writes `benchmarks/results/batch.json`. No worker runs beside it.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from app.domain.access import Role
from app.embedded.serving import listen, serving
from app.embedded.start import DEMO_TENANT, start
from app.observability import logs
from app.settings import Settings
from reference import scorecard
from reference.applications import application_of_household, derive
from seed.library import scf_households

RESULTS = Path(__file__).parent / "results"
CARD = scorecard.load(scorecard.MODEL, scorecard.VERSION)
DECLINED = next(
    values
    for row in scf_households("demo")
    if CARD.score(values := derive(application_of_household(row))) < CARD.cutoff
)
Post = Callable[[httpx.AsyncClient, Sequence[dict[str, Any]]], Awaitable[None]]


def _decision() -> dict[str, Any]:
    registration = scorecard.registration(CARD.name, CARD.version)
    answer = scorecard.answer(CARD, registration, DECLINED)
    now = datetime.now(UTC)
    return {
        **answer,
        "external_id": uuid4().hex,
        "product": "personal-loan",
        "action": "declined",
        "received_at": (now - timedelta(days=2)).isoformat(),
        "decided_at": now.isoformat(),
        "applicants": [{"reference": uuid4().hex, "name": "Ann Lee", "address": "1 Road"}],
    }


def _singly(at_once: int, *, keyed: bool = False) -> Post:
    async def post(http: httpx.AsyncClient, rows: Sequence[dict[str, Any]]) -> None:
        waiting = iter(rows)

        async def send() -> None:
            for row in waiting:
                headers = {"Idempotency-Key": uuid4().hex} if keyed else {}
                answer = await http.post("/v1/decisions", json=row, headers=headers)
                assert answer.status_code == httpx.codes.CREATED, answer.text

        await asyncio.gather(*(send() for _ in range(at_once)))

    return post


async def _batch(http: httpx.AsyncClient, rows: Sequence[dict[str, Any]]) -> None:
    lines = b"\n".join(json.dumps(row).encode() for row in rows)
    answer = await http.post("/v1/decisions:batch", content=lines)
    answered = [json.loads(line)["status"] for line in answer.content.splitlines()]
    assert answered == [httpx.codes.CREATED] * len(rows), answered


WAYS: dict[str, Post] = {
    "single, 1 connection": _singly(1),
    "single, 8 connections": _singly(8),
    "single with key, 8 connections": _singly(8, keyed=True),
    "batch, 1 connection": _batch,
}


async def main(rows: int, rounds: int) -> int:
    """Post turn about and print what each way manages."""
    logs.configure(verbose=False)
    settings = Settings(llm_disabled=True)
    started = await start(settings)
    assert started.issuer is not None
    token = started.issuer.issue(Role.SERVICE, DEMO_TENANT, now=datetime.now(UTC))
    listening = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    headers = {"Authorization": f"Bearer {token}"}
    speeds: dict[str, list[float]] = {name: [] for name in WAYS}
    async with (
        serving(started, settings, listening, with_worker=False),
        httpx.AsyncClient(base_url=address, headers=headers, timeout=300) as http,
    ):
        for turn in range(rounds + 1):
            for name, post in WAYS.items():
                bodies = [_decision() for _ in range(rows)]
                began = time.perf_counter()
                await post(http, bodies)
                if turn > 0:  # the first turn warms up
                    speeds[name].append(rows / (time.perf_counter() - began))
    await started.close()
    medians = {name: statistics.median(held) for name, held in speeds.items()}
    report = {
        "rows": rows,
        "rounds": rounds,
        "rows_per_second": {
            name: {"median": round(medians[name]), "range": [round(min(s)), round(max(s))]}
            for name, s in speeds.items()
        },
        "batch_over": {
            name: round(medians["batch, 1 connection"] / held, 2) for name, held in medians.items()
        },
        "load_1m": round(os.getloadavg()[0], 2),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "batch.json").write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    sys.exit(asyncio.run(main(asked.rows, asked.rounds)))
