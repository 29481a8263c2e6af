"""How long reasons, notices and recourse take, on real declined applications.

`uv run python -m benchmarks.statutory [--json]`; every figure is wall time on this machine.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import uvicorn

from app.adapters.model_native import NativeModels
from app.adapters.typst_pdf import render_pdf
from app.domain.decisions import Score
from app.domain.models import (
    Feature,
    ModelVersion,
    ReasonCode,
    Reference,
    RegisteredFeature,
    Registration,
)
from app.domain.notices.letters import Letter
from app.domain.reasons import Attributed, Attribution, meets_cutoff, principal_reasons
from app.domain.recourse import MAX_CHANGES, candidates
from app.resources import PRODUCTS
from reference import scorecard, server
from reference.applications import application_of_household, derive
from seed.library import scf_households
from tests.domain.kinds_of_notice import KINDS, compose

RUNS = 2000
FEATURES = 50


def quantiles(times: list[float]) -> dict[str, float]:
    """Milliseconds."""
    cuts = statistics.quantiles(times, n=100)
    return {
        name: round(1000 * cuts[at], 3)
        for name, at in (("p50_ms", 49), ("p95_ms", 94), ("p99_ms", 98))
    }


def timed(run: Callable[[], object], runs: int = RUNS) -> dict[str, float]:
    """Run often enough that the slowest percent means something."""
    for _ in range(runs // 20):
        run()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return quantiles(times)


def wide_case() -> tuple[Attributed, Registration]:
    """Fifty features on forty codes, as a bureau scorecard has."""
    chance = random.Random(7)  # noqa: S311 -- made-up points, the same each run
    names = [Feature(f"feature_{n}") for n in range(FEATURES)]
    points = {name: Decimal(chance.randint(-200, 100)) / 10 for name in names}
    numbers = {name: Decimal(chance.randint(0, 100)) for name in names}
    reference = Reference(
        "near_cutoff", 400, {n: Decimal(chance.randint(-50, 50)) / 10 for n in names}, numbers
    )
    registration = Registration(
        ModelVersion("wide", "1"),
        higher_is_better=True,
        cutoff=Decimal(10_000),
        tolerance=Decimal("0.5"),
        features=tuple(
            RegisteredFeature(n, "lower_is_better", ReasonCode(f"X-{i % 40:02}"))
            for i, n in enumerate(names)
        ),
        references={"near_cutoff": reference},
        method="near_cutoff",
    )
    items = tuple(Attribution(name, numbers[name], points[name]) for name in names)
    return Attributed(Decimal(500) + sum(points.values()), Decimal(500), items), registration


async def recourse_times(address: str, declines: list[dict[str, float]]) -> tuple[list[float], int]:
    """Search around each decline over HTTP, as the endpoint does, less its database reads."""
    models = NativeModels(lambda: address, lambda: address, PRODUCTS)
    registration = (await models.registrations())[0]
    times, found = [], 0
    for application in declines:
        began = time.perf_counter()
        for size in range(1, MAX_CHANGES + 1):
            proposed = candidates(application, registration.levers, size)
            rescored = await models.rescore(
                "personal-loan", application, inputs=[c.inputs for c in proposed]
            )
            passing = [
                (c, s)
                for c, s in zip(proposed, rescored.inputs, strict=True)
                if meets_cutoff(s, registration)
            ]
            offered = False
            for candidate, score in passing[:12]:
                priced = await models.price(
                    "personal-loan",
                    {**application, **candidate.inputs},
                    Score(score, Decimal(300), Decimal(850)),
                )
                offered = priced.outcome == "offer"
                if offered:
                    break
            if offered:
                found += 1
                break
        times.append(time.perf_counter() - began)
    await models.close()
    return times, found


def serve() -> str:
    """Run the reference models in this process; return their address."""
    config = uvicorn.Config(server.create_app(), port=0, log_level="error")
    running = uvicorn.Server(config)
    threading.Thread(target=running.run, daemon=True).start()
    while not running.started:
        time.sleep(0.01)
    address = running.servers[0].sockets[0].getsockname()
    return f"http://{address[0]}:{address[1]}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--declines", type=int, default=200)
    arguments = parser.parse_args()
    attributed, registration = wide_case()
    card = scorecard.load("personal-loan", "1.0.0")
    households = [application_of_household(row) for row in scf_households("demo")]
    declines = [a for a in households if card.score(derive(a)) < card.cutoff][: arguments.declines]
    letter = KINDS["c1-automatic-denial-with-report-and-score"]()
    (notice,) = compose(letter)
    reasons = timed(lambda: principal_reasons(attributed, registration))
    composed = timed(lambda: compose(replace(letter)))
    pdf = timed(lambda: render_pdf(Letter(notice)), 100)
    times, found = asyncio.run(recourse_times(serve(), declines))
    figures = {
        "load_1m": round(os.getloadavg()[0], 2),
        f"reasons_{FEATURES}_features": reasons,
        "compose_notice": composed,
        "render_pdf": pdf,
        "recourse": {**quantiles(times), "declines": len(declines), "with_a_path": found},
    }
    if arguments.json:
        print(json.dumps(figures))
        return
    for name, held in figures.items():
        print(f"{name:24} {held}")


if __name__ == "__main__":
    main()
