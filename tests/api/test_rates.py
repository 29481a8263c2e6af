"""Each tenant has its own rate per class of route; failed log-ins are counted per address."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.rates import (
    DEFAULTS,
    Buckets,
    MalformedRates,
    RateExceeded,
    address_of,
    parse_rates,
    rate_class,
)
from app.domain.access import Role
from app.domain.ids import TenantId
from tests.api.limited import Limited, is_problem, limited

OTHER = TenantId(UUID("01900000-0000-7000-8000-0000000000cc"))
RATES = "read=5 search=3 write=4 failure=3"


@pytest.fixture(scope="module")
async def few(state: Path) -> AsyncIterator[Limited]:
    async with limited(state, rates=RATES, trusted_proxies="127.0.0.1") as service:
        yield service


async def test_a_tenant_beyond_its_rate_gets_429_and_no_other_tenant_or_class_does(
    few: Limited,
) -> None:
    ours, theirs = few.token(Role.COMPLIANCE), few.token(Role.COMPLIANCE, OTHER)
    answers = [await few.http.get("/v1/models", headers=ours) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert answers[0].headers["ratelimit-policy"] == '"read";q=5;w=60'
    assert answers[0].headers["ratelimit"].startswith('"read";r=4;t=')
    refused = answers[-1]
    assert is_problem(refused, 429, "rate-exceeded")
    assert 1 <= int(refused.headers["retry-after"]) <= 12
    assert refused.headers["ratelimit"].startswith('"read";r=0;t=')
    # Another token of the tenant, and what a client says of itself, change nothing.
    claimed = {**few.token(Role.ADMIN), "X-Tenant": str(OTHER), "X-Forwarded-For": "192.0.2.77"}
    assert (await few.http.get("/v1/models", headers=claimed)).status_code == 429
    assert (await few.http.get("/v1/models", headers=theirs)).status_code == 200
    searched = await few.http.get("/v1/policies/search", params={"q": "reasons"}, headers=ours)
    assert searched.status_code == 200
    for probe in ("/livez", "/readyz", "/metrics"):
        answered = await few.http.get(probe, headers=ours)
        assert answered.status_code == 200
        assert "ratelimit" not in answered.headers


async def test_a_refusal_for_want_of_permission_counts_too(few: Limited) -> None:
    forbidden = few.token(Role.REVIEWER, OTHER)
    answers = [await few.http.put("/v1/creditor", json={}, headers=forbidden) for _ in range(5)]
    assert answers[-1].status_code == 429
    assert 429 not in [answer.status_code for answer in answers[:4]]


async def test_an_address_that_keeps_failing_is_refused_unheard_and_the_known_are_served(
    few: Limited,
) -> None:
    known = few.token(Role.ADMIN, TenantId(UUID("01900000-0000-7000-8000-0000000000dd")))
    attacker = {"X-Forwarded-For": "192.0.2.1"}
    assert (await few.http.get("/v1/models", headers=known | attacker)).status_code == 200
    wrong = {"Authorization": "Bearer guessed"} | attacker
    answers = [await few.http.get("/v1/models", headers=wrong) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401] * 3 + [429] * 2
    assert is_problem(answers[-1], 429, "rate-exceeded")
    unheard = few.token(Role.UNDERWRITER) | attacker
    assert (await few.http.get("/v1/models", headers=unheard)).status_code == 429
    assert (await few.http.get("/v1/models", headers=known | attacker)).status_code == 200
    elsewhere = {"Authorization": "Bearer guessed", "X-Forwarded-For": "192.0.2.2"}
    assert (await few.http.get("/v1/models", headers=elsewhere)).status_code == 401
    assert (await few.http.get("/livez", headers=attacker)).status_code == 200


async def test_a_forwarded_address_is_not_believed_unless_a_setting_names_the_proxy(
    state: Path,
) -> None:
    async with limited(state, rates="failure=2") as service:
        statuses = []
        for at in range(4):
            claimed = {"X-Forwarded-For": f"192.0.2.{at}", "Authorization": "Bearer x"}
            statuses.append((await service.http.get("/v1/models", headers=claimed)).status_code)
        assert statuses == [401, 401, 429, 429]


async def test_as_many_as_the_rate_pass_however_many_ask_at_once(few: Limited) -> None:
    tenant = few.token(Role.COMPLIANCE, TenantId(UUID("01900000-0000-7000-8000-0000000000ee")))
    answers = await asyncio.gather(*(few.http.get("/v1/models", headers=tenant) for _ in range(20)))
    passed = sum(answer.status_code == 200 for answer in answers)
    assert 5 <= passed <= 6  # one more may have come free where the machine is slow


@given(
    per_minute=st.integers(1, 5000),
    steps=st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=200),
)
def test_no_more_pass_than_a_bucket_and_what_ran_in_since(
    per_minute: int, steps: list[float]
) -> None:
    buckets, now, passed = Buckets(), 1000.0, 0
    for step in steps:
        now += step
        try:
            left = buckets.take("read", "tenant", per_minute, now)
        except RateExceeded as refused:
            freed = now + refused.standing.free_in_s
            assert buckets.standing("read", "tenant", per_minute, freed).remaining >= 1
        else:
            passed += 1
            assert 0 <= left.remaining < per_minute
    assert passed <= per_minute + (now - 1000) * per_minute / 60 + 1


def test_addresses_that_are_made_up_are_forgotten_oldest_first() -> None:
    buckets = Buckets(most_keys=100)
    for at in range(1000):
        buckets.take("failure", f"192.0.2.{at}", 10, 0)
    assert buckets.standing("failure", "192.0.2.999", 10, 0).remaining == 9
    assert buckets.standing("failure", "192.0.2.0", 10, 0).remaining == 10


def test_one_subscriber_of_ipv6_is_one_address() -> None:
    def of(host: str) -> str:
        return address_of({"client": (host, 1)})

    assert of("2001:db8:1:2::1") == of("2001:db8:1:2:ffff::9") != of("2001:db8:1:3::1")
    assert of("::ffff:192.0.2.1") == of("192.0.2.1") != of("192.0.2.2")
    assert of("a socket") == "a socket"


CLASSES = [
    ("GET", "/v1/decisions/x", "read"),
    ("POST", "/v1/decisions", "write"),
    ("PUT", "/v1/creditor", "write"),
    ("DELETE", "/v1/decisions/x/hold", "write"),
    ("POST", "/v1/decisions:batch", "batch"),
    ("GET", "/v1/policies/search", "search"),
    ("POST", "/v1/decisions/x/explanations", "explain"),
    ("GET", "/v1/decisions/x/explanations", "read"),
    ("POST", "/v1/policies/documents", "upload"),
]


@pytest.mark.parametrize(("method", "path", "expected"), CLASSES)
def test_each_route_has_its_class(method: str, path: str, expected: str) -> None:
    assert rate_class(method, path) == expected


def test_the_setting_names_what_it_changes_and_refuses_what_it_does_not_know() -> None:
    assert parse_rates("") == DEFAULTS
    assert parse_rates("explain=7, read=9") == {**DEFAULTS, "explain": 7, "read": 9}
    for wrong in ("reads=5", "read", "read=0", "read=-1", "read=x"):
        with pytest.raises(MalformedRates, match="RATIONALE_RATES"):
            parse_rates(wrong)
