import asyncio
from uuid import uuid4

import asyncpg
import pytest
import uuid_utils.compat
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import app.db.audit_tables
import app.db.identity_tables  # noqa: F401 -- both declare their tables on the same metadata
from app.db.engine import Sessions
from app.db.tables import metadata
from app.db.upgrade import head, run_alembic, to_asyncpg, upgrade
from app.domain.ids import TenantId
from app.embedded import postgres
from retrieval.tables import metadata as library_metadata
from tests.conftest import NOW

INSERT = text(
    "insert into jobs (tenant_id, key, kind, payload, trace) "
    "values (:tenant, 'issue-notice:' || gen_random_uuid(), 'issue-notice', '{}', '{}')"
)


async def test_a_tenant_sees_its_own_rows_and_no_others(
    sessions: Sessions, tenant: TenantId, other_tenant: TenantId
) -> None:
    async with sessions.begin(tenant) as tx:
        await tx.session.execute(INSERT, {"tenant": tenant})
    count = text("select count(*) from jobs")
    async with sessions.begin(tenant) as tx:
        assert (await tx.session.execute(count)).scalar_one() == 1
    async with sessions.begin(other_tenant) as tx:
        assert (await tx.session.execute(count)).scalar_one() == 0


async def test_writing_for_another_tenant_is_refused(
    sessions: Sessions, tenant: TenantId, other_tenant: TenantId
) -> None:
    with pytest.raises(DBAPIError, match="row-level security"):
        async with sessions.begin(tenant) as tx:
            await tx.session.execute(INSERT, {"tenant": other_tenant})


async def test_without_a_tenant_nothing_is_seen(sessions: Sessions, tenant: TenantId) -> None:
    async with sessions.begin(tenant) as tx:
        await tx.session.execute(INSERT, {"tenant": tenant})
    async with sessions.engine.connect() as connection:
        found = await connection.execute(text("select count(*) from jobs"))
        assert found.scalar_one() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "update decisions set action = 'approved'",
        "delete from decisions",
        "update audit_events set action = 'x'",
        "delete from audit_events",
        "truncate audit_events",
        "update audit_chain set sealed_at = now()",
        "delete from audit_chain",
        "truncate audit_chain",
        "update audit_checkpoints set document = '{}'",
        "delete from audit_checkpoints",
        "truncate audit_checkpoints",
        "insert into audit_events (transaction_id) values (0)",
        "delete from notices",
        "delete from dead_jobs",
        "update dead_jobs set payload = '{}'",
        "delete from tenant_directory",
        "update policy_versions set source = ''",
        "update policy_passages set body = ''",
        "delete from policy_passages",
        "delete from policy_versions",
        "insert into policy_embedding_models values (9, 'x', 3, false)",
    ],
)
async def test_the_application_role_cannot_rewrite_what_happened(
    sessions: Sessions, tenant: TenantId, statement: str
) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with sessions.begin(tenant) as tx:
            await tx.session.execute(text(statement))


async def test_every_table_with_a_tenant_is_under_row_level_security(
    server: dict[str, str], database: str
) -> None:
    connection = await asyncpg.connect(to_asyncpg(postgres.url(server, "owner", database)))
    unprotected = await connection.fetch(
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid "
        "where a.attname = 'tenant_id' and c.relkind in ('r', 'p') and not c.relispartition "
        "and not c.relrowsecurity"
    )
    await connection.close()
    assert unprotected == []


async def test_migrations_step_up_down_and_up_again(server: dict[str, str]) -> None:
    name = f"stairs_{uuid4().hex[:8]}"
    admin = await asyncpg.connect(to_asyncpg(postgres.url(server, "superuser", "postgres")))
    await admin.execute(f"create database {name} owner rationale_owner")
    url = postgres.url(server, "owner", name)
    await asyncio.to_thread(run_alembic, url, "head")
    await asyncio.to_thread(run_alembic, url, "base")
    connection = await asyncpg.connect(to_asyncpg(url))
    left = await connection.fetch(
        "select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where nspname = 'public' and relkind in ('r', 'p') and relname <> 'alembic_version'"
    )
    assert left == []
    await connection.close()
    await asyncio.to_thread(run_alembic, url, "head")
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


async def test_rows_are_declared_as_the_migrations_make_them(
    server: dict[str, str], database: str
) -> None:
    connection = await asyncpg.connect(to_asyncpg(postgres.url(server, "owner", database)))
    held = await connection.fetch(
        "select table_name, column_name, is_nullable from information_schema.columns "
        "where table_schema = 'public'"
    )
    await connection.close()
    made = {(r["table_name"], r["column_name"], r["is_nullable"] == "YES") for r in held}
    declared = {
        (table.name, column.name, bool(column.nullable))
        for tables in (metadata, library_metadata)
        for table in tables.tables.values()
        for column in table.columns
    }
    assert declared <= made


async def test_an_upgrade_run_twice_changes_nothing(server: dict[str, str], database: str) -> None:
    url = postgres.url(server, "owner", database)
    await upgrade(url, now=NOW, new_id=uuid_utils.compat.uuid7)
    connection = await asyncpg.connect(to_asyncpg(url))
    assert await connection.fetchval("select version_num from alembic_version") == head()
    assert await connection.fetchval("select count(*) from policy_versions") == 50
    await connection.close()
