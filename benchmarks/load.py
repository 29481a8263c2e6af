"""Ramps the arrival rate past what the service can do, and back: what it answers, and how soon.

`uv run python -m benchmarks.load` starts `rationale serve` (embedded database, a language-model
endpoint of 1.5 s a call) and asks for more at each step, whatever has been answered (open loop).
A latency counts from when a request was due, so that a client held up hides nothing. `/livez` is
asked every 100 ms beside it. Writes `benchmarks/results/load.json`; 1 where a rule of `judge`
is broken.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx

from app.domain.access import Role
from app.embedded.demo import demo_application
from app.embedded.issuer import DevelopmentIssuer
from app.embedded.start import DEMO_TENANT
from benchmarks.load_client import LoadClient, TransportError
from seed.library import scf_households
from tests.contracts.fake_endpoint import FakeEndpoint

RESULTS = Path(__file__).parent / "results"
RATES = (2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 80.0)  # requests a second
RECOVERY = (5.0, 2.0)
STEP_S = 10.0
SETTLE_S = 20.0  # between the top and the way back: what was let in is answered and explained
PROBE_EVERY_S = 0.1
SERVED_SHARE = 0.99  # below this a step is past the knee
RECOVERED_FACTOR, RECOVERED_S = 3.0, 0.25  # the median at the end against the one at first
PROBED_S = 5.0  # the slowest answer of `/livez` that still counts as one
# Of a hundred requests.
MIX = {"read": 60, "decide": 25, "explain": 10, "search": 5}
WARM_UP = 20
KEPT_UP = 1.1  # a step that took longer than it should was held up by its client
REFUSALS = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


@dataclass(slots=True)
class Step:
    """What one rate led to. Latencies in seconds, of all answers and of those that were served."""

    offered: float
    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    transport_errors: Counter[str] = field(default_factory=Counter)
    served_s: list[float] = field(default_factory=list)
    refused_s: list[float] = field(default_factory=list)
    probes_s: list[float] = field(default_factory=list)
    probes_failed: int = 0

    @property
    def asked(self) -> int:
        """How many requests were due."""
        return self.statuses.total() + self.transport_errors.total()

    @property
    def served(self) -> int:
        """How many were answered with what they asked for."""
        return sum(
            count for status, count in self.statuses.items() if httpx.codes.is_success(status)
        )

    @property
    def is_past_knee(self) -> bool:
        """Whether the service did markedly less than it was asked for."""
        return self.served < SERVED_SHARE * self.asked

    @property
    def refused(self) -> int:
        """How many were refused for want of room."""
        return sum(self.statuses[status] for status in REFUSALS)

    @property
    def other(self) -> dict[int, int]:
        """Count what is neither an answer nor a refusal in order."""
        return {
            status: count
            for status, count in self.statuses.items()
            if not httpx.codes.is_success(status) and status not in REFUSALS
        }

    def row(self) -> dict[str, Any]:
        """Return the figures, without the single latencies."""
        return {
            "offered_per_s": self.offered,
            "served_per_s": round(self.served / self.seconds, 1),
            "asked": self.asked,
            "2xx": self.served,
            "429": self.statuses[429],
            "503": self.statuses[503],
            "other": {str(status): count for status, count in self.other.items()},
            "transport_errors": dict(self.transport_errors),
            "p50_s": _quantile(self.served_s, 0.50),
            "p95_s": _quantile(self.served_s, 0.95),
            "p99_s": _quantile(self.served_s, 0.99),
            "refused_p99_s": _quantile(self.refused_s, 0.99),
            "livez_p50_s": _quantile(self.probes_s, 0.50),
            "livez_p99_s": _quantile(self.probes_s, 0.99),
            "livez_max_s": _quantile(self.probes_s, 1.0),
            "livez_failed": self.probes_failed,
            "past_knee": self.is_past_knee,
        }


def _quantile(values: Sequence[float], share: float) -> float | None:
    if not values:
        return None
    return round(sorted(values)[min(len(values) - 1, int(share * len(values)))], 3)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What is asked, by a fixed seed: reads of what was decided, decisions, searches, waits."""

    client: LoadClient
    run: str
    decided: list[str]
    explainable: list[str]
    households: Iterator[dict[str, str]]
    chance: random.Random

    async def ask(self) -> int:
        """Send one request and return its status."""
        (kind,) = self.chance.choices(list(MIX), list(MIX.values()))
        if kind == "search":
            words = self.chance.choice(("reasons", "adverse%20action", "counteroffer", "score"))
            return (await self.client.ask("GET", f"/v1/policies/search?q={words}"))[0]
        if kind == "explain" and self.explainable:
            path = f"{self.chance.choice(self.explainable)}/explanations?wait_s=2"
            return (await self.client.ask("POST", path))[0]
        if kind == "read" and self.decided:
            return (await self.client.ask("GET", self.chance.choice(self.decided)))[0]
        return await self.decide()

    async def decide(self) -> int:
        """Send an application that nobody has sent yet."""
        body = demo_application(next(self.households), self.run)
        body["external_id"] = f"{self.run}-{self.chance.getrandbits(64):x}"
        status, decision = await self.client.ask("POST", "/v1/applications", body)
        if httpx.codes.is_success(status):
            path = f"/v1/decisions/{decision['id']}"
            if "reasons" in decision:  # else it is left to a person, and no decision yet
                self.decided.append(path)
            if decision.get("reasons"):
                self.explainable.append(path)
        return status


async def drive(
    address: str,
    token: str,
    rates: Sequence[float],
    *,
    step_s: float = STEP_S,
    recovery: Sequence[float] = RECOVERY,
    settle_s: float = SETTLE_S,
    warm_up: int = WARM_UP,
) -> list[Step]:
    """Offer each rate for `step_s` seconds, without waiting for answers; then the way back."""
    client, probing = LoadClient(address, token), LoadClient(address)
    chance = random.Random(7)  # noqa: S311 -- a repeatable mix, no secret
    traffic = Traffic(client, f"{time.time_ns():x}", [], [], cycle(scf_households("demo")), chance)
    try:
        for _ in range(warm_up):  # the first search loads its models, the first write its plans
            await traffic.ask()
        steps = [await _step(traffic, probing, rate, step_s) for rate in rates]
        await asyncio.sleep(settle_s)
        return steps + [await _step(traffic, probing, rate, step_s) for rate in recovery]
    finally:
        client.close()
        probing.close()


async def _step(traffic: Traffic, probing: LoadClient, rate: float, step_s: float) -> Step:
    step = Step(rate)
    began = time.perf_counter()
    probe = asyncio.create_task(_probe(probing, step))
    asked = []
    for at in range(round(rate * step_s)):
        due = began + at / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        asked.append(asyncio.create_task(_ask(traffic, step, due)))
    await asyncio.sleep(max(0.0, began + step_s - time.perf_counter()))
    step.seconds = time.perf_counter() - began
    await asyncio.gather(*asked)
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    return step


async def _ask(traffic: Traffic, step: Step, due: float) -> None:
    try:
        status = await traffic.ask()
    except TransportError as error:
        step.transport_errors[str(error)] += 1
        return
    step.statuses[status] += 1
    latencies = step.refused_s if status in REFUSALS else step.served_s
    latencies.append(time.perf_counter() - due)


async def _probe(probing: LoadClient, step: Step) -> None:
    while True:
        began = time.perf_counter()
        try:
            status, _ = await probing.ask("GET", "/livez")
            step.probes_failed += not httpx.codes.is_success(status)
        except TransportError:
            step.probes_failed += 1
        took = time.perf_counter() - began
        step.probes_s.append(took)
        await asyncio.sleep(max(0.0, PROBE_EVERY_S - took))


def judge(steps: Sequence[Step], recovery: int = len(RECOVERY)) -> list[str]:
    """Name what must not be: an error below the knee, any but 429 and 503 above, no recovery."""
    ramp, after = steps[:-recovery], steps[-recovery:]
    past = [at for at, step in enumerate(ramp) if step.is_past_knee]
    knee = past[0] if past else len(ramp)
    faults = [] if past else ["the ramp ends below the knee"]
    if knee == 0:
        faults.append("the first rate is past the knee already")
    for step in steps:
        if step.asked > KEPT_UP * step.offered * step.seconds + 1 or (
            step.asked * KEPT_UP < step.offered * step.seconds - 1
        ):
            faults.append(f"at {step.offered:g}/s: the client offered another rate")
        name = f"at {step.offered:g}/s"
        if step.other or step.transport_errors:
            faults.append(f"{name}: {step.other} {dict(step.transport_errors)}")
        if step.probes_failed or max(step.probes_s, default=0.0) > PROBED_S:
            faults.append(f"{name}: /livez failed {step.probes_failed} times, or was slow")
    faults += [
        f"at {step.offered:g}/s: {step.refused} refused below the knee or after the ramp"
        for step in (*ramp[:knee], after[-1])
        if step.refused
    ]
    first, last = _quantile(ramp[0].served_s, 0.5), _quantile(after[-1].served_s, 0.5)
    if first is None or last is None or last > RECOVERED_FACTOR * first + RECOVERED_S:
        faults.append(f"the median was {first} s at first and is {last} s after the ramp")
    return faults


@contextmanager
def _home() -> Iterator[Path]:
    """A state folder that the database's own user can reach."""
    with tempfile.TemporaryDirectory(prefix="rationale-load-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "home"


@asynccontextmanager
async def _service(home: Path, endpoint: str) -> AsyncIterator[str]:
    """Start `rationale serve` as a process of its own and yield its address."""
    environment = {
        **os.environ,
        "RATIONALE_HOME": str(home),
        "LLM_BASE_URL": endpoint,
        "LLM_MODEL": "mock",
    }
    process = subprocess.Popen(  # noqa: ASYNC220 -- started before anything is measured
        [sys.executable, "-m", "app.cli.main", "serve", "--port", "0"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        address = ""
        for line in process.stderr:
            if line.startswith("Rationale serves "):
                address = line.split()[2]
                break
        drained = asyncio.create_task(asyncio.to_thread(process.stderr.read))
        yield address
        process.terminate()
        await drained
    finally:
        process.kill()
        process.wait()


async def main(step_s: float, rates: Sequence[float]) -> int:
    """Ramp, judge, print and keep."""
    endpoint = subprocess.Popen(  # noqa: ASYNC220 -- as above
        [sys.executable, "-m", "benchmarks.load", "--endpoint"], stdout=subprocess.PIPE, text=True
    )
    assert endpoint.stdout is not None
    load_before = os.getloadavg()[0]
    try:
        with _home() as home:
            async with _service(home, endpoint.stdout.readline().strip()) as address:
                issuer = DevelopmentIssuer(home, "development")
                token = issuer.issue(Role.SERVICE, DEMO_TENANT, now=datetime.now(UTC))
                steps = await drive(address, token, rates, step_s=step_s)
            await asyncio.sleep(3)  # the embedded services leave
    finally:
        endpoint.kill()
        endpoint.wait()
    faults = judge(steps)
    report = {
        "mix": MIX,
        "step_s": step_s,
        "model_call_s": 1.5,
        "steps": [step.row() for step in steps],
        "faults": faults,
        "cores": os.cpu_count(),
        "load_1m": {"before": round(load_before, 2), "after": round(os.getloadavg()[0], 2)},
        "python": platform.python_version(),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    (RESULTS / "load.json").write_text(json.dumps(report, indent=2) + "\n")
    print(table(steps))
    print("\n".join(faults) or "No fault.")
    return 1 if faults else 0


def table(steps: Sequence[Step]) -> str:
    """Return the figures as a Markdown table."""
    shown = ["offered_per_s", "served_per_s", "2xx", "429", "503", "p50_s", "p95_s", "p99_s"]
    shown += ["refused_p99_s", "livez_p99_s", "livez_max_s"]
    lines = [f"| {' | '.join(shown)} |", "|---" * len(shown) + "|"]
    for step in steps:
        row = step.row()
        cells = ("" if row[name] is None else str(row[name]) for name in shown)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def serve_endpoint() -> None:
    """Answer as a language model does, 1.5 s a call, until killed."""
    endpoint = FakeEndpoint("slow")
    print(endpoint.base_url, flush=True)
    while True:
        time.sleep(60)
        endpoint.bodies.clear()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step-seconds", type=float, default=STEP_S)
    parser.add_argument("--rates", type=float, nargs="+", default=list(RATES))
    parser.add_argument("--endpoint", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.endpoint:
        serve_endpoint()
    sys.exit(asyncio.run(main(given.step_seconds, given.rates)))
