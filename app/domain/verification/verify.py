"""Nothing a writer drafts is delivered unless every sentence of it passes here."""

from collections.abc import Iterator

from app.domain.explanation import (
    Citation,
    Dossier,
    Draft,
    Evidence,
    Finding,
    Rejected,
    Verdict,
    Verified,
)
from app.domain.verification.claims.actions import check_actions
from app.domain.verification.claims.agents import (
    check_agents,
    check_spanish_agents,
    check_spanish_future,
)
from app.domain.verification.claims.causes import check_breadth, check_causes
from app.domain.verification.claims.denials import check_denials
from app.domain.verification.claims.names import check_names
from app.domain.verification.claims.ranks import check_ranks
from app.domain.verification.claims.sides import check_comparisons, check_sides
from app.domain.verification.claims.subject import check_subject
from app.domain.verification.claims.words import check_words
from app.domain.verification.figures.check import check_figures
from app.domain.verification.guards.check import check_guards
from app.domain.verification.licence import Licence, licences_of, product_roots
from app.domain.verification.quotes import check_quotes, cited_passages, quote_spans
from app.domain.verification.reading import read
from app.domain.verification.restated import restated_clauses
from app.domain.verification.texts import ReasonText, SummaryText, Text


def verify(draft: Draft, dossier: Dossier) -> Verdict:
    """Prove a draft against its dossier, or say everything that is wrong with it.

    A verified draft comes with its evidence: for the summary the decision, for each statement
    its reason and facts, for each quote the span of the stored passage that holds it.
    """
    findings = findings_of(draft, dossier)
    if findings:
        return Rejected(draft, findings)
    return Verified(draft, _evidence(draft, dossier))


def findings_of(draft: Draft, dossier: Dossier) -> tuple[Finding, ...]:
    """Return what is wrong with a draft, nothing if it is proved."""
    licences = licences_of(dossier.reasons, dossier.language)
    return (
        *_check_order(draft, dossier),
        *_check_summary(draft, licences, dossier),
        *_check_statements(draft, licences, dossier),
    )


def _check_order(draft: Draft, dossier: Dossier) -> Iterator[Finding]:
    """Every principal reason is stated, no other is, and in their order (Reg B 1002.9(b)(2))."""
    stated = [statement.code for statement in draft.statements]
    if stated != [reason.code for reason in dossier.reasons]:
        yield Finding("reasons-in-order", ", ".join(stated), "reasons")


def _check_summary(
    draft: Draft, licences: tuple[Licence, ...], dossier: Dossier
) -> Iterator[Finding]:
    if not draft.summary.strip():
        yield Finding("summary-missing", "", "summary")
        return
    summary = SummaryText(draft.summary, licences, product_roots(dossier))
    yield from _check_text(summary, dossier)


def _check_statements(
    draft: Draft, licences: tuple[Licence, ...], dossier: Dossier
) -> Iterator[Finding]:
    by_code = {licence.reason.code: licence for licence in licences}
    for at, statement in enumerate(draft.statements):
        licence = by_code.get(statement.code)
        if licence is None:
            continue  # the order of the codes has said so
        text = ReasonText(statement.text, f"reasons[{at}].statement", licence)
        yield from _check_text(text, dossier)
        yield from check_quotes(statement, licence, dossier, f"reasons[{at}].citations")


def _check_text(text: Text, dossier: Dossier) -> Iterator[Finding]:
    """Find everything a text claims that its reasons do not carry.

    A clause that restates a law of the case is held against that law and not against the facts.
    """
    reading, misnamed = read(text, dossier)
    restated = restated_clauses(reading, dossier)
    terms = reading.terms_outside(restated)
    yield from misnamed
    yield from reading.outside(restated, check_guards(reading, dossier))
    yield from reading.outside(restated, check_figures(reading.figures, text, dossier))
    yield from check_names(reading, restated)
    yield from check_words(terms, text, dossier, reading.lexicon)
    yield from check_sides(terms, text)
    yield from check_denials(terms, text, dossier)
    yield from check_causes(terms, text)
    yield from check_breadth(terms, text)
    yield from check_ranks(terms, text)
    yield from check_actions(terms, text, dossier)
    match dossier.language:
        case "en":
            yield from check_agents(terms, text)
        case "es":
            yield from check_spanish_future(terms, text)
    if isinstance(text, ReasonText):
        if dossier.language == "es":
            yield from check_spanish_agents(terms, text)
        yield from check_comparisons(terms, text)
        yield from check_subject(reading, text)


def _evidence(draft: Draft, dossier: Dossier) -> tuple[Evidence, ...]:
    ledger = [Evidence("summary", "decision", str(dossier.decision_id))]
    facts = {reason.code: reason.facts for reason in dossier.reasons}
    for at, statement in enumerate(draft.statements):
        where = f"reasons[{at}].statement"
        ledger.append(Evidence(where, "reason", statement.code))
        ledger += [Evidence(where, "fact", fact.feature) for fact in facts[statement.code]]
        for number, citation in enumerate(statement.citations):
            place = f"reasons[{at}].citations[{number}]"
            ledger += _spans(place, citation, dossier)
    return tuple(ledger)


def _spans(where: str, citation: Citation, dossier: Dossier) -> list[Evidence]:
    """The places of a verified quote, one for each part where dots leave words out."""
    for passage in cited_passages(citation, dossier):
        spans = quote_spans(citation.quote, passage)
        if spans:
            return [
                Evidence(
                    where,
                    "passage",
                    passage.citation,
                    passage.version_sha256,
                    passage.start + start,
                    passage.start + end,
                )
                for start, end in spans
            ]
    message = f"{where}: a verified quote has no place"
    raise AssertionError(message)
