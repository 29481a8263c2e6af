"""More than the service can do at once is refused in time, and says when to come again."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from app.adapters.vault import MasterKeyVault
from app.api.admission import Places
from app.db.engine import Sessions, connect
from app.db.outages import DatabaseUnavailable
from app.db.upgrade import to_asyncpg
from app.domain.ids import TenantId
from app.embedded import postgres
from app.embedded.start import DEMO_TENANT
from tests.api.limited import Limited, is_problem, limited
from tests.api.test_thread import recorded_decision
from tests.conftest import MASTER_KEY

ADVERSE = recorded_decision()


@asynccontextmanager
async def locked(service: Limited, table: str) -> AsyncIterator[None]:
    """Hold a table so that whoever reads it waits."""
    endpoint = service.started.attachments[0].endpoint
    held = await asyncpg.connect(to_asyncpg(postgres.url(endpoint, "superuser")))
    transaction = held.transaction()
    await transaction.start()
    await held.execute(f"lock table {table} in access exclusive mode")
    try:
        yield
    finally:
        await transaction.rollback()
        await held.close()


async def until_waiting(service: Limited, queries: int) -> None:
    endpoint = service.started.attachments[0].endpoint
    watching = await asyncpg.connect(to_asyncpg(postgres.url(endpoint, "superuser")))
    async with asyncio.timeout(20):
        while await watching.fetchval("select count(*) from pg_locks where not granted") < queries:  # noqa: ASYNC110 -- the server tells nobody
            await asyncio.sleep(0.02)
    await watching.close()


@pytest.fixture(scope="module")
async def small(state: Path) -> AsyncIterator[Limited]:
    async with limited(state, max_in_flight=2, max_long_waits=2, pool_size=4) as service:
        yield service


async def test_beyond_the_places_and_the_queue_requests_get_503_and_probes_are_answered(
    small: Limited,
) -> None:
    async with locked(small, "decisions"):
        path = f"/v1/decisions/{DEMO_TENANT}"
        asked = [
            asyncio.create_task(small.http.get(path, headers=small.token())) for _ in range(20)
        ]
        await until_waiting(small, 2)
        began = time.monotonic()
        alive = await small.http.get("/livez")
        ready = await small.http.get("/readyz")
        assert (alive.status_code, ready.status_code) == (200, 200)
        assert time.monotonic() - began < 5
        ended = asyncio.as_completed(asked, timeout=8)  # two are served: their lock lasts longer
        refused = [await next(ended) for _ in range(18)]
        assert all(is_problem(answer, 503, "overloaded") for answer in refused)
        assert {int(answer.headers["retry-after"]) for answer in refused} <= {1, 2, 3, 4}
        metrics = (await small.http.get("/metrics")).text
        assert 'rationale_http_in_flight{kind="request"} 2.0' in metrics
    served = [answer for answer in await asyncio.gather(*asked) if answer not in refused]
    assert [answer.status_code for answer in served] == [404, 404]
    assert (await small.http.get(path, headers=small.token())).status_code == 404


async def test_those_who_wait_long_leave_the_others_their_places(small: Limited) -> None:
    posted = await small.http.post("/v1/decisions", json=ADVERSE, headers=small.token())
    assert posted.status_code == 201, posted.text
    path = f"/v1/decisions/{posted.json()['id']}/explanations?wait_s=1"
    async with locked(small, "explanations"):
        waits = [
            asyncio.create_task(small.http.post(path, headers=small.token())) for _ in range(9)
        ]
        await until_waiting(small, 2)
        ended = asyncio.as_completed(waits, timeout=8)
        refused = [await next(ended) for _ in range(7)]
        assert all(is_problem(answer, 503, "overloaded") for answer in refused)
        assert (await small.http.get("/v1/models", headers=small.token())).status_code == 200
    waited = [answer.status_code for answer in await asyncio.gather(*waits)]
    assert Counter(waited)[503] == 7
    assert set(waited) <= {200, 202, 503}


async def test_places_are_given_back_and_those_who_wait_get_them_in_turn() -> None:
    places = Places("request", 1, wait_s=5)
    assert await places.take()
    first, second = asyncio.create_task(places.take()), asyncio.create_task(places.take())
    await asyncio.sleep(0)
    assert not await places.take()  # the queue holds two
    second.cancel()
    places.give_back()
    assert await first
    places.give_back()
    assert await places.take()


async def test_an_exhausted_pool_is_503_and_the_process_stays_ready(state: Path) -> None:
    async with limited(state, pool_size=1, pool_timeout_s=0.3, statement_timeout_s=2) as service:
        path = f"/v1/decisions/{DEMO_TENANT}"
        headers = service.token()
        async with locked(service, "decisions"):
            asked = [asyncio.create_task(service.http.get(path, headers=headers)) for _ in range(6)]
            await until_waiting(service, 2)
            assert (await service.http.get("/readyz")).status_code == 200
            answers = await asyncio.gather(*asked)
        assert Counter(answer.json()["detail"].split(".")[0] for answer in answers) == {
            "Every connection to the database is in use": 4,
            "The database did not answer in time": 2,
        }
        assert all(is_problem(answer, 503, "database-unavailable") for answer in answers)
        assert all("retry-after" in answer.headers for answer in answers)
        assert (await service.http.get(path, headers=headers)).status_code == 404


async def test_a_slow_statement_is_cancelled_and_says_nothing_of_sql(
    server: dict[str, str], database: str, tenant: TenantId
) -> None:
    engine = connect(postgres.url(server, "service", database), statement_timeout_s=0.2)
    sessions = Sessions(engine, MasterKeyVault(MASTER_KEY))
    with pytest.raises(DatabaseUnavailable, match=r"^the database is timeout$"):
        async with sessions.begin(tenant) as tx:
            await tx.session.execute(text("select pg_sleep(5), :name"), {"name": "Jordan"})
    async with sessions.begin(tenant) as tx:
        shown = await tx.session.execute(
            text(
                "select current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout')"
            )
        )
        assert tuple(shown.one()) == ("200ms", "1min")
    await engine.dispose()


REFUSED_STATES = [
    ("57P01", "away"),
    ("57P03", "away"),
    ("53300", "busy"),
    ("53100", "full"),
    ("40P01", "contended"),
    ("55P03", "timeout"),
]


@pytest.mark.parametrize(("state_code", "reason"), REFUSED_STATES)
async def test_what_the_server_says_of_itself_is_an_outage(
    sessions: Sessions, tenant: TenantId, state_code: str, reason: str
) -> None:
    raising = f"do $$ begin raise exception 'no' using errcode = '{state_code}'; end $$"
    with pytest.raises(DatabaseUnavailable) as caught:
        async with sessions.begin(tenant) as tx:
            await tx.session.execute(text(raising))
    assert caught.value.reason == reason


async def test_what_is_wrong_with_a_statement_is_no_outage(
    sessions: Sessions, tenant: TenantId
) -> None:
    with pytest.raises(Exception, match="division by zero") as caught:
        async with sessions.begin(tenant) as tx:
            await tx.session.execute(text("select 1 / (:name = 'x')::int"), {"name": "Jordan"})
    assert not isinstance(caught.value, DatabaseUnavailable)
    assert "Jordan" not in str(caught.value)


async def test_a_connection_cut_under_a_request_is_503_and_the_next_is_served(
    small: Limited,
) -> None:
    path = f"/v1/decisions/{DEMO_TENANT}"
    endpoint = small.started.attachments[0].endpoint
    cutting = await asyncpg.connect(to_asyncpg(postgres.url(endpoint, "superuser")))
    async with locked(small, "decisions"):
        asked = asyncio.create_task(small.http.get(path, headers=small.token()))
        await until_waiting(small, 1)
        await cutting.execute("select pg_terminate_backend(pid) from pg_locks where not granted")
        answer = await asked
    await cutting.close()
    assert is_problem(answer, 503, "database-unavailable")
    assert "select" not in answer.text.lower()
    assert (await small.http.get(path, headers=small.token())).status_code == 404


async def test_a_database_that_is_away_is_503_for_reads_and_writes(
    tmp_path: Path, tenant: TenantId
) -> None:
    for url in (
        f"postgresql+asyncpg://u:p@/rationale?host={tmp_path}",
        "postgresql+asyncpg://u:p@127.0.0.1:1/rationale",
        "postgresql+asyncpg://u:p@no-such-host.invalid/rationale",
    ):
        engine = connect(url)
        with pytest.raises(DatabaseUnavailable, match="away"):
            async with Sessions(engine, MasterKeyVault(MASTER_KEY)).begin(tenant):
                pass
        await engine.dispose()
