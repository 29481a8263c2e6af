"""Ask for an explanation and, if wanted, wait for it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from app.db import audit, decisions, explanations, jobs
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.audit import AuditEvent
from app.domain.decisions import Decision
from app.domain.errors import DecisionQuarantined, NothingToExplain
from app.domain.explanation import Audience, Explanation, Language
from app.domain.explanation_versions import Renewal, RenewalCause
from app.domain.ids import DecisionId, EventId, ExplanationId
from app.use_cases.ports import Clock, NewId

POLL_S = 0.2  # at first: most are written soon, and many who wait long must not crowd the rest
LONGEST_POLL_S = 1.0
POLL_GROWTH = 1.2


async def request_explanation(
    decision_id: DecisionId,
    *,
    audience: Audience,
    language: Language,
    actor: Actor,
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
    trace: Mapping[str, str],
    wait_s: float,
    renew: RenewalCause | None = None,
    replaces: ExplanationId | None = None,
) -> tuple[Decision, Explanation | None]:
    """Return the decision and its explanation, enqueueing the work when there is none.

    `renew` asks for another version of what stands, and says why; with `replaces` only while
    that version stands. Waits at most `wait_s` seconds for a worker; None says that it is still
    being written. Raises DecisionNotFound, DecisionQuarantined or NothingToExplain.
    """
    asked = await ask(
        decision_id,
        audience=audience,
        language=language,
        actor=actor,
        sessions=sessions,
        clock=clock,
        new_id=new_id,
        trace=trace,
        renew=renew,
        replaces=replaces,
    )
    decision, work = asked.decision, asked.work
    if asked.standing is not None:
        return decision, asked.standing
    deadline = asyncio.get_running_loop().time() + wait_s
    pause_s = POLL_S
    while (left_s := deadline - asyncio.get_running_loop().time()) > 0:
        await asyncio.sleep(min(pause_s, left_s))
        pause_s = min(LONGEST_POLL_S, pause_s * POLL_GROWTH)
        found = await find_explanation(
            decision_id, audience=audience, language=language, actor=actor, sessions=sessions
        )
        if found is not None and work.is_done_by(found.id):
            return decision, found
    return decision, None


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: `standing` answers it already, or `work` will; it is in the queue."""

    decision: Decision
    standing: Explanation | None
    work: jobs.DecisionJob


async def ask(
    decision_id: DecisionId,
    *,
    audience: Audience,
    language: Language,
    actor: Actor,
    sessions: Sessions,
    clock: Clock,
    new_id: NewId,
    trace: Mapping[str, str],
    renew: RenewalCause | None,
    replaces: ExplanationId | None,
    after: timedelta | None = None,
) -> Asked:
    """Find what stands, or put the work into the queue, which begins it `after` that time.

    Raises DecisionNotFound, DecisionQuarantined or NothingToExplain.
    """
    work = jobs.DecisionJob("explain-decision", actor.tenant_id, decision_id, audience, language)
    async with sessions.begin(actor.tenant_id) as tx:
        decision = await decisions.get(tx, decision_id)
        if decision.status == "quarantined":
            raise DecisionQuarantined(decision_id)
        if not decision.reasons:
            raise NothingToExplain(decision_id)
        standing = await explanations.find_current(tx, decision_id, audience, language)
        if standing is not None and renew is not None and replaces in {None, standing.id}:
            work = replace(work, renewal=Renewal(standing.id, renew))
            await audit.append(tx, _asked(work, actor, clock, new_id))
        if standing is not None and work.is_done_by(standing.id):
            return Asked(decision, standing, work)
        await jobs.enqueue(tx, work, trace=trace, after=after)
    return Asked(decision, None, work)


async def find_explanation(
    decision_id: DecisionId,
    *,
    audience: Audience,
    language: Language,
    actor: Actor,
    sessions: Sessions,
) -> Explanation | None:
    """Read the explanation that stands, if there is one."""
    async with sessions.begin(actor.tenant_id) as tx:
        return await explanations.find_current(tx, decision_id, audience, language)


def _asked(work: jobs.DecisionJob, actor: Actor, clock: Clock, new_id: NewId) -> AuditEvent:
    renewal = work.renewal
    details = () if renewal is None else (("replaces", str(renewal.replaces)), ("why", renewal.why))
    return AuditEvent(
        id=EventId(new_id()),
        tenant_id=actor.tenant_id,
        actor=actor.name,
        action="explanation.renewal_requested",
        subject=work.decision_id,
        at=clock(),
        details=(*details, ("audience", work.audience), ("language", work.language)),
    )
