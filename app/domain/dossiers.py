"""Gathers all that may be said about a decision, and nothing that may not leave."""

from collections.abc import Mapping

from app.domain.catalogue import Catalogue
from app.domain.decisions import Decision
from app.domain.explanation import (
    Audience,
    Citation,
    Dossier,
    EvidencePassage,
    Fact,
    Language,
    ReasonToExplain,
    ScoreFact,
    Side,
)
from app.domain.models import Feature, ReasonCode, Registration
from app.domain.reasons import PrincipalReason

FACTS_PER_REASON = 1  # one number per sentence is what a small model words faithfully


def to_dossier(
    decision: Decision,
    registration: Registration | None,
    catalogue: Catalogue,
    *,
    audience: Audience,
    language: Language,
    passages: tuple[EvidencePassage, ...],
    quotes: Mapping[ReasonCode, Citation],
) -> Dossier:
    """Make the dossier of one decision. It holds no name, address or account number.

    Without a registration (a person decided) the reasons stand without the model's facts.
    """
    return Dossier(
        decision_id=decision.id,
        audience=audience,
        language=language,
        action=decision.action,
        product=decision.product,
        decided_on=decision.decided_at.date(),
        score=_score(decision) if audience != "customer" else None,
        reasons=tuple(
            ReasonToExplain(
                reason.code,
                catalogue[reason.code].statement,
                () if registration is None else _facts(reason, decision, registration),
                catalogue[reason.code].adverse_when,
            )
            for reason in decision.reasons
        ),
        passages=passages,
        quotes=quotes,
    )


def _score(decision: Decision) -> ScoreFact | None:
    if decision.score is None:
        return None
    return ScoreFact(decision.score.value, decision.score.min, decision.score.max)


def _facts(
    reason: PrincipalReason, decision: Decision, registration: Registration
) -> tuple[Fact, ...]:
    values = (
        {}
        if decision.attributed is None
        else {item.feature: item.value for item in decision.attributed.items}
    )
    facts = []
    for feature in reason.features[:FACTS_PER_REASON]:
        registered = registration.feature(feature)
        value = values.get(feature)
        if registered is None or value is None:
            continue
        side = None if reason.counter_intuitive else _adverse_side(feature, registration)
        facts.append(
            Fact(feature, registered.label or feature, value, registered.unit, adverse=side)
        )
    return tuple(facts)


def _adverse_side(feature: Feature, registration: Registration) -> Side | None:
    registered = registration.feature(feature)
    if registered is None:
        return None
    return "low" if registered.direction == "higher_is_better" else "high"
