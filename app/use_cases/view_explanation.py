"""Read explanations: the one that stands as its reader is to see it, and the versions of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.db import decisions, explanations, registrations
from app.db.engine import Sessions, Tx
from app.domain.access import Actor
from app.domain.catalogue import Catalogue
from app.domain.decisions import Decision
from app.domain.errors import ExplanationNotReady
from app.domain.explanation import Audience, Explanation, Language
from app.domain.explanation_versions import ExplanationVersion
from app.domain.ids import DecisionId, ExplanationId
from app.domain.view_building import views_of
from app.domain.views import Told, Views


@dataclass(frozen=True, slots=True)
class ViewedExplanation:
    """An explanation, and the three views of its decision in its language."""

    explanation: Explanation
    views: Views


async def view_explanation(
    decision_id: DecisionId,
    *,
    audience: Audience,
    language: Language,
    actor: Actor,
    sessions: Sessions,
    catalogue: Catalogue,
) -> ViewedExplanation:
    """Read what stands for an audience. Raises DecisionNotFound or ExplanationNotReady.

    Compliance sees what the customer was told, where nothing was written for it.
    """
    async with sessions.begin(actor.tenant_id) as tx:
        decision = await decisions.get(tx, decision_id)
        found = await explanations.find_current(tx, decision_id, audience, language)
        if found is None and audience == "compliance":
            found = await explanations.find_current(tx, decision_id, "customer", language)
        if found is None:
            raise ExplanationNotReady(decision_id)
        return ViewedExplanation(found, await _views(tx, decision, found, catalogue))


async def view_version(
    decision_id: DecisionId,
    explanation_id: ExplanationId,
    *,
    actor: Actor,
    sessions: Sessions,
    catalogue: Catalogue,
) -> ViewedExplanation:
    """Read one version, current or not. Raises DecisionNotFound or ExplanationNotFound."""
    async with sessions.begin(actor.tenant_id) as tx:
        decision = await decisions.get(tx, decision_id)
        found = await explanations.find(tx, decision_id, explanation_id)
        return ViewedExplanation(found, await _views(tx, decision, found, catalogue))


async def page_versions(
    decision_id: DecisionId,
    *,
    before: ExplanationId | None,
    limit: int,
    actor: Actor,
    sessions: Sessions,
) -> Sequence[ExplanationVersion]:
    """List the versions of a decision's explanations, newest first. Raises DecisionNotFound."""
    async with sessions.begin(actor.tenant_id) as tx:
        await decisions.get(tx, decision_id)
        return await explanations.page_versions(tx, decision_id, before=before, limit=limit)


async def _views(tx: Tx, decision: Decision, seen: Explanation, catalogue: Catalogue) -> Views:
    """Build the views of one language: each of what stands for its reader, else of what is seen."""
    model = decision.model
    registration = None if model is None else await registrations.get(tx, model.name, model.version)
    standing: dict[Audience, Explanation] = {seen.audience: seen}
    for audience in ("customer", "underwriter"):
        if audience not in standing:
            found = await explanations.find_current(tx, decision.id, audience, seen.language)
            standing[audience] = seen if found is None else found
    audited = standing.get("compliance", standing["customer"])
    refused = await explanations.find_refused(tx, decision.id, audited.audience, audited.language)
    told = Told(standing["customer"], standing["underwriter"], audited, tuple(refused))
    return views_of(decision, registration, catalogue, told)
