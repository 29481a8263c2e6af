"""The writer that needs no model: reviewed statements and facts, joined by fixed words."""

from collections.abc import Sequence
from dataclasses import replace

from typing_extensions import override

from app.domain.case_text import statement_in
from app.domain.drafting import citations_of, summary_of
from app.domain.explanation import (
    Dossier,
    Draft,
    Fact,
    Finding,
    Language,
    ReasonToExplain,
    Statement,
    Written,
)
from app.domain.facts_in_words import can_be_said, fact_in_words
from app.use_cases.ports import ExplanationWriter

NAME = "template-1"
AND = {"en": " and ", "es": " y "}
# A Spanish clause has a colon of its own.
JOIN = {"en": ": ", "es": "; "}


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
            Statement(reason.code, _sentence(reason, dossier.language), cited.get(reason.code, ()))
            for reason in dossier.reasons
        )
        draft = Draft(summary_of(dossier), statements)
        return Written(draft, "template", NAME, NAME, "")


def _sentence(reason: ReasonToExplain, language: Language) -> str:
    said = [fact for fact in reason.facts if can_be_said(fact, language)]
    facts = AND[language].join(fact_in_words(fact, language) for fact in _agreeing(said))
    statement = statement_in(reason, language)
    return f"{statement}{JOIN[language]}{facts}." if facts else f"{statement}."


def _agreeing(facts: Sequence[Fact]) -> Sequence[Fact]:
    """Facts that counted on different sides are stated without any side."""
    if len({fact.adverse for fact in facts}) > 1:
        return [replace(fact, adverse=None) for fact in facts]
    return facts
