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

# After the last kill: a dead worker's job is taken over after 10 s, and one that failed often
# waits for a minute; what was put off meanwhile is worked off at a second each on a busy machine.
SETTLED_S = 120
EACH_S = 2
REVIVED_S = 60  # after any kill, on a busy machine
LONGEST_S = 1800


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a storm went."""

    kills: Counter[str]
    waiting: int
    settled_s: float
    ledger: Ledger

    @override
    def __str__(self) -> str:
        held = self.ledger
        kills = ", ".join(f"{name} {n}" for name, n in sorted(self.kills.items()))
        return (
            f"{of_kills(self.kills)} kills ({kills}); {len(held.decisions)} decisions acknowledged, "
            f"{held.events.total()} events, {len(held.asked)} more explanations; {held.sent} "
            f"requests, {held.again} of them to be sent again; {self.waiting} things owed then, all "
            f"settled {self.settled_s:.1f} s after the last kill"
        )


def storm(deployment: Deployment, kills: int, *, breaths: float = 0) -> None:
    """Rage with a seed that is printed first: set FAULT_SEED to have the same storm again."""
    seed = int(os.environ.get("FAULT_SEED", time.time_ns() % 1_000_000))
    print(f"\nFAULT_SEED={seed}", end=" ", flush=True)  # noqa: T201 -- needed where it fails
    print(rage(deployment, kills=kills, seed=seed, breaths=breaths))  # noqa: T201 -- a measurement


def rage(
    deployment: Deployment, *, kills: int, seed: int, breaths: float, pause_s: float = 0.3
) -> Outcome:
    """Kill that many parts at moments that the seed chooses; assert that nothing is missing.

    Before that share of the kills (`breaths`) an explanation is let through: a job whose worker
    dies at every start is given up, and in a long storm that would be every job.
    """
    rng = random.Random(seed)  # noqa: S311 -- to be repeated, not to be secret
    names, weights = zip(*deployment.targets.items(), strict=True)
    killed: Counter[str] = Counter()
    clients = Clients(deployment, seed)
    last = deadline = time.monotonic()
    deadline += LONGEST_S
    try:
        while of_kills(killed) < kills and time.monotonic() < deadline:
            _let_work(deployment, clients.ledger, answers=rng.randint(1, 4))
            if rng.random() < breaths:
                _let_explain(deployment)
            _tend_for(deployment, rng.uniform(0, 2 * pause_s))
            target = rng.choices(names, weights)[0]
            if deployment.kill(target):
                killed[target] += 1
                last = time.monotonic()
        wait_until_ready(deployment)
    finally:
        clients.stop()
    waiting = balance.owed(deployment)
    settled = balance.seconds_until_settled(deployment, last, SETTLED_S + EACH_S * len(waiting))
    balance.check(deployment, clients.ledger)
    return Outcome(killed, len(waiting), settled, clients.ledger)


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


def _let_explain(deployment: Deployment) -> None:
    """Wait for an explanation, unless everything is explained."""
    before = balance.explained(deployment)
    deadline = time.monotonic() + REVIVED_S
    while balance.explained(deployment) <= before and balance.owed(deployment):
        assert time.monotonic() < deadline, "the workers do not come back"
        _tend_for(deployment, 0.2)


def _tend_for(deployment: Deployment, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        deployment.tend()
        time.sleep(min(left, 0.1))
