"""Find what would have met the cutoff, by asking the model that decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.db import decisions, registrations
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.decisions import Decision, Score
from app.domain.errors import (
    InvalidFields,
    ModelUnavailable,
    NothingToExplain,
    RecourseUnavailable,
)
from app.domain.ids import DecisionId
from app.domain.reasons import meets_cutoff
from app.domain.recourse import MAX_CHANGES, Candidate, Path, Recourse, candidates, smallest
from app.use_cases.ports import PricingModel, Rescored, RescoringModel

MAX_PRICED = 12  # what passed the cutoff is priced until this many were asked for


@dataclass(frozen=True, slots=True)
class Found:
    """The decision that was searched around, and what came of it."""

    decision: Decision
    recourse: Recourse


async def find_recourse(
    decision_id: DecisionId,
    *,
    actor: Actor,
    sessions: Sessions,
    scoring: RescoringModel,
    pricing: PricingModel,
) -> Found:
    """Search one change, then two, then three, and stop at the first that suffices.

    A path meets the cutoff and is not refused by the pricing model. Raises DecisionNotFound,
    NothingToExplain, RecourseUnavailable where the model that decided cannot be asked any more,
    or ModelUnavailable.
    """
    async with sessions.begin(actor.tenant_id) as tx:
        decision = await decisions.get(tx, decision_id)
        if not decision.is_adverse:
            raise NothingToExplain(decision_id)
        if decision.model is None or decision.score is None or not decision.application:
            raise RecourseUnavailable(decision_id, "the inputs the model read are not held here")
        registration = await registrations.get(tx, decision.model.name, decision.model.version)
    if not registration.levers:
        raise RecourseUnavailable(decision_id, "its registration names nothing to change")
    tried = 0
    for size in range(1, MAX_CHANGES + 1):
        proposed = candidates(decision.application, registration.levers, size)
        if not proposed:
            break
        rescored = await scoring.rescore(
            decision.product,
            decision.application,
            inputs=[candidate.inputs for candidate in proposed],
        )
        _require_same_model(decision, rescored)
        tried += len(proposed)
        passing = [
            (candidate, score)
            for candidate, score in zip(proposed, rescored.inputs, strict=True)
            if meets_cutoff(score, registration)
        ]
        paths = await _priced(decision, decision.score, passing, pricing)
        if paths:
            return Found(decision, Recourse(paths, tried))
    return Found(decision, Recourse((), tried))


def _require_same_model(decision: Decision, rescored: Rescored) -> None:
    """Another version, or another score for the same application, would prove nothing."""
    model, score = decision.model, decision.score
    if model is None or score is None:
        raise RecourseUnavailable(decision.id, "no model decided")
    if (rescored.model.name, rescored.model.version) != (model.name, model.version):
        raise RecourseUnavailable(decision.id, "the model that decided is no longer served")
    if rescored.score != score.value:
        raise RecourseUnavailable(decision.id, "the model now scores the application differently")


async def _priced(
    decision: Decision,
    decided: Score,
    passing: Sequence[tuple[Candidate, Decimal]],
    pricing: PricingModel,
) -> tuple[Path, ...]:
    """Keep the smallest paths for which the pricing model would have made an offer."""
    kept: list[tuple[Candidate, Decimal]] = []
    seen: set[frozenset[str]] = set()
    asked = 0
    for candidate, score in passing:
        if candidate.changed in seen or asked == MAX_PRICED:
            continue
        asked += 1
        application: Mapping[str, object] = {**decision.application, **candidate.inputs}
        try:
            priced = await pricing.price(
                decision.product, application, replace(decided, value=score)
            )
        except (ModelUnavailable, InvalidFields):
            continue  # no price, or no application that could be made
        if priced.outcome == "offer":
            seen.add(candidate.changed)
            kept.append((candidate, score))
    return smallest(kept)
