"""Builds the three views of a decision from its claims and from what was told of them."""

import hashlib
from dataclasses import replace

from app.domain.catalogue import Catalogue
from app.domain.contradictions import Contradiction, contradictions
from app.domain.decisions import Decision
from app.domain.dossiers import to_dossier
from app.domain.explanation import Draft, Evidence, Explanation, Fact, Side
from app.domain.facts_in_words import value_in_words
from app.domain.models import Registration
from app.domain.readability import readability
from app.domain.view_texts import labels_in, rights_of
from app.domain.views import (
    AttributionLine,
    Check,
    Claim,
    ComplianceView,
    CustomerView,
    RefusedDraft,
    SentenceEvidence,
    Source,
    Tip,
    Told,
    ToldReason,
    UnderwriterView,
    Views,
    WhatIf,
)


def views_of(
    decision: Decision, registration: Registration | None, catalogue: Catalogue, told: Told
) -> Views:
    """Build the three views from one set of claims; compliance sees what was checked of them."""
    claims = claims_of(decision, registration, catalogue)
    views = Views(
        customer_view(decision, claims, catalogue, told.customer),
        underwriter_view(decision, registration, claims, told.underwriter),
        compliance_view(decision, registration, claims, told.compliance, (), told.refused),
    )
    checks = _checks(decision, told.compliance, contradictions(views))
    return replace(views, compliance=replace(views.compliance, checks=checks))


def claims_of(
    decision: Decision, registration: Registration | None, catalogue: Catalogue
) -> tuple[Claim, ...]:
    """Make the claims of a decision, in rank order."""
    dossier = to_dossier(
        decision,
        registration,
        catalogue,
        audience="compliance",
        language="en",
        passages=(),
        quotes={},
    )
    return tuple(
        Claim(told.code, told.statement, told.facts, reason.deficit, reason.counter_intuitive)
        for told, reason in zip(dossier.reasons, decision.reasons, strict=True)
    )


def told_reasons(claims: tuple[Claim, ...], explanation: Explanation) -> tuple[ToldReason, ...]:
    """Join the words of an explanation with the claims they are about, in the words' order."""
    by_code = {claim.code: claim for claim in claims}
    return tuple(
        ToldReason(
            statement.code,
            statement.text,
            _figures(by_code.get(statement.code)),
            _side(by_code.get(statement.code)),
            _sources(explanation, at),
        )
        for at, statement in enumerate(explanation.draft.statements)
    )


def customer_view(
    decision: Decision, claims: tuple[Claim, ...], catalogue: Catalogue, explanation: Explanation
) -> CustomerView:
    """Tell the customer: statements, tips and rights, plainly."""
    language = explanation.language
    reasons = told_reasons(claims, explanation)
    return CustomerView(
        language,
        labels_in(language),
        decision.action,
        explanation.draft.summary,
        reasons,
        tuple(
            Tip(reason.code, catalogue[reason.code].consumer_tip)
            for reason in reasons
            if reason.code in catalogue and catalogue[reason.code].consumer_tip
        ),
        rights_of(decision, language),
        explanation.english,
        () if language == "en" else rights_of(decision, "en"),
    )


def underwriter_view(
    decision: Decision,
    registration: Registration | None,
    claims: tuple[Claim, ...],
    explanation: Explanation,
) -> UnderwriterView:
    """Tell the underwriter: the score, what moved it, and what would have sufficed."""
    return UnderwriterView(
        explanation.language,
        labels_in(explanation.language),
        decision.action,
        explanation.draft.summary,
        told_reasons(claims, explanation),
        None if decision.score is None else decision.score.value,
        decision.cutoff,
        _attributions(decision, registration),
        _what_if(decision, registration, claims),
    )


def compliance_view(
    decision: Decision,
    registration: Registration | None,
    claims: tuple[Claim, ...],
    explanation: Explanation,
    checks: tuple[Check, ...],
    refused: tuple[RefusedDraft, ...],
) -> ComplianceView:
    """Tell compliance: what was checked, on which versions, and what carries each sentence."""
    draft = explanation.draft
    texts = {"summary": draft.summary}
    texts |= {f"reasons[{at}]": each.text for at, each in enumerate(draft.statements)}
    return ComplianceView(
        explanation.language,
        labels_in(explanation.language),
        decision.action,
        draft.summary,
        told_reasons(claims, explanation),
        checks,
        _versions(decision, registration, explanation),
        tuple(
            SentenceEvidence(
                where,
                text,
                tuple(entry for entry in explanation.evidence if _is_at(entry, where)),
            )
            for where, text in texts.items()
        ),
        refused,
    )


def content_sha256(draft: Draft) -> str:
    """Hash what is told, so that two copies can be compared without being read."""
    lines = [draft.summary]
    for statement in draft.statements:
        lines += [statement.code, statement.text]
        lines += [f"{c.citation}\t{c.quote}" for c in statement.citations]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _is_at(entry: Evidence, where: str) -> bool:
    return entry.where == where or entry.where.startswith(f"{where}.")


def _figures(claim: Claim | None) -> tuple[str, ...]:
    return () if claim is None else tuple(value_in_words(fact) for fact in claim.facts)


def _side(claim: Claim | None) -> Side | None:
    sides = set() if claim is None else {fact.adverse for fact in claim.facts}
    return sides.pop() if len(sides) == 1 else None


def _sources(explanation: Explanation, at: int) -> tuple[Source, ...]:
    spans = [e for e in explanation.evidence if e.kind == "passage" and _is_at(e, f"reasons[{at}]")]
    found = []
    for citation in explanation.draft.statements[at].citations:
        span = next((e for e in spans if e.ref == citation.citation), None)
        if span is not None:
            spans.remove(span)
        found.append(
            Source(
                citation.citation,
                " ".join(citation.quote.split()),
                "" if span is None else span.version_sha256,
                0 if span is None else span.start,
                0 if span is None else span.end,
            )
        )
    return tuple(found)


def _attributions(
    decision: Decision, registration: Registration | None
) -> tuple[AttributionLine, ...]:
    if decision.attributed is None:
        return ()
    reference = None if registration is None else registration.references.get(registration.method)
    lines = []
    for item in decision.attributed.items:
        registered = None if registration is None else registration.feature(item.feature)
        mean = None if reference is None else reference.means.get(item.feature)
        deficit = None
        if mean is not None and registration is not None:
            deficit = mean - item.contribution
            deficit = deficit if registration.higher_is_better else -deficit
        unit = "" if registered is None else registered.unit
        label = item.feature if registered is None else registered.label or item.feature
        value = "" if item.value is None else value_in_words(Fact("", "", item.value, unit))
        lines.append(
            AttributionLine(
                item.feature,
                label,
                value,
                None if registered is None else registered.code,
                item.contribution,
                mean,
                deficit,
            )
        )
    lines.sort(key=lambda line: (line.deficit is None, -(line.deficit or 0), line.feature))
    return tuple(lines)


def _what_if(
    decision: Decision, registration: Registration | None, claims: tuple[Claim, ...]
) -> WhatIf | None:
    if registration is None or decision.score is None or decision.cutoff is None:
        return None
    score, codes = decision.score.value, []
    for claim in claims:
        if claim.deficit is None:
            return None  # a rule or a person brought it: no score would have sufficed
        score += claim.deficit if registration.higher_is_better else -claim.deficit
        codes.append(claim.code)
        is_met = (
            score >= decision.cutoff
            if registration.higher_is_better
            else (score <= decision.cutoff)
        )
        if is_met:
            return WhatIf(tuple(codes), score)
    return None


def _versions(
    decision: Decision, registration: Registration | None, explanation: Explanation
) -> dict[str, str]:
    held = {
        "explanation": str(explanation.id),
        "explanation_sha256": content_sha256(explanation.draft),
        "writer": f"{explanation.writer}: {explanation.model}",
        "prompt": explanation.prompt,
        "prompt_sha256": explanation.prompt_sha256,
        "reference_sha256": decision.reference_sha256,
    }
    if decision.model is not None:
        held["model"] = f"{decision.model.name} {decision.model.version}"
        held["model_artifact_sha256"] = decision.model.artifact_sha256 or ""
    if registration is not None:
        held["method"] = registration.method
    for entry in explanation.evidence:
        if entry.kind == "passage":
            held[f"passage {entry.ref}"] = entry.version_sha256
    return held


def _checks(
    decision: Decision, explanation: Explanation, found: tuple[Contradiction, ...]
) -> tuple[Check, ...]:
    """What can be held against a stored explanation without trusting that it was verified."""
    draft = explanation.draft
    places = {entry.where.partition(".")[0] for entry in explanation.evidence}
    sentences = ["summary", *(f"reasons[{at}]" for at in range(len(draft.statements)))]
    bare = [where for where in sentences if where not in places]
    codes = [statement.code for statement in draft.statements]
    ranked = [reason.code for reason in decision.reasons]
    spans = [entry for entry in explanation.evidence if entry.kind == "passage"]
    cited = sum(len(statement.citations) for statement in draft.statements)
    pinned = sum(1 for span in spans if span.version_sha256 and span.end > span.start)
    whole = " ".join((draft.summary, *(statement.text for statement in draft.statements)))
    reading = readability(whole, explanation.audience, explanation.language)
    is_english_kept = explanation.language == "en" or explanation.english is not None
    return (
        Check("every-sentence-has-evidence", not bare, ", ".join(bare)),
        Check("reasons-in-rank-order", codes == ranked, ", ".join(codes)),
        Check("every-citation-is-pinned", pinned == cited > 0, f"{pinned} of {cited}"),
        Check("views-agree", not found, "; ".join(f"{c.what} {c.code}".strip() for c in found)),
        Check("reading-grade", reading.is_plain, f"{reading.grade} of {reading.limit}"),
        Check("english-is-kept", is_english_kept, explanation.language),
        Check("no-findings-on-the-decision", not decision.findings, ", ".join(decision.findings)),
    )
