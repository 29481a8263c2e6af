"""A clock that jumps moves no due date, loses nothing and does nothing twice."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.adapters.template_writer import TemplateWriter
from app.db import decisions
from app.db.engine import Sessions
from app.db.jobs import DecisionJob
from app.domain.access import Actor
from app.domain.decisions import Decision
from app.resources import seed_catalogue
from app.use_cases.explain_decision import explain_decision
from app.use_cases.issue_notice import issue_notice
from tests.conftest import NOW
from tests.use_cases.declining import decline
from tests.use_cases.explaining import Desk

CATALOGUE = seed_catalogue()
JUMPS = [timedelta(days=31), timedelta(hours=-1), timedelta(days=-1)]


def ids_of(clock: datetime) -> Callable[[], UUID]:
    """UUIDv7s (RFC 9562) of a clock that stands."""

    def new_id() -> UUID:
        milliseconds = int(clock.timestamp() * 1000)
        random = secrets.randbits(74)
        high, low = random >> 62, random & (2**62 - 1)
        return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)

    return new_id


@pytest.mark.parametrize("jump", JUMPS, ids=["a month on", "an hour back", "a day back"])
async def test_a_jump_between_request_and_job_changes_neither_due_date_nor_number(
    desk: Desk, actor: Actor, sessions: Sessions, model_server: str, jump: timedelta
) -> None:
    decision = await decline(actor, sessions, model_server, new_id=ids_of(NOW))
    later = NOW + jump
    parts: dict[str, Any] = {
        "sessions": sessions,
        "catalogue": CATALOGUE,
        "clock": lambda: later,
        "new_id": ids_of(later),
    }
    job = DecisionJob("issue-notice", actor.tenant_id, decision.id)
    issued = [*await issue_notice(job, **parts), *await issue_notice(job, **parts)]
    assert {notice.id for notice in issued} == {issued[0].id}
    assert issued[0].due_at == decision.received_at + timedelta(days=30)
    assert issued[0].issued_at == later

    explain = DecisionJob("explain-decision", actor.tenant_id, decision.id)
    writers: dict[str, Any] = {
        "evidence": desk.evidence,
        "writer": None,
        "fallback": TemplateWriter(),
    }
    outcomes = [(await explain_decision(explain, **parts, **writers)).outcome for _ in range(2)]
    assert outcomes == ["template", "already_explained"]


async def test_pages_hold_each_decision_once_though_the_clock_went_back(
    actor: Actor, sessions: Sessions, model_server: str
) -> None:
    clocks = [NOW, NOW - timedelta(days=1), NOW + timedelta(days=31), NOW - timedelta(hours=1)]
    recorded = [
        (await decline(actor, sessions, model_server, at=clock, new_id=ids_of(clock))).id
        for clock in clocks
    ]
    listed: list[UUID] = []
    async with sessions.begin(actor.tenant_id) as tx:
        before = None
        while page := await decisions.page(tx, before=before, limit=2):
            listed += [line.id for line in page]
            before = page[-1].id
    assert listed == sorted(listed, reverse=True)
    assert [listed.count(decision_id) for decision_id in recorded] == [1] * len(recorded)


@pytest.mark.parametrize("year", [1971, 2099])
async def test_a_clock_far_off_writes_to_the_default_partition(
    actor: Actor, sessions: Sessions, model_server: str, year: int
) -> None:
    far_off = datetime(year, 6, 1, tzinfo=UTC)
    decision = await decline(actor, sessions, model_server, new_id=ids_of(far_off))
    async with sessions.begin(actor.tenant_id) as tx:
        held: Decision = await decisions.get(tx, decision.id)
        for table in ("decisions", "audit_events"):
            column = "id" if table == "decisions" else "subject"
            found = await tx.session.execute(
                text(f"select tableoid::regclass::text from {table} where {column} = :id"),
                {"id": decision.id},
            )
            assert found.scalars().all() == [f"{table}_other"]
    assert held == decision
