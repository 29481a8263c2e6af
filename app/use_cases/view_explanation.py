"""Read explanations: the versions of one."""

from collections.abc import Sequence

from app.db import explanations
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.explanation import Explanation
from app.domain.explanation_versions import ExplanationVersion
from app.domain.ids import DecisionId, ExplanationId


async def page_versions(
    decision_id: DecisionId,
    *,
    before: ExplanationId | None,
    limit: int,
    actor: Actor,
    sessions: Sessions,
) -> Sequence[ExplanationVersion]:
    """List the versions of a decision's explanations, newest first."""
    async with sessions.begin(actor.tenant_id) as tx:
        return await explanations.page_versions(tx, decision_id, before=before, limit=limit)


async def view_version(
    decision_id: DecisionId, explanation_id: ExplanationId, *, actor: Actor, sessions: Sessions
) -> Explanation:
    """Read one version, current or not. Raises ExplanationNotFound."""
    async with sessions.begin(actor.tenant_id) as tx:
        return await explanations.find(tx, decision_id, explanation_id)
