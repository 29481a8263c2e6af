"""Gathers all that may be said about a decision, and nothing that may not leave."""

import re
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
from app.domain.reasons import FeatureValue, PrincipalReason

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
                () if registration is None else _facts(reason, decision, registration, language),
                None if reason.counter_intuitive else catalogue[reason.code].adverse_when,
                catalogue[reason.code].translations.get(language, ""),
            )
            for reason in decision.reasons
        ),
        passages=passages,
        quotes=quotes,
        tenant_id=decision.tenant_id,
    )


def _score(decision: Decision) -> ScoreFact | None:
    if decision.score is None:
        return None
    return ScoreFact(decision.score.value, decision.score.min, decision.score.max)


def _facts(
    reason: PrincipalReason, decision: Decision, registration: Registration, language: Language
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
        if registered is None or value is None or _is_personal(value, decision):
            continue
        side = None if reason.counter_intuitive else _adverse_side(feature, registration)
        label = registered.label or feature
        local = registered.label_es if language == "es" else ""
        facts.append(Fact(feature, label, value, registered.unit, side, local))
    return tuple(facts)


def _is_personal(value: FeatureValue, decision: Decision) -> bool:
    """Whether a value given as text shares a word with who the applicants are or where they live.

    A category that happens to (`own`, of someone in Own Street) is left out too: saying less
    is no harm.
    """
    if not isinstance(value, str):
        return False
    identifying = [decision.external_id]
    for applicant in decision.applicants:
        identifying += [applicant.reference, applicant.name, applicant.address]
    return not _words(value).isdisjoint(_words(" ".join(identifying)))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{2,}", text.casefold()))


def _adverse_side(feature: Feature, registration: Registration) -> Side | None:
    registered = registration.feature(feature)
    if registered is None:
        return None
    return "low" if registered.direction == "higher_is_better" else "high"
