"""Kills parts of a running service at random, under load, and sees what is left of it."""

import os
import random
import time
from collections import Counter
from dataclasses import dataclass

from typing_extensions import override

from tests.faults import balance
from tests.faults.deployments import Deployment, wait_until_ready
from tests.faults.load import Clients, Ledger

SETTLED_S = 120  # after the last kill: a dead worker's job is taken over after 10 s
REVIVED_S = 60  # after any kill, on a busy machine
LONGEST_S = 1800


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a storm went."""

    kills: Counter[str]
    settled_s: float
    ledger: Ledger

    @override
    def __str__(self) -> str:
        held = self.ledger
        kills = ", ".join(f"{name} {n}" for name, n in sorted(self.kills.items()))
        return (
            f"{of_kills(self.kills)} kills ({kills}); {len(held.decisions)} decisions acknowledged, "
            f"{held.events.total()} events, {len(held.asked)} more explanations; {held.sent} "
            f"requests, {held.again} of them to be sent again; settled {self.settled_s:.1f} s "
            "after the last kill"
        )


def storm(deployment: Deployment, kills: int) -> None:
    """Rage with a seed that is printed first: set FAULT_SEED to have the same storm again."""
    seed = int(os.environ.get("FAULT_SEED", time.time_ns() % 1_000_000))
    print(f"\nFAULT_SEED={seed}", end=" ", flush=True)  # noqa: T201 -- needed where it fails
    print(rage(deployment, kills=kills, seed=seed))  # noqa: T201 -- a measurement


def rage(deployment: Deployment, *, kills: int, seed: int, pause_s: float = 0.3) -> Outcome:
    """Kill that many parts at moments that the seed chooses; assert that nothing is missing."""
    rng = random.Random(seed)  # noqa: S311 -- to be repeated, not to be secret
    names, weights = zip(*deployment.targets.items(), strict=True)
    killed: Counter[str] = Counter()
    clients = Clients(deployment, seed)
    last = deadline = time.monotonic()
    deadline += LONGEST_S
    try:
        while of_kills(killed) < kills and time.monotonic() < deadline:
            _let_work(deployment, clients.ledger, answers=rng.randint(1, 4))
            _tend_for(deployment, rng.uniform(0, 2 * pause_s))
            target = rng.choices(names, weights)[0]
            if deployment.kill(target):
                killed[target] += 1
                last = time.monotonic()
        wait_until_ready(deployment)
    finally:
        clients.stop()
    settled = balance.seconds_until_settled(deployment, last, SETTLED_S)
    balance.check(deployment, clients.ledger)
    return Outcome(killed, settled, clients.ledger)


def of_kills(faults: Counter[str]) -> int:
    """Count the kills among the faults: a database that is restarted in order is none."""
    return sum(n for name, n in faults.items() if not name.startswith("restart"))


def _let_work(deployment: Deployment, ledger: Ledger, *, answers: int) -> None:
    """Wait for some answers: a service that is down already is not killed by more kills."""
    enough = ledger.answered + answers
    deadline = time.monotonic() + REVIVED_S
    while ledger.answered < enough:
        assert time.monotonic() < deadline, "the service does not come back"
        _tend_for(deployment, 0.05)


def _tend_for(deployment: Deployment, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        deployment.tend()
        time.sleep(min(left, 0.1))
