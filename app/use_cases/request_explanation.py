"""Ask for an explanation and, if wanted, wait for it."""

import asyncio
from collections.abc import Mapping

from app.db import decisions, explanations, jobs
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.decisions import Decision
from app.domain.errors import DecisionQuarantined, NothingToExplain
from app.domain.explanation import Audience, Explanation, Language
from app.domain.ids import DecisionId

POLL_S = 0.2


async def request_explanation(
    decision_id: DecisionId,
    *,
    audience: Audience,
    language: Language,
    actor: Actor,
    sessions: Sessions,
    trace: Mapping[str, str],
    wait_s: float,
) -> tuple[Decision, Explanation | None]:
    """Return the decision and its explanation, enqueueing the work when there is none.

    Waits at most `wait_s` seconds for a worker; None says that it is still being written.
    Raises DecisionNotFound, DecisionQuarantined or NothingToExplain.
    """
    async with sessions.begin(actor.tenant_id) as tx:
        decision = await decisions.get(tx, decision_id)
        if decision.status == "quarantined":
            raise DecisionQuarantined(decision_id)
        if not decision.reasons:
            raise NothingToExplain(decision_id)
        standing = await explanations.find_current(tx, decision_id, audience, language)
        if standing is not None:
            return decision, standing
        job = jobs.DecisionJob("explain-decision", actor.tenant_id, decision_id, audience, language)
        await jobs.enqueue(tx, job, trace=trace)
    deadline = asyncio.get_running_loop().time() + wait_s
    while asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(POLL_S)
        found = await find_explanation(
            decision_id, audience=audience, language=language, actor=actor, sessions=sessions
        )
        if found is not None:
            return decision, found
    return decision, None


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
