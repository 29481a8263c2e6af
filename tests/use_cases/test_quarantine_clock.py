"""A quarantined decision waits for a person, and its notice is in time all the same."""

from datetime import datetime, timedelta
from uuid import uuid4

import uuid_utils.compat
from sqlalchemy import text

from app.api.schemas import DecisionIn
from app.db.engine import Sessions
from app.db.jobs import DecisionJob
from app.domain.access import Actor
from app.domain.decisions import Decision
from app.domain.events import Superseded, Withdrawn
from app.domain.ids import DecisionId
from app.resources import seed_catalogue
from app.use_cases.issue_notice import issue_notice
from app.use_cases.reconcile import LAST_CALL, reconcile
from app.use_cases.record_decision import RequestIdentity, record_decision
from app.use_cases.record_event import record_event
from tests.api.test_thread import recorded_decision
from tests.conftest import NOW

CATALOGUE = seed_catalogue()


async def quarantined(sessions: Sessions, actor: Actor, received: datetime) -> Decision:
    body = recorded_decision(
        rules=[{"id": "x", "code": "ZZ-99"}],
        received_at=received.isoformat(),
        decided_at=received.isoformat(),
    )
    recorded = await record_decision(
        DecisionIn.model_validate(body).to_domain(),
        request=RequestIdentity(None, uuid4().bytes * 2),
        actor=actor,
        sessions=sessions,
        catalogue=CATALOGUE,
        clock=lambda: NOW,
        new_id=uuid_utils.compat.uuid7,
        trace={},
    )
    assert recorded.decision.status == "quarantined"
    return recorded.decision


async def queued(sessions: Sessions, actor: Actor, decision_id: DecisionId) -> int:
    async with sessions.begin(actor.tenant_id) as tx:
        found = await tx.session.execute(
            text("select count(*) from pgqueuer where convert_from(payload, 'UTF8') like :like"),
            {"like": f"%{decision_id}%"},
        )
        return int(found.scalar_one())


async def test_the_right_to_reasons_goes_out_when_nobody_resolved_it_in_time(
    sessions: Sessions, actor: Actor
) -> None:
    decision = await quarantined(sessions, actor, NOW - timedelta(days=20))
    due = NOW + timedelta(days=10)

    await reconcile(actor.tenant_id, sessions=sessions, clock=lambda: NOW)
    assert await queued(sessions, actor, decision.id) == 0
    nearly = due - LAST_CALL + timedelta(minutes=1)
    await reconcile(actor.tenant_id, sessions=sessions, clock=lambda: nearly)
    assert await queued(sessions, actor, decision.id) == 1
    (notice,) = await issue_notice(
        DecisionJob("issue-notice", actor.tenant_id, decision.id),
        sessions=sessions,
        catalogue=CATALOGUE,
        clock=lambda: nearly,
        new_id=uuid_utils.compat.uuid7,
    )

    assert (notice.form, notice.reasons) == ("C-5", ())
    assert notice.due_at == due
    assert notice.issued_at < due


async def test_nothing_goes_out_for_what_was_superseded_or_withdrawn(
    sessions: Sessions, actor: Actor
) -> None:
    other = await quarantined(sessions, actor, NOW - timedelta(days=29))
    for event in (Superseded(NOW, other.id), Withdrawn(NOW)):
        decision = await quarantined(sessions, actor, NOW - timedelta(days=29))
        await record_event(
            decision.id,
            event,
            actor=actor,
            sessions=sessions,
            catalogue=CATALOGUE,
            clock=lambda: NOW,
            new_id=uuid_utils.compat.uuid7,
        )
        await reconcile(actor.tenant_id, sessions=sessions, clock=lambda: NOW)
        assert await queued(sessions, actor, decision.id) == 0
        job = DecisionJob("issue-notice", actor.tenant_id, decision.id)
        issued = await issue_notice(
            job,
            sessions=sessions,
            catalogue=CATALOGUE,
            clock=lambda: NOW,
            new_id=uuid_utils.compat.uuid7,
        )
        assert list(issued) == []
