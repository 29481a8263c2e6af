"""Nothing is sealed out of order, twice or not at all, whatever else is going on."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import asyncpg
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.db import canonical
from app.domain.audit_chain import Head, extend, genesis, link_sha256
from app.domain.ids import EventId, TenantId
from tests.audit.conftest import Trail
from tests.conftest import NOW


def again(trail: Trail) -> Trail:
    """Another sealer of the same trail."""
    return Trail(trail.sessions, trail.tenant, trail.folder)


async def test_events_are_linked_in_the_order_they_were_written(trail: Trail) -> None:
    written = await trail.write(5)
    assert await trail.seal_all(5) == written
    head = genesis(trail.tenant)
    for row in await trail.chain():
        (link,) = extend(head, [(row.event_id, row.event_sha256)], at=row.sealed_at)
        assert (link.seq, link.link_sha256) == (row.seq, row.link_sha256)
        head = Head(link.seq, link.link_sha256)
    assert (await trail.seal()).count == 0


async def test_what_is_not_committed_holds_back_what_was_written_after_it(trail: Trail) -> None:
    async with trail.sessions.begin(trail.tenant) as slow:
        first = await trail.append(slow)
        later = await trail.write(3)
        for _ in range(3):
            assert (await trail.seal()).count == 0
    assert await trail.seal_all(4) == [first, *later]


async def test_what_is_rolled_back_leaves_no_gap(trail: Trail) -> None:
    async with trail.sessions.begin(trail.tenant) as lost:
        await trail.append(lost)
        (kept,) = await trail.write()
        await lost.session.rollback()
    assert await trail.seal_all(1) == [kept]


async def test_a_transaction_that_wrote_elsewhere_first_is_waited_for(trail: Trail) -> None:
    async with trail.sessions.begin(trail.tenant) as slow:
        await slow.session.execute(text("select pg_current_xact_id()"))
        later = await trail.write()
        assert (await trail.seal()).count == 0
        late = await trail.append(slow)
    assert await trail.seal_all(2) == [late, *later]


async def test_two_sealers_at_once_seal_each_event_once(trail: Trail) -> None:
    other = again(trail)
    written: list[EventId] = []

    async def write() -> None:
        written.extend(await trail.write(40))

    async def seal(sealer: Trail) -> None:
        for _ in range(40):
            await sealer.seal()
            await asyncio.sleep(0)

    await asyncio.gather(write(), write(), seal(trail), seal(other))
    sealed = await trail.seal_all(80)
    assert Counter(sealed) == Counter(written)
    assert [row.seq for row in await trail.chain()] == list(range(1, 81))


async def test_a_new_sealer_goes_on_where_the_last_one_stopped(trail: Trail) -> None:
    written = await trail.write(2)
    await trail.seal_all(2)
    written += await trail.write(2)
    assert await again(trail).seal_all(4) == written


async def test_events_restored_from_another_server_are_sealed_and_new_ones_too(
    trail: Trail, superuser: asyncpg.Connection
) -> None:
    """A restored database holds transactions that its server has yet to come to."""
    sealed_before = await trail.write(2)
    await trail.seal_all(2)
    waiting = await trail.write(2)
    await superuser.execute(
        "update audit_events set transaction_id = transaction_id + 1000000000 where tenant_id = $1",
        trail.tenant,
    )
    fresh = again(trail)
    assert await fresh.seal_all(4) == sealed_before + waiting
    new = await trail.write(2)
    assert await fresh.seal_all(6) == sealed_before + waiting + new
    new += await trail.write(1)
    assert await again(trail).seal_all(7) == sealed_before + waiting + new


async def test_an_event_with_details_no_canonical_json_holds_stops_nobody(
    trail: Trail, superuser: asyncpg.Connection
) -> None:
    await trail.write(3)
    await superuser.execute(
        "update audit_events set details = '{\"n\": 99999999999999999999}' where tenant_id = $1",
        trail.tenant,
    )
    assert len(await trail.seal_all(3)) == 3


def test_a_link_depends_on_all_it_covers() -> None:
    base = (b"p" * 32, 7, b"e" * 32, 1_000_000)
    others = [
        (b"q" * 32, *base[1:]),
        (*base[:1], 8, *base[2:]),
        (*base[:2], b"f" * 32, base[3]),
        (*base[:3], 1),
    ]
    assert len({link_sha256(*covered) for covered in [base, *others]}) == 5
    assert extend(genesis(tenant_of(1)), [(EventId(UUID(int=9)), b"e" * 32)], at=NOW) != extend(
        genesis(tenant_of(2)), [(EventId(UUID(int=9)), b"e" * 32)], at=NOW
    )


def tenant_of(number: int) -> TenantId:
    return TenantId(UUID(int=number))


@given(
    st.dictionaries(st.text(st.characters(codec="ascii")), st.text(st.characters(codec="utf-8")))
)
def test_the_quick_way_to_canonical_json_writes_the_same_bytes(details: dict[str, str]) -> None:
    content: dict[str, Any] = {"actor": "a", "details": details, "at": "1"}
    assert canonical.dumps(content) == rfc8785.dumps(content)
