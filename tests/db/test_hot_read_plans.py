"""The reads of every request use their indexes under row-level security, among 20,000 decisions."""

import contextlib
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event

from app.adapters.vault import SealBroken
from app.db import api_keys, customer_links, decisions, explanations, notices
from app.db.engine import Sessions, Tx
from app.db.upgrade import to_asyncpg
from app.domain.ids import ApiKeyId, DecisionId, LinkId, SessionId, TenantId
from app.embedded import postgres
from tests.conftest import NOW

# Months without a row: reading nothing is quicker than looking into an index.
NOT_OF_NOVEMBER = re.compile(r"_(20\d\d_\d\d|other)$(?<!_2026_11)")
EACH = 4_000  # decisions of each tenant
TENANTS = 5
# The n-th row's id, in order of n as UUIDv7s are in order of time.
ID = "('01a2{kind:04x}-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
DECISION, NOTICE, EXPLANATION, KEY, LINK, SESSION = range(6)
OWNER = "($1::uuid[])[1 + n % $2]"
SEEDS = {
    "decisions": (
        """id, tenant_id, subject_id, external_id, action, status, product, reason_codes, findings,
        decided_at, sealed, recorded_at""",
        """{decision}, {owner}, {decision}, 'e-' || n, 'declined', 'recorded', 'personal-loan', '{{}}',
        '{{}}', $3, '', $3""",
    ),
    "subjects": (
        "id, tenant_id, pseudonym, wrapped_key, created_at",
        "{decision}, {owner}, sha256(n::text::bytea), 'no key', $3",
    ),
    "decision_keys": (
        "tenant_id, external_id, decision_id, request_sha256",
        "{owner}, 'e-' || n, {decision}, ''",
    ),
    "notices": (
        "id, tenant_id, decision_id, duty, addressee, due_at, issued_at, content_sha256, sealed",
        "{notice}, {owner}, {decision}, 'adverse_action', 'primary', $3, $3, '', ''",
    ),
    "explanations": (
        """id, tenant_id, decision_id, audience, language, writer, model, attempts, input_tokens,
        output_tokens, seconds, sealed, written_at""",
        "{explanation}, {owner}, {decision}, 'customer', 'en', 'template', '', 1, 0, 0, 0, '', $3",
    ),
    "current_explanations": (
        "tenant_id, decision_id, audience, language, explanation_id",
        "{owner}, {decision}, 'customer', 'en', {explanation}",
    ),
    "api_keys": (
        "id, tenant_id, name, scopes, digest, created_by, created_at, expires_at",
        "{key}, {owner}, 'k', '{{}}', sha256(''), 'x', $3, $3::timestamptz + interval '1 day'",
    ),
    "customer_links": (
        "id, tenant_id, decision_id, purpose, digest, issued_by, issued_at, expires_at",
        "{link}, {owner}, {decision}, 'read_decision', sha256(''), 'x', $3, $3::timestamptz + interval '1 day'",
    ),
    "customer_sessions": (
        "id, tenant_id, link_id, addressee, digest, opened_at, expires_at",
        "{session}, {owner}, {link}, 'primary', sha256(''), $3, $3::timestamptz + interval '1 minute'",
    ),
}


def nth(kind: int, n: int) -> uuid.UUID:
    return uuid.UUID(f"01a2{kind:04x}-0000-7000-8000-{n:012x}")


@pytest.fixture(scope="module")
async def crowded(server: dict[str, str], database: str, tenant: TenantId) -> TenantId:
    """20,000 decisions of five tenants, by turns, with a row of everything that hangs on each."""
    connection = await asyncpg.connect(to_asyncpg(postgres.url(server, "superuser", database)))
    tenants = [tenant, *(uuid.UUID(int=n + 1) for n in range(TENANTS - 1))]
    kinds = ("decision", "notice", "explanation", "key", "link", "session")
    named = {name: ID.format(kind=kind) for kind, name in enumerate(kinds)}
    await connection.execute("set session_replication_role = replica")  # seeds need no checks
    for table, (columns, values) in SEEDS.items():
        selected = values.format(**named, owner=OWNER)
        await connection.execute(
            f"insert into {table} ({columns}) select {selected} from generate_series(0, $4 - 1) n"
            " where $3::timestamptz is not null",
            tenants,
            TENANTS,
            NOW,
            EACH * TENANTS,
        )
    await connection.execute(f"analyze {', '.join(SEEDS)}")
    await connection.close()
    return tenant


@pytest.fixture
async def plans_of(
    sessions: Sessions, crowded: TenantId
) -> AsyncIterator[Callable[[Callable[[Tx], Awaitable[Any]]], Awaitable[str]]]:
    """Run a read as the service does, and return the plans of what it sent."""
    sent: list[tuple[str, Any]] = []

    def remember(_: Any, __: Any, statement: str, parameters: Any, ___: Any, ____: Any) -> None:
        sent.append((statement, parameters))

    async def explain(read: Callable[[Tx], Awaitable[Any]]) -> str:
        async with sessions.begin(crowded) as tx:
            sent.clear()
            with contextlib.suppress(SealBroken):  # read, and then not to be opened
                await read(tx)
            raw = await tx.driver_connection()
            rows = [row for each in sent for row in await raw.fetch(f"explain {each[0]}", *each[1])]
        return "\n".join(row[0] for row in rows)

    event.listen(sessions.engine.sync_engine, "before_cursor_execute", remember)
    yield explain
    event.remove(sessions.engine.sync_engine, "before_cursor_execute", remember)


OWN = TENANTS * 1_000  # the tenant's own rows are every fifth, from the first on
MINE = DecisionId(nth(DECISION, OWN))
READS: dict[str, tuple[Callable[[Tx], Awaitable[Any]], str]] = {
    "a decision by its id": (lambda tx: decisions.get(tx, MINE), "decisions_2026_11_pkey"),
    "the first page of decisions": (
        lambda tx: decisions.page(tx, before=None, limit=50),
        "tenant_id_id",
    ),
    "a later page of decisions": (
        lambda tx: decisions.page(tx, before=MINE, limit=50),
        "tenant_id_id",
    ),
    "a decision by its external id": (
        lambda tx: decisions.find_first_answer(
            tx, idempotency_key=None, external_id=f"e-{OWN}", request_sha256=b"", at=NOW
        ),
        "pk_decision_keys",
    ),
    "a decision's notices": (
        lambda tx: notices.find_hashes(tx, MINE),
        "uq_notices_decision_id_duty_addressee",
    ),
    "the addressees of its notices": (
        lambda tx: customer_links.find_addressees(tx, MINE),
        "uq_notices_decision_id_duty_addressee",
    ),
    "the explanation that stands": (
        lambda tx: explanations.find_current(tx, MINE, "customer", "en"),
        "pk_current_explanations",
    ),
    "an API key": (lambda tx: api_keys.find(tx, ApiKeyId(nth(KEY, OWN))), "pk_api_keys"),
    "a page of API keys": (
        lambda tx: api_keys.page(tx, before=None, limit=50),
        "_api_keys",  # by tenant where it has few of many, else by id
    ),
    "a link": (
        lambda tx: customer_links.lock(tx, LinkId(nth(LINK, OWN))),
        "pk_customer_links",
    ),
    "a decision's links": (
        lambda tx: customer_links.find_all(tx, MINE),
        "ix_customer_links_decision_id",
    ),
    "a session": (
        lambda tx: customer_links.find_session(tx, SessionId(nth(SESSION, OWN)), NOW),
        "pk_customer_sessions",
    ),
}


@pytest.mark.parametrize("read", READS)
async def test_a_hot_read_uses_its_index_and_scans_nothing(
    plans_of: Callable[[Callable[[Tx], Awaitable[Any]]], Awaitable[str]], read: str
) -> None:
    run, index = READS[read]
    plans = await plans_of(run)

    scanned = set(re.findall(r"Seq Scan on (\w+)", plans))
    assert index in plans
    assert scanned <= {name for name in scanned if NOT_OF_NOVEMBER.search(name)}, plans


async def test_the_rows_are_of_several_tenants_and_one_is_seen(
    sessions: Sessions, crowded: TenantId
) -> None:
    async with sessions.begin(crowded) as tx:
        assert len(await decisions.page(tx, before=None, limit=EACH + 1)) == EACH
