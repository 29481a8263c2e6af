"""Somebody who asks, and a clock that a test moves."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any
from uuid import UUID

import uuid_utils.compat
from sqlalchemy import text

from app.db import decisions, subjects, tenants
from app.db.engine import Sessions
from app.domain.access import Actor, Role
from app.domain.audit import AuditEvent
from app.domain.creditors import DEMO_CREDITOR
from app.domain.decisions import Decision
from app.domain.duties import first_duty
from app.domain.ids import DecisionId, EventId, SubjectId, TenantId
from app.domain.notices.notice import Notice
from app.use_cases.issue_notice import issue
from tests.conftest import NOW
from tests.domain.kinds_of_notice import CATALOGUE, KINDS


@dataclass(slots=True)
class Time:
    """What time it is."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


def new_id() -> UUID:
    return uuid_utils.compat.uuid7()


@dataclass(frozen=True, slots=True)
class Office:
    """A lender's office: who acts, on what, and when."""

    sessions: Sessions
    tenant_id: TenantId
    time: Time = field(default_factory=Time)

    def actor(self, role: Role = Role.COMPLIANCE) -> Actor:
        return Actor("carla", self.tenant_id, frozenset({role}))

    @property
    def parts(self) -> dict[str, Any]:
        return {"sessions": self.sessions, "clock": self.time, "new_id": new_id}

    @property
    def making(self) -> dict[str, Any]:
        return {**self.parts, "new_secret": lambda: token_bytes(32)}

    async def decided(self, kind: str = "joint") -> tuple[Decision, tuple[Notice, ...]]:
        """Record a decision of a kind, and issue its notices."""
        made = KINDS[kind]()
        async with self.sessions.begin(self.tenant_id) as tx:
            await tenants.ensure(tx, "Example", DEMO_CREDITOR, at=NOW)
            subject = await subjects.ensure(tx, str(new_id()), new_id=SubjectId(new_id()), at=NOW)
            decision = _of(made, self.tenant_id, subject)
            event = AuditEvent(
                EventId(new_id()), self.tenant_id, "test", "decision.recorded", decision.id, NOW
            )
            await decisions.record(
                tx,
                decision,
                idempotency_key=None,
                request_sha256=bytes(32),
                notice_due_at=None,
                event=event,
            )
            owed = first_duty(decision)
            assert owed is not None
            issued = await issue(
                tx,
                decision,
                owed,
                catalogue=CATALOGUE,
                actor="test",
                clock=self.time,
                new_id=new_id,
            )
        return decision, tuple(issued)

    async def audited(self, subject: UUID) -> list[str]:
        """List what the audit trail says happened to a subject, in order."""
        async with self.sessions.begin(self.tenant_id) as tx:
            found = await tx.session.execute(
                text("select action from audit_events where subject = :of order by at, id"),
                {"of": subject},
            )
            return list(found.scalars())


def _of(made: Decision, tenant_id: TenantId, subject: SubjectId) -> Decision:
    fresh = DecisionId(new_id())
    return replace(made, id=fresh, tenant_id=tenant_id, subject_id=subject, external_id=str(fresh))
