"""Reading and sealing a large trail uses its indexes under row-level security."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import event

from app.db import audit, audit_chain, checkpoints
from app.db.audit import Filter
from app.db.engine import Sessions, Tx
from app.db.upgrade import to_asyncpg
from app.domain.ids import EventId, TenantId
from app.embedded import postgres
from tests.conftest import NOW

EVENTS = 20_000
TENANTS = 10  # who share them evenly
SUBJECT = UUID(int=7)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
async def crowded(server: dict[str, str], database: str, tenant: TenantId) -> str:
    """Return the partition that holds 20,000 events of ten tenants, nearly all of them sealed."""
    connection = await asyncpg.connect(to_asyncpg(postgres.url(server, "superuser", database)))
    await connection.execute(
        "insert into audit_events (id, tenant_id, actor, action, subject, at, details)"
        " select uuidv7(), case n % $2::int when 0 then $1::uuid else ('00000000-0000-0000-0000-0000000000'"
        " || lpad((n % $2::int)::text, 2, '0'))::uuid end, 'actor ' || n % 200, 'action ' || n % 200,"
        " case n % 500 when 0 then $3::uuid else gen_random_uuid() end,"
        " $4::timestamptz + n * interval '1 second', '{}' from generate_series(1, $5::int) as n",
        tenant,
        TENANTS,
        SUBJECT,
        NOW,
        EVENTS,
    )
    await connection.execute(
        "insert into audit_chain select tenant_id, row_number() over (partition by tenant_id"
        " order by transaction_id, id), id, sha256('e'), sha256('l'), $1::timestamptz from audit_events",
        NOW,
    )
    await connection.execute("analyze audit_events, audit_chain")
    partition: str = await connection.fetchval(
        "select tableoid::regclass::text from audit_events limit 1"
    )
    await connection.close()
    return partition


async def explained(
    sessions: Sessions, tenant: TenantId, read: Callable[[Tx], Awaitable[Any]]
) -> str:
    """Run a read, and explain each statement it sent."""
    sent: list[tuple[str, Any]] = []

    def remember(_: Any, __: Any, statement: str, parameters: Any, ___: Any, ____: Any) -> None:
        sent.append((statement, parameters))

    async with sessions.begin(tenant) as tx:
        event.listen(sessions.engine.sync_engine, "before_cursor_execute", remember)
        await read(tx)
        event.remove(sessions.engine.sync_engine, "before_cursor_execute", remember)
        raw = await tx.driver_connection()
        plans = [await raw.fetch(f"explain {text}", *given) for text, given in sent]
    return "\n".join(row[0] for plan in plans for row in plan)


READS: dict[str, tuple[Callable[[Tx], Awaitable[Any]], str]] = {
    "newest": (lambda tx: audit.page(tx, Filter()), "at_id_idx"),
    "next page": (lambda tx: audit.page(tx, Filter(before=EventId(UUID(int=1)))), "at_id_idx"),
    "from and to": (lambda tx: audit.page(tx, Filter(since=NOW, until=NOW + HOUR)), "at_id_idx"),
    "subject": (lambda tx: audit.page(tx, Filter(subject=SUBJECT)), "subject_at_id_idx"),
    "action": (lambda tx: audit.page(tx, Filter(action="action 10")), "action_at_id_idx"),
    "actor": (lambda tx: audit.page(tx, Filter(actor="actor 10")), "actor_at_id_idx"),
    "what may be sealed": (
        lambda tx: audit_chain.find_final(tx, audit_chain.Place(10**9, UUID(int=0)), limit=1000),
        "transaction_id_id_idx",
    ),
    "what was restored": (
        lambda tx: audit_chain.find_final(tx, audit_chain.START, limit=1000, restored=True),
        "transaction_id_id_idx",
    ),
    "what waits": (
        lambda tx: audit_chain.find_unsealed(tx, audit_chain.Place(10**9, UUID(int=0))),
        "transaction_id_id_idx",
    ),
    "links": (
        lambda tx: audit_chain.read_links(tx, 100, limit=1000),
        "pk_audit_chain",
    ),
    "where to start": (audit_chain.find_start, "pk_audit_chain"),
    "head": (audit_chain.get_head, "pk_audit_chain"),
    "a link": (lambda tx: checkpoints.find_link(tx, 5), "pk_audit_chain"),
}


@pytest.mark.parametrize("name", READS)
async def test_a_read_of_a_large_trail_uses_its_index(
    sessions: Sessions, tenant: TenantId, crowded: str, name: str
) -> None:
    read, index = READS[name]
    plan = await explained(sessions, tenant, read)
    assert index in plan, plan
    for table in (crowded, "audit_chain"):
        assert f"Seq Scan on {table}" not in plan, plan
