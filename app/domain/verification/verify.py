"""Nothing a writer drafts is delivered unless every sentence of it passes here."""

from app.domain.explanation import (
    Citation,
    Dossier,
    Draft,
    Evidence,
    Finding,
    Rejected,
    Statement,
    Verdict,
    Verified,
)
from app.domain.verification.claims import Passage, check_text, product_roots
from app.domain.verification.licence import licences_of
from app.domain.verification.quotes import check_quotes, find_quote


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
    licences = licences_of(dossier.reasons)
    expected = [reason.code for reason in dossier.reasons]
    stated = [statement.code for statement in draft.statements]
    findings: list[Finding] = []
    if stated != expected:
        findings.append(Finding("reasons-in-order", ", ".join(stated), "reasons"))
    if draft.summary.strip():
        summary = Passage(
            draft.summary, "summary", licences, is_summary=True, product=product_roots(dossier)
        )
        findings += check_text(summary, dossier)
    else:
        findings.append(Finding("summary-missing", "", "summary"))
    by_code = {licence.reason.code: licence for licence in licences}
    for at, statement in enumerate(draft.statements):
        licence = by_code.get(statement.code)
        if licence is None:
            continue  # the order of the codes has said so
        text = Passage(statement.text, f"reasons[{at}].statement", (licence,), is_summary=False)
        findings += check_text(text, dossier)
        findings += check_quotes(statement, licence, dossier, f"reasons[{at}].citations")
    return tuple(findings)


def _evidence(draft: Draft, dossier: Dossier) -> tuple[Evidence, ...]:
    ledger = [Evidence("summary", "decision", str(dossier.decision_id))]
    facts = {reason.code: reason.facts for reason in dossier.reasons}
    for at, statement in enumerate(draft.statements):
        where = f"reasons[{at}].statement"
        ledger.append(Evidence(where, "reason", statement.code))
        ledger += [Evidence(where, "fact", fact.feature) for fact in facts[statement.code]]
        for number, citation in enumerate(statement.citations):
            place = f"reasons[{at}].citations[{number}]"
            ledger.append(_span(place, statement, citation, dossier))
    return tuple(ledger)


def _span(where: str, statement: Statement, citation: Citation, dossier: Dossier) -> Evidence:
    for passage in dossier.passages:
        if passage.citation == citation.citation:
            found = find_quote(citation.quote, passage)
            if found is not None:
                start, end = found
                return Evidence(
                    where,
                    "passage",
                    citation.citation,
                    passage.version_sha256,
                    passage.start + start,
                    passage.start + end,
                )
    message = f"{statement.code}: a verified quote has no place"
    raise AssertionError(message)
