"""What a route's class makes of every way in which an endpoint may end."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Response
from sqlalchemy import text

from app.api import bounds, idempotency, problems
from app.api.idempotency import REPLAYED, KeyedRoute, ReservedId
from app.db import idempotency as keys
from app.domain.access import Role
from app.domain.answers import Answer, Claim, KeyedRequest
from app.domain.errors import IdempotencyKeyReused
from app.embedded.start import DEMO_TENANT
from app.settings import Settings
from app.use_cases.answer_once import settle_claim
from tests.api.conftest import Service


class Endpoint:
    """Ends as each call's turn says, and counts its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.ids: list[UUID] = []
        self.ends: Callable[[int], Response] = lambda _: Response(status_code=204)
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def __call__(self, reserved_id: ReservedId) -> Response:
        self.calls += 1
        self.ids.append(reserved_id)
        await self.goes_on.wait()
        return self.ends(self.calls)


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
async def probe(service: Service, endpoint: Endpoint) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.state.resources = service.started.resources
    problems.install(app)
    bounds.install(app, Settings(max_body_bytes=2 * idempotency.LARGE_BODY), {})
    router = APIRouter(route_class=KeyedRoute)
    router.add_api_route("/probe", endpoint.__call__, methods=["POST"], response_model=None)
    app.include_router(router)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {service.token(Role.SERVICE)}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://probe", headers=headers, timeout=60
    ) as client:
        yield client


def failing_once(turn: int) -> Response:
    if turn == 1:
        raise RuntimeError("a defect")
    return Response(b"done", 201, {"Location": "/there"}, "text/plain")


async def test_after_a_failure_of_ours_the_request_is_run_again_under_the_same_id(
    probe: httpx.AsyncClient, endpoint: Endpoint
) -> None:
    endpoint.ends = failing_once
    headers = {"Idempotency-Key": uuid4().hex}
    answers = [await probe.post("/probe", headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [500, 201, 201]
    assert [REPLAYED in answer.headers for answer in answers] == [False, False, True]
    assert answers[2].content == b"done"
    assert answers[2].headers["Content-Type"].startswith("text/plain")
    assert answers[2].headers["Location"] == "/there"
    assert endpoint.calls == 2
    assert len(set(endpoint.ids)) == 1


@pytest.mark.parametrize(
    ("status", "calls"),
    [(200, 1), (202, 1), (204, 1), (404, 1), (409, 1), (422, 1),
     (401, 2), (403, 2), (408, 2), (429, 2), (500, 2), (503, 2)],
)  # fmt: skip
async def test_an_answer_is_kept_unless_trying_again_is_right(
    probe: httpx.AsyncClient, endpoint: Endpoint, status: int, calls: int
) -> None:
    endpoint.ends = lambda _: Response(status_code=status)
    headers = {"Idempotency-Key": uuid4().hex}
    for _ in range(2):
        assert (await probe.post("/probe", headers=headers)).status_code == status
    assert endpoint.calls == calls


async def test_without_a_key_every_request_is_its_own(
    probe: httpx.AsyncClient, endpoint: Endpoint
) -> None:
    for _ in range(2):
        assert (await probe.post("/probe")).status_code == 204
    assert endpoint.calls == 2
    assert len(set(endpoint.ids)) == 2


async def test_a_body_is_the_same_in_what_it_says_and_another_by_one_digit(
    probe: httpx.AsyncClient,
) -> None:
    async def post(body: str, media_type: str = "application/json") -> int:
        sent = await probe.post(
            "/probe", content=body, headers={**headers, "Content-Type": media_type}
        )
        return sent.status_code

    headers = {"Idempotency-Key": uuid4().hex}
    digits = "0.1000000000000000055511151231257827"
    assert await post(f'{{"a": {digits}, "b": [1, 2]}}') == 204
    assert await post(f'{{"b":[1,2],"a":{digits}}}') == 204
    assert await post(f'{{"a": {digits}1, "b": [1, 2]}}') == 422
    assert await post(f'{{"a": {digits}, "b": [2, 1]}}') == 422
    headers = {"Idempotency-Key": uuid4().hex}
    large = "x" * (idempotency.LARGE_BODY + 1)
    assert await post(large, "text/plain") == 204
    assert await post(large, "text/plain; charset=utf-8") == 204
    assert await post(f"{large}y", "text/plain") == 422
    assert await post(large, "text/html") == 422


async def test_a_request_that_runs_for_long_keeps_its_claim(
    probe: httpx.AsyncClient, endpoint: Endpoint, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "RENEW_EVERY_S", 0.02)
    endpoint.goes_on.clear()
    headers = {"Idempotency-Key": uuid4().hex}
    first = asyncio.create_task(probe.post("/probe", headers=headers))
    leases: Counter[str] = Counter()
    async with asyncio.timeout(30):
        while len(leases) < 3:
            async with service.started.resources.sessions.begin(DEMO_TENANT) as tx:
                found = await tx.session.execute(
                    text("select max(claimed_until) from idempotency_keys where answer is null")
                )
                leases[str(found.scalar_one())] += 1
    second = asyncio.create_task(probe.post("/probe", headers=headers))
    endpoint.goes_on.set()
    assert (await first).status_code == (await second).status_code == 204
    assert endpoint.calls == 1


async def test_whoever_was_taken_over_keeps_nothing(service: Service) -> None:
    resources = service.started.resources
    request = KeyedRequest(uuid4().hex, uuid4().bytes * 2)
    answer = Answer(200, b"", None, None)

    async def claim(lease: timedelta, of: KeyedRequest = request) -> Claim | Answer | None:
        async with resources.sessions.begin(DEMO_TENANT) as tx:
            return await keys.claim(
                tx, of, token=uuid4(), reserved_id=uuid4(), lease=lease, at=resources.clock()
            )

    async def settle(held: Claim | Answer | None) -> bool:
        assert isinstance(held, Claim)
        return await settle_claim(held, answer, tenant_id=DEMO_TENANT, sessions=resources.sessions)

    died = await claim(timedelta(seconds=-1))
    taken = await asyncio.gather(*(claim(timedelta(minutes=1)) for _ in range(8)))
    winners = [held for held in taken if held is not None]
    assert len(winners) == 1
    assert isinstance(died, Claim)
    assert isinstance(winners[0], Claim)
    assert winners[0].reserved_id == died.reserved_id
    assert not await settle(died)
    assert await settle(winners[0])
    assert await claim(timedelta(minutes=1)) == answer
    with pytest.raises(IdempotencyKeyReused):
        await claim(timedelta(minutes=1), KeyedRequest(request.key, b"another"))
