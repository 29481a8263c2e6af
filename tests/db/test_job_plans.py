"""Finding lost and late work reads what is unfinished, not every decision."""

import re
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from app.db import due_dates
from app.db.engine import Sessions
from app.db.jobs import LOST
from app.db.upgrade import to_asyncpg
from app.domain.ids import TenantId
from app.embedded import postgres
from tests.conftest import NOW

DECISIONS = 20_000
SEED = f"""
    insert into decisions (id, tenant_id, subject_id, external_id, action, product, reason_codes,
        findings, decided_at, notice_due_at, sealed, recorded_at, status)
    select uuidv7(), $1, gen_random_uuid(), n::text, 'declined', 'p', '{{C1-01}}', '{{}}', $2,
        $2 + make_interval(hours => n % 8760), ''::bytea, $2, 'recorded'
    from generate_series(1, {DECISIONS}) as n;
"""
FINISHED = """
    insert into notices (id, tenant_id, decision_id, duty, addressee, due_at, issued_at,
        content_sha256, sealed)
    select gen_random_uuid(), tenant_id, id, 'adverse_action', 'a', notice_due_at, decided_at, '',
        ''::bytea from decisions;
    insert into decision_events (id, tenant_id, decision_id, kind, notice_id, occurred_at,
        recorded_at, event) select gen_random_uuid(), n.tenant_id, n.decision_id,
        'notice_handed_over', n.id, n.issued_at, n.issued_at, '{}' from notices as n;
    insert into jobs (tenant_id, key, kind, payload, trace)
    select tenant_id, 'explain-decision:' || id, 'explain-decision', '{}', '{}'
    from decisions limit 2000;
    insert into pgqueuer (priority, entrypoint, payload, dedupe_key, status)
    select 0, kind, ''::bytea, tenant_id || ':' || key, 'queued' from jobs;
    insert into audit_events (id, tenant_id, actor, action, subject, at, details)
    select uuidv7(), tenant_id, 'worker', 'notice.issued', decision_id, issued_at, '{}'
    from notices;
    analyze decisions, notices, decision_events, jobs, pgqueuer, audit_events;
"""


@pytest.fixture(scope="module")
async def seeded(server: dict[str, str], database: str, tenant: TenantId) -> TenantId:
    url = to_asyncpg(postgres.url(server, "superuser", database))
    connection = await asyncpg.connect(url)
    await connection.execute("set session_replication_role = replica")
    await connection.execute(
        SEED.replace("$1", f"'{tenant}'").replace("$2", f"timestamptz '{NOW}'")
    )
    await connection.execute(FINISHED)
    await connection.close()
    return tenant


async def read_whole(
    sessions: Sessions, tenant: TenantId, statement: str, named: dict[str, Any]
) -> set[str]:
    """The tables that a plan reads from end to end, but for those that hold next to nothing."""
    async with sessions.begin(tenant) as tx:
        explained = await tx.session.execute(text(f"explain {statement}"), named)
        scanned = {
            found[1]
            for (line,) in explained
            if (found := re.search(r"Seq Scan on (\w+)", line)) is not None
        }
        large = await tx.session.execute(
            text("select relname from pg_class where relname = any(:n) and reltuples > 5000"),
            {"n": list(scanned)},
        )
        return {row.relname for row in large}


async def test_lost_work_is_found_without_reading_decisions(
    sessions: Sessions, seeded: TenantId
) -> None:
    named = {"lost_for": timedelta(0), "limit": 500}
    assert await read_whole(sessions, seeded, LOST.text, named) == set()
    async with sessions.begin(seeded) as tx:
        assert (await tx.session.execute(LOST, named)).all() == []
        await tx.session.execute(text("delete from pgqueuer where id % 2 = 0"))
        lost = (await tx.session.execute(LOST, named)).all()
        await tx.session.rollback()
    assert len(lost) == 500


async def test_notices_that_come_due_are_found_by_their_day(
    sessions: Sessions, seeded: TenantId
) -> None:
    day: dict[str, Any] = {
        "tenant": seeded,
        "since": NOW,
        "until": NOW + timedelta(days=1),
        "warned": due_dates.DUE_SOON,
        "limit": 200,
    }
    assert await read_whole(sessions, seeded, due_dates.DUE.text, day) == set()
