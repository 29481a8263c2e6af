"""The writer that needs no model: reviewed statements and facts, joined by fixed words."""

from collections.abc import Sequence
from dataclasses import replace

from typing_extensions import override

from app.domain.drafting import citations_of, summary_of
from app.domain.explanation import (
    Dossier,
    Draft,
    Fact,
    Finding,
    ReasonToExplain,
    Statement,
    Written,
)
from app.domain.facts_in_words import fact_in_words
from app.use_cases.ports import ExplanationWriter

NAME = "template-1"


class TemplateWriter(ExplanationWriter):
    """Words every reason the same way; what it writes always passes the verifier."""

    @override
    async def write(
        self,
        dossier: Dossier,
        *,
        corrections: Sequence[Finding] = (),
        previous: Written | None = None,
    ) -> Written:
        cited = citations_of(dossier)
        statements = tuple(
            Statement(reason.code, _sentence(reason), cited.get(reason.code, ()))
            for reason in dossier.reasons
        )
        draft = Draft(summary_of(dossier), statements)
        return Written(draft, "template", NAME, NAME, "")


def _sentence(reason: ReasonToExplain) -> str:
    facts = " and ".join(fact_in_words(fact) for fact in _agreeing(reason.facts))
    return f"{reason.statement}: {facts}." if facts else f"{reason.statement}."


def _agreeing(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Facts that counted on different sides are stated without any side."""
    if len({fact.adverse for fact in facts}) > 1:
        return tuple(replace(fact, adverse=None) for fact in facts)
    return facts
