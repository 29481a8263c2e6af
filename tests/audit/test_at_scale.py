"""Sixteen writers, two sealers, and then everything that can be done to a trail."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.adapters.vault import MasterKeyVault
from app.db.engine import Sessions, connect
from app.embedded import postgres
from app.use_cases.seal_events import Mark, seal_events
from tests.audit.conftest import Trail, now
from tests.conftest import MASTER_KEY

WRITERS = 16
# Each turns a whole trail into one that is not; `$1` is the tenant.
HARMS: dict[str, tuple[list[str], str]] = {
    "insert": (
        [
            """insert into audit_events select gen_random_uuid(), tenant_id, actor, action, subject,
            at, details, transaction_id from audit_events where id = (select event_id
            from audit_chain where tenant_id = $1 and seq = 700)"""
        ],
        "event-inserted",
    ),
    "change": (
        [
            """update audit_events set actor = 'nobody' where id in (select event_id
            from audit_chain where tenant_id = $1 and seq in (30, 1400))"""
        ],
        "event-changed",
    ),
    "delete": (
        [
            """delete from audit_events where id = (select event_id
            from audit_chain where tenant_id = $1 and seq = 800)"""
        ],
        "event-removed",
    ),
    "reorder": (
        [
            f"update audit_chain set seq = {after} where tenant_id = $1 and seq = {before}"
            for before, after in ((500, 10**9), (900, 500), (10**9, 900))
        ],
        "link-moved",
    ),
    "truncate": (["delete from audit_chain where tenant_id = $1 and seq > 1900"], "tail-cut"),
}


@pytest.fixture(scope="module")
async def crowd(
    server: dict[str, str], database: str, superuser: asyncpg.Connection
) -> AsyncIterator[Sessions]:
    """A pool with room for every writer, who need not wait for the disk: no crash is tried here."""
    await superuser.execute(f"alter database {database} set synchronous_commit = off")
    engine = connect(postgres.url(server, "service", database), pool_size=WRITERS + 2)
    yield Sessions(engine, MasterKeyVault(MASTER_KEY))
    await engine.dispose()


async def write_at_once(trail: Trail, count: int) -> None:
    """Write from sixteen connections while two sealers work beside them."""
    sealers = [asyncio.create_task(seal_for_ever(trail)) for _ in range(2)]
    await asyncio.gather(*(trail.write(count // WRITERS) for _ in range(WRITERS)))
    for sealer in sealers:
        sealer.cancel()
    await asyncio.gather(*sealers, return_exceptions=True)


async def seal_for_ever(trail: Trail) -> None:
    mark: Mark | None = None
    while True:
        sealed = await seal_events(trail.tenant, mark, sessions=trail.sessions, clock=now)
        mark = sealed.mark
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "count",
    [
        2_000,
        pytest.param(100_000, marks=[pytest.mark.long, pytest.mark.timeout(7200)]),
    ],
)
async def test_a_trail_of_many_writers_is_whole_and_every_harm_to_it_is_found(
    crowd: Sessions, trail: Trail, superuser: asyncpg.Connection, count: int
) -> None:
    trail.sessions = crowd
    await write_at_once(trail, count)
    sealed = await trail.seal_all(count)
    assert len(set(sealed)) == count
    await trail.checkpoint()
    verified = await trail.verify()
    assert verified.is_whole, verified.findings
    assert (verified.head.seq, verified.unsealed.count) == (count, 0)

    for name, (statements, defect) in HARMS.items():
        for statement in statements:
            await superuser.execute(statement, trail.tenant)
        found = {each.defect for each in (await trail.verify()).findings}
        assert defect in found, (name, found)
