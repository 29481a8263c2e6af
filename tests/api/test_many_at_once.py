"""Many clients at once who send every second request twice, and come back when told to."""

import asyncio
import random
from collections import Counter, defaultdict
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from app.domain.access import Role
from app.embedded.start import DEMO_TENANT
from tests.api.conftest import Service
from tests.api.test_thread import recorded_decision

BUSY = {409, 429, 503}


async def _post(http: httpx.AsyncClient, body: dict[str, Any], key: str) -> httpx.Response:
    """Post until it is answered; whoever is told to wait waits."""
    while True:
        try:
            answer = await http.post(
                "/v1/decisions", json=body, headers={"Idempotency-Key": key}, timeout=60
            )
        except httpx.TransportError:
            await asyncio.sleep(0.1)
            continue
        if answer.status_code not in BUSY:
            return answer
        assert "Retry-After" in answer.headers, answer.text
        await asyncio.sleep(float(answer.headers["Retry-After"]))


@pytest.mark.parametrize(
    ("requests", "in_flight"),
    [
        (150, 64),
        pytest.param(10_000, 256, marks=[pytest.mark.long, pytest.mark.timeout(3600)]),
    ],
)
async def test_there_is_one_decision_for_every_key(
    service: Service, requests: int, in_flight: int
) -> None:
    chosen = random.Random(7)  # noqa: S311 -- the order must be the same in each run
    bodies: dict[str, dict[str, Any]] = {}
    order: list[str] = []
    for _ in range(requests):
        if order and chosen.random() < 0.5:
            order.append(chosen.choice(order[-in_flight:]))  # mostly while the first is in flight
        else:
            key = uuid4().hex
            bodies[key] = recorded_decision(external_id=f"many-{key}")
            order.append(key)
    acknowledged: defaultdict[str, set[str]] = defaultdict(set)
    statuses: Counter[int] = Counter()
    waiting = iter(order)
    limits = httpx.Limits(max_connections=in_flight)
    headers = {"Authorization": f"Bearer {service.token(Role.SERVICE)}"}
    async with httpx.AsyncClient(base_url=service.address, headers=headers, limits=limits) as http:

        async def send() -> None:
            for key in waiting:
                answer = await _post(http, bodies[key], key)
                statuses[answer.status_code] += 1
                acknowledged[key].add(answer.json()["id"])

        await asyncio.gather(*(send() for _ in range(in_flight)))
    assert statuses == {201: requests}
    assert {len(ids) for ids in acknowledged.values()} == {1}
    async with service.started.resources.sessions.begin(DEMO_TENANT) as tx:
        rows = list(
            await tx.session.execute(
                text("select external_id, id from decisions where external_id like 'many-%'")
            )
        )
    stands = {(row.external_id.removeprefix("many-"), str(row.id)) for row in rows}
    assert len(rows) >= len(bodies)
    assert {(key, *ids) for key, ids in acknowledged.items()} <= stands
    assert Counter(row.external_id for row in rows).most_common(1)[0][1] == 1
