"""What every scoring adapter must do, whichever protocol it speaks."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from app.adapters.model_http import ATTEMPTS, FAILURES_TO_OPEN, MAX_CONCURRENT, ModelCalls
from app.adapters.model_mlflow import MlflowModels
from app.adapters.model_native import NativeModels
from app.adapters.model_oip import OipModels
from app.adapters.registration_json import registration_from_json
from app.domain.errors import InvalidFields, ModelUnavailable, UnknownProduct
from app.domain.reasons import principal_reasons
from app.resources import PRODUCTS
from app.use_cases.ports import ScoringModel
from reference import scorecard
from reference.applications import application_of_household
from seed.library import scf_households
from tests.contracts.fake_model_server import FakeModelServer

APPLICATION = application_of_household(next(iter(scf_households("demo"))))
Make = Callable[[str, ModelCalls], ScoringModel]
ADAPTERS: dict[str, Make] = {
    "native": lambda url, calls: NativeModels(lambda: url, lambda: url, PRODUCTS, calls),
    "oip": lambda url, calls: OipModels(lambda: url, {"personal-loan": "personal-loan"}, calls),
    "mlflow": lambda url, calls: MlflowModels({"personal-loan": lambda: url}, calls),
}


@pytest.fixture
def upstream(model_server: str) -> str:
    return model_server


@pytest.fixture(params=ADAPTERS)
def make(request: pytest.FixtureRequest) -> Make:
    return ADAPTERS[request.param]


async def ask(make: Make, upstream: str, *script: str, deadline_s: float = 3) -> FakeModelServer:
    """Score once through a server that follows the script; return the server."""
    fake = FakeModelServer(upstream, *script)
    calls = ModelCalls(deadline_s=deadline_s)
    try:
        await make(fake.address, calls).score("personal-loan", APPLICATION)
    finally:
        await calls.close()
        fake.close()
    return fake


async def test_the_answer_is_the_same_whatever_the_protocol(make: Make, upstream: str) -> None:
    calls = ModelCalls()
    scored = await make(upstream, calls).score("personal-loan", APPLICATION)
    native = await ADAPTERS["native"](upstream, calls).score("personal-loan", APPLICATION)
    await calls.close()
    described = registration_from_json(scorecard.registration(scorecard.MODEL, scorecard.VERSION))
    always = replace(described, cutoff=None)

    assert scored.model == native.model
    assert (scored.score, scored.cutoff) == (native.score, native.cutoff)
    assert principal_reasons(scored.attributed, always) == principal_reasons(
        native.attributed, always
    )


async def test_what_passes_is_tried_again(make: Make, upstream: str) -> None:
    for passing in ("503", "429", "cut"):
        fake = await ask(make, upstream, passing, passing, "good")
        assert fake.calls >= ATTEMPTS


@pytest.mark.parametrize("broken", ["500", "404", "garbage", "empty", "list", "number"])
async def test_what_does_not_pass_is_not(make: Make, upstream: str, broken: str) -> None:
    fake = FakeModelServer(upstream, broken)
    calls = ModelCalls()
    with pytest.raises(ModelUnavailable):
        await make(fake.address, calls).score("personal-loan", APPLICATION)
    assert fake.calls <= 2  # metadata and inference, each once
    await calls.close()
    fake.close()


@pytest.mark.parametrize("spoilt", ["nan", "off-scale"])
async def test_an_answer_that_nobody_could_decide_by_is_none(
    make: Make, upstream: str, spoilt: str
) -> None:
    with pytest.raises(ModelUnavailable, match=r"not finite|outside its own scale"):
        await ask(make, upstream, spoilt)


async def test_attempts_end_and_so_does_patience(make: Make, upstream: str) -> None:
    with pytest.raises(ModelUnavailable):
        await ask(make, upstream, "503")
    began = time.monotonic()
    with pytest.raises(ModelUnavailable):
        await ask(make, upstream, "hang", deadline_s=0.3)
    assert time.monotonic() - began < 1.4


async def test_the_server_learns_how_long_it_has(make: Make, upstream: str) -> None:
    fake = await ask(make, upstream, "503", "good", deadline_s=2)
    assert all(0 < timeout <= 2000 for timeout in fake.timeouts)
    assert fake.timeouts[1] <= fake.timeouts[0]


async def test_a_field_the_model_cannot_read_is_named(make: Make, upstream: str) -> None:
    calls = ModelCalls()
    scoring = make(upstream, calls)
    with pytest.raises(InvalidFields, match="shoe_size"):
        await scoring.score("personal-loan", {**APPLICATION, "shoe_size": 42})
    with pytest.raises(InvalidFields, match="annual_income"):
        await scoring.score("personal-loan", {**APPLICATION, "annual_income": float("nan")})
    with pytest.raises(UnknownProduct):
        await scoring.score("yacht", APPLICATION)
    await calls.close()


async def test_the_breaker_opens_for_a_model_and_closes_again(make: Make, upstream: str) -> None:
    fake = FakeModelServer(upstream, "500")
    calls = ModelCalls(open_s=1)
    scoring = make(fake.address, calls)
    for _ in range(FAILURES_TO_OPEN):
        with pytest.raises(ModelUnavailable, match="HTTP 500"):
            await scoring.score("personal-loan", APPLICATION)
    asked = fake.calls
    with pytest.raises(ModelUnavailable, match="failed repeatedly"):
        await scoring.score("personal-loan", APPLICATION)
    assert fake.calls == asked
    fake.script = ["good"]
    await asyncio.sleep(1.1)
    assert (await scoring.score("personal-loan", APPLICATION)).score.value > Decimal(0)
    await calls.close()
    fake.close()


async def test_bad_input_never_opens_the_breaker(upstream: str) -> None:
    calls = ModelCalls()
    scoring = ADAPTERS["native"](upstream, calls)
    for _ in range(FAILURES_TO_OPEN + 1):
        with pytest.raises(InvalidFields):
            await scoring.score("personal-loan", {"shoe_size": 42})
    assert (await scoring.score("personal-loan", APPLICATION)).cutoff
    await calls.close()


async def test_calls_at_once_are_limited(upstream: str) -> None:
    fake = FakeModelServer(upstream, "hang")
    calls = ModelCalls(deadline_s=2.5)
    scoring = ADAPTERS["native"](fake.address, calls)
    tasks = [
        asyncio.create_task(scoring.score("personal-loan", APPLICATION))
        for _ in range(MAX_CONCURRENT + 8)
    ]
    await asyncio.sleep(0.8)
    assert fake.calls == MAX_CONCURRENT
    await asyncio.gather(*tasks, return_exceptions=True)
    await calls.close()
    fake.close()
