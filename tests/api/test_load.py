"""Asked for more than it can do, the service refuses the rest, stays alive and recovers."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from app.domain.access import Role
from benchmarks.load import Step, drive, judge, main
from tests.api.limited import limited


async def test_a_ramp_past_the_knee_is_refused_in_order_and_recovers(state: Path) -> None:
    async with limited(state, with_worker=True, max_in_flight=3, max_long_waits=3) as service:
        token = service.token(Role.SERVICE)["Authorization"].removeprefix("Bearer ")
        address = f"http://127.0.0.1:{service.port}"
        steps = await drive(
            address, token, (5, 150), step_s=1, recovery=(5,), settle_s=1.5, warm_up=3
        )
    assert steps[1].is_past_knee
    assert set(steps[1].statuses) & {429, 503}
    assert len(steps[1].probes_s) >= 3
    faults = judge(steps, recovery=1)
    # On a busy machine this client, in one process with the service, asks less, and the median of
    # five answers says little.
    noisy = ("the median was", "the client offered")
    assert [fault for fault in faults if not any(words in fault for words in noisy)] == []


def step(offered: float, served: int, took_s: float = 0.05, **others: int) -> Step:
    made = Step(offered, 10.0, Counter({200: served}), served_s=[took_s] * max(1, served))
    made.statuses.update({int(name[1:]): count for name, count in others.items()})
    return made


FINE = [step(10, 100), step(100, 500, s503=500), step(10, 100)]
BROKEN = [
    ("the ramp ends below", [step(10, 100), step(10, 100)]),
    ("the first rate is past", [step(10, 10, s503=90), step(10, 100)]),
    ("refused below the knee", [step(10, 999, s503=1), *FINE[1:]]),
    ("500", [step(10, 100), step(100, 500, s503=499, s500=1), step(10, 100)]),
    ("refused below the knee or after", [*FINE[:2], step(10, 99, s503=1)]),
    ("the median", [*FINE[:2], step(10, 100, took_s=2)]),
]


@pytest.mark.parametrize(("fault", "steps"), BROKEN)
def test_what_must_not_be_is_named(fault: str, steps: list[Step]) -> None:
    assert judge(FINE, recovery=1) == []
    assert any(fault in found for found in judge(steps, recovery=1))


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_the_whole_ramp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys.modules[main.__module__], "RESULTS", tmp_path)
    assert await main(10, (2, 5, 10, 20, 40, 80)) == 0
