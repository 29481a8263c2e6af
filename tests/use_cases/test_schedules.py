"""What comes due is told once; what is kept no longer is erased where the lender asked for it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import uuid_utils.compat
from sqlalchemy import text

from app.db import decisions, tenants
from app.db.engine import Sessions
from app.db.jobs import DecisionJob
from app.domain.access import Actor
from app.domain.audit import AuditEvent
from app.domain.creditors import DEMO_CREDITOR, CreditorProfile
from app.domain.decisions import Decision
from app.domain.errors import SubjectErased
from app.domain.events import NoticeHandedOver
from app.domain.ids import EventId, TenantId
from app.domain.retention import months_after
from app.resources import seed_catalogue
from app.use_cases.erase_subject import erase_what_is_kept_no_longer, set_hold
from app.use_cases.issue_notice import issue_notice
from app.use_cases.record_event import record_event
from app.use_cases.warn_of_due_dates import (
    NOTICE_WITHIN,
    warn_of_due_notices,
    warn_of_ending_policies,
)
from tests.conftest import NOW

CATALOGUE = seed_catalogue()
LATER = months_after(NOW, DEMO_CREDITOR.retention_months + 1)


def at(now: datetime, sessions: Sessions) -> dict[str, Any]:
    return {"sessions": sessions, "clock": lambda: now, "new_id": uuid_utils.compat.uuid7}


async def hand_over(decision: Decision, actor: Actor, sessions: Sessions) -> None:
    job = DecisionJob("issue-notice", actor.tenant_id, decision.id)
    for notice in await issue_notice(job, catalogue=CATALOGUE, **at(NOW, sessions)):
        await record_event(
            decision.id,
            NoticeHandedOver(NOW, notice.id, "mail"),
            actor=actor,
            catalogue=CATALOGUE,
            **at(NOW, sessions),
        )


async def count(sessions: Sessions, tenant_id: TenantId, statement: str, **named: Any) -> int:
    async with sessions.begin(tenant_id) as tx:
        return int((await tx.session.execute(text(statement), named)).scalar_one())


async def test_a_notice_nobody_was_handed_is_warned_of_once(
    sessions: Sessions, actor: Actor, declined: Decision
) -> None:
    due = await count(
        sessions,
        actor.tenant_id,
        "select extract(epoch from notice_due_at) from decisions where id = :id",
        id=declined.id,
    )
    early = datetime.fromtimestamp(due, NOW.tzinfo) - NOTICE_WITHIN - timedelta(minutes=1)
    near = early + timedelta(minutes=2)
    for now, expected in ((early, 0), (near, 1), (near, 0)):
        warned = await warn_of_due_notices(actor.tenant_id, **at(now, sessions))
        assert [d.decision_id for d in warned].count(declined.id) == expected
    audited = "select count(*) from audit_events where action = 'notice.due_soon' and subject = :id"
    assert await count(sessions, actor.tenant_id, audited, id=declined.id) == 1


async def test_an_issued_notice_that_lies_there_is_warned_of_and_one_handed_over_is_not(
    sessions: Sessions, actor: Actor, desk: Any, declined: Decision
) -> None:
    await hand_over(declined, actor, sessions)
    other = desk.recorded
    job = DecisionJob("issue-notice", actor.tenant_id, other.id)
    await issue_notice(job, catalogue=CATALOGUE, **at(NOW, sessions))
    warned = await warn_of_due_notices(actor.tenant_id, **at(NOW + timedelta(days=28), sessions))
    ids = {due.decision_id for due in warned}
    assert other.id in ids
    assert declined.id not in ids


async def profile(sessions: Sessions, actor: Actor, wanted: CreditorProfile) -> None:
    event = AuditEvent(
        EventId(uuid_utils.compat.uuid7()), actor.tenant_id, "t", "t", actor.tenant_id, NOW
    )
    async with sessions.begin(actor.tenant_id) as tx:
        await tenants.set_creditor(tx, wanted, event=event)


async def is_erased(decision: Decision, actor: Actor, sessions: Sessions) -> bool:
    try:
        async with sessions.begin(actor.tenant_id) as tx:
            await decisions.get(tx, decision.id)
    except SubjectErased:
        return True
    return False


async def test_people_are_erased_once_nothing_of_theirs_is_kept_if_the_lender_says_so(
    sessions: Sessions, actor: Actor, desk: Any, declined: Decision
) -> None:
    held = desk.recorded
    for decision in (declined, held):
        await hand_over(decision, actor, sessions)
    await set_hold(held.id, "a suit", actor=actor, **at(NOW, sessions))

    assert await erase_what_is_kept_no_longer(actor.tenant_id, **at(LATER, sessions)) == 0
    await profile(sessions, actor, replace(DEMO_CREDITOR, erase_after_retention=True))
    just_before = months_after(NOW, DEMO_CREDITOR.retention_months) - timedelta(days=1)
    await erase_what_is_kept_no_longer(actor.tenant_id, **at(just_before, sessions))
    assert not await is_erased(declined, actor, sessions)

    assert await erase_what_is_kept_no_longer(actor.tenant_id, **at(LATER, sessions)) >= 1
    assert await is_erased(declined, actor, sessions)
    assert not await is_erased(held, actor, sessions)
    audited = (
        "select count(*) from audit_events where action = 'subject.erased' and actor = 'retention' "
        "and subject = :id"
    )
    assert await count(sessions, actor.tenant_id, audited, id=declined.subject_id) == 1
    assert await erase_what_is_kept_no_longer(actor.tenant_id, **at(LATER, sessions)) == 0


@pytest.mark.parametrize(("days", "expected"), [(31, 0), (29, 1)])
async def test_a_policy_that_ends_with_none_in_its_place_is_told_once(
    sessions: Sessions, actor: Actor, days: int, expected: int
) -> None:
    async with sessions.begin(actor.tenant_id) as tx:
        await tx.session.execute(
            text(
                "insert into policy_versions (id, tenant_id, slug, title, jurisdiction, products, "
                "sha256, media_type, effective_from, effective_to, ended_recorded_at, status, currency_note, licence, "
                "attribution, source, recorded_at, published_at) values (:id, :tenant, :slug, 't', "
                "'US-federal', '{}', :slug, 'text/plain', :start, :end, :now, 'in_force', '', '', '', "
                "'s', :now, :now)"
            ),
            {
                "id": uuid_utils.compat.uuid7(),
                "tenant": actor.tenant_id,
                "slug": uuid4().hex,
                "start": NOW.date() - timedelta(days=1),
                "end": NOW.date() + timedelta(days=days),
                "now": NOW,
            },
        )
    assert len(await warn_of_ending_policies(actor.tenant_id, **at(NOW, sessions))) == expected
    assert not await warn_of_ending_policies(actor.tenant_id, **at(NOW, sessions))
