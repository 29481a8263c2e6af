"""What leaves for a language model: the fields named here, and nothing else of a dossier.

What comes from elsewhere (statements, labels, categories, passages) is data between delimiters.
It cannot hold an angle bracket, so it can neither close them nor open others: in the small
prompt's running text brackets become others that look alike, and in the large prompt's JSON
they are written as escapes, so that a quote with one in it can still be given word for word.
"""

import json
import re
from collections.abc import Mapping, Sequence

from app.domain.drafting import product_in_words
from app.domain.explanation import Dossier, Fact, Finding, Language, ReasonToExplain
from app.domain.facts_in_words import can_be_said, fact_in_words, value_in_words

BRACKETS = str.maketrans("<>", "\u2039\u203a")
# Categories are words (`rented`, `self-employed`): no digits, so no account and no address.
CATEGORY = re.compile(r"[^\W\d_][^\W\d]*(?:[ /-][^\W\d_]+){0,3}")
LONGEST_CATEGORY = 40
FINDINGS_SHOWN = 12
WORDS_SHOWN = 120

JsonObject = Mapping[str, object]


def reason_case(reason: ReasonToExplain, language: Language) -> str:
    """One reason for the small prompt: its statement, and its facts as natural sentences."""
    said = [fact_in_words(fact, language) for fact in sayable(reason, language)]
    if language == "es":
        text = f"Motivo: {statement_in(reason, 'es')}. Datos: {' y '.join(said) or 'ninguno'}."
    else:
        text = f"Reason: {reason.statement}. Facts: {' and '.join(said) or 'none'}."
    return f"<facts>{' '.join(text.translate(BRACKETS).split())}</facts>"


def decision_case(dossier: Dossier) -> str:
    """All reasons for the large prompt, with the passages it may cite."""
    case: dict[str, object] = {
        "audience": dossier.audience,
        "action": dossier.action.replace("_", " "),
        "product": product_in_words(dossier.product, dossier.language),
    }
    if dossier.score is not None:
        score = dossier.score
        case["score"] = {"value": str(score.value), "min": str(score.min), "max": str(score.max)}
    case["reasons"] = [_reason(reason, dossier.language) for reason in dossier.reasons]
    case["passages"] = [
        {"citation": passage.citation, "status": passage.status, "text": passage.text}
        for passage in dossier.passages
    ]
    case["suggested quotes"] = {
        reason.code: {"citation": quote.citation, "quote": quote.quote}
        for reason in dossier.reasons
        if (quote := dossier.quotes.get(reason.code)) is not None
    }
    return f"<case>{_unclosable(case)}</case>"


def findings_case(findings: Sequence[Finding]) -> str:
    """What was wrong with the last reply: rule, place and words, and no more than is useful."""
    shown = [
        {"rule": finding.rule, "where": finding.where, "words": finding.words[:WORDS_SHOWN]}
        for finding in findings[:FINDINGS_SHOWN]
    ]
    return f"<findings>{_unclosable(shown)}</findings>"


def sayable(reason: ReasonToExplain, language: Language) -> tuple[Fact, ...]:
    """The facts of a reason that may leave and can be said in a language."""
    return tuple(fact for fact in reason.facts if can_be_said(fact, language) and _may_leave(fact))


def statement_in(reason: ReasonToExplain, language: Language) -> str:
    """The reviewed statement in a language; in English where that is all there is."""
    return reason.local_statement or reason.statement if language != "en" else reason.statement


def _reason(reason: ReasonToExplain, language: Language) -> JsonObject:
    facts = []
    for fact in sayable(reason, language):
        label = fact.label if language == "en" else fact.local_label
        said: dict[str, object] = {"what": label}
        if fact.unit != "flag":
            said["value"] = value_in_words(fact, language)
        if fact.adverse is not None:
            said["counted against the applicant because it was too"] = fact.adverse
        facts.append(said)
    return {"code": reason.code, "statement": statement_in(reason, language), "facts": facts}


def _may_leave(fact: Fact) -> bool:
    if not isinstance(fact.value, str):
        return True
    return len(fact.value) <= LONGEST_CATEGORY and CATEGORY.fullmatch(fact.value) is not None


def _unclosable(content: object) -> str:
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace(">", "\\u003e")
