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
from app.domain.verification import checks


def verify(draft: Draft, dossier: Dossier) -> Verdict:
    """Prove a draft against its dossier, or say everything that is wrong with it.

    A verified draft comes with its evidence: for the summary the decision, for each statement
    its reason and facts, for each quote the span of the stored passage that holds it.
    """
    findings = list(checks.coverage(draft, dossier))
    findings += checks.summary(draft, dossier)
    by_code = {reason.code: reason for reason in dossier.reasons}
    for at, statement in enumerate(draft.statements):
        reason = by_code.get(statement.code)
        if reason is None:
            continue  # coverage has said so
        where = f"reasons[{at}].statement"
        findings += checks.one_sentence(statement, where)
        findings += checks.figures(statement, reason, where)
        findings += checks.direction(statement, reason, where)
        findings += checks.wording(statement, reason, where)
        findings += checks.quotes(statement, reason, dossier, f"reasons[{at}].citations")
    if findings:
        return Rejected(draft, tuple(findings))
    return Verified(draft, _evidence(draft, dossier))


def findings_of(draft: Draft, dossier: Dossier) -> tuple[Finding, ...]:
    """Return what is wrong with a draft, nothing if it is proved."""
    verdict = verify(draft, dossier)
    return verdict.findings if isinstance(verdict, Rejected) else ()


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
            found = checks.find_quote(citation.quote, passage)
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
