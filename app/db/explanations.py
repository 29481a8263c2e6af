"""Explanations and the drafts they came from."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.db import audit, citations_used, subjects
from app.db.codec import from_json, to_json
from app.db.engine import Tx
from app.db.tables import current_explanations, decisions, drafts, explanations
from app.db.tables import subjects as subject_rows
from app.domain.audit import AuditEvent
from app.domain.decisions import Decision
from app.domain.errors import ExplanationNotFound, NothingToReplay
from app.domain.explanation import Audience, Dossier, Explanation, Finding, Language, Written
from app.domain.explanation_versions import ExplanationVersion, Renewal
from app.domain.ids import DecisionId, DraftId, ExplanationId, SubjectId
from app.domain.replaying import KeptDraft, KeptExplanation
from app.domain.views import RefusedDraft


@dataclass(frozen=True, slots=True)
class _Proof:
    """What of a draft's origin may tell of its subject, and is sealed for that."""

    dossier: Dossier
    findings: tuple[Finding, ...]


async def publish(
    tx: Tx,
    explanation: Explanation,
    decision: Decision,
    *,
    renewal: Renewal | None = None,
    event: AuditEvent,
    draft_id: DraftId | None = None,
) -> bool:
    """Make an explanation the current one; False when another attempt already did.

    Work may run twice: the key on decision, audience and language lets one of them through,
    and a renewal only while the version stands that it was to replace. `draft_id` is the draft
    that passed, None where no writer was asked.
    """
    if not await _claim(tx, explanation, renewal):
        return False
    await tx.session.execute(
        insert(explanations).values(
            id=explanation.id,
            tenant_id=tx.tenant_id,
            decision_id=explanation.decision_id,
            audience=explanation.audience,
            language=explanation.language,
            writer=explanation.writer,
            model=explanation.model,
            attempts=explanation.attempts,
            input_tokens=explanation.input_tokens,
            output_tokens=explanation.output_tokens,
            seconds=Decimal(str(round(explanation.seconds, 3))),
            sealed=await subjects.seal(tx, decision.subject_id, to_json(explanation)),
            written_at=event.at,
            draft_id=draft_id,
            replaces=None if renewal is None else renewal.replaces,
            why=None if renewal is None else renewal.why,
        )
    )
    await citations_used.keep(tx, explanation)
    await audit.append(tx, event)
    return True


async def _claim(tx: Tx, explanation: Explanation, renewal: Renewal | None) -> bool:
    current = current_explanations.c
    if renewal is None:
        claimed = await tx.session.execute(
            insert(current_explanations)
            .values(
                tenant_id=tx.tenant_id,
                decision_id=explanation.decision_id,
                audience=explanation.audience,
                language=explanation.language,
                explanation_id=explanation.id,
            )
            .on_conflict_do_nothing()
            .returning(current.explanation_id)
        )
    else:
        claimed = await tx.session.execute(
            update(current_explanations)
            .where(
                current.decision_id == explanation.decision_id,
                current.audience == explanation.audience,
                current.language == explanation.language,
                current.explanation_id == renewal.replaces,
            )
            .values(explanation_id=explanation.id)
            .returning(current.explanation_id)
        )
    return claimed.one_or_none() is not None


async def find_current(
    tx: Tx, decision_id: DecisionId, audience: Audience, language: Language
) -> Explanation | None:
    """Read the explanation that stands, if one has been verified."""
    found = await tx.session.execute(
        select(explanations.c.sealed, decisions.c.subject_id)
        .join(current_explanations, current_explanations.c.explanation_id == explanations.c.id)
        .join(decisions, decisions.c.id == current_explanations.c.decision_id)
        .where(
            current_explanations.c.decision_id == decision_id,
            current_explanations.c.audience == audience,
            current_explanations.c.language == language,
        )
    )
    row = found.one_or_none()
    if row is None:
        return None
    opened = await subjects.unseal(tx, SubjectId(row.subject_id), bytes(row.sealed))
    return from_json(Explanation, opened)


async def find_newest(tx: Tx, *, limit: int) -> Sequence[Explanation]:
    """Read the newest explanations that stand and can still be read, newest first."""
    found = await tx.session.execute(
        select(explanations.c.sealed, decisions.c.subject_id)
        .join(current_explanations, current_explanations.c.explanation_id == explanations.c.id)
        .join(decisions, decisions.c.id == explanations.c.decision_id)
        .join(subject_rows, subject_rows.c.id == decisions.c.subject_id)
        .where(explanations.c.tenant_id == tx.tenant_id, subject_rows.c.wrapped_key.is_not(None))
        .order_by(explanations.c.id.desc())
        .limit(limit)
    )
    read = []
    for row in found.all():
        opened = await subjects.unseal(tx, SubjectId(row.subject_id), bytes(row.sealed))
        read.append(from_json(Explanation, opened))
    return read


async def find(tx: Tx, decision_id: DecisionId, explanation_id: ExplanationId) -> Explanation:
    """Read one version, current or not. Raises ExplanationNotFound."""
    found = await tx.session.execute(
        select(explanations.c.sealed, decisions.c.subject_id)
        .join(decisions, decisions.c.id == explanations.c.decision_id)
        .where(explanations.c.id == explanation_id, explanations.c.decision_id == decision_id)
    )
    row = found.one_or_none()
    if row is None:
        raise ExplanationNotFound(explanation_id)
    opened = await subjects.unseal(tx, SubjectId(row.subject_id), bytes(row.sealed))
    return from_json(Explanation, opened)


async def page_versions(
    tx: Tx, decision_id: DecisionId, *, before: ExplanationId | None, limit: int
) -> Sequence[ExplanationVersion]:
    """List a decision's versions, newest first; `before` is the last id already read."""
    statement = (
        select(explanations, current_explanations.c.explanation_id.label("standing"))
        .outerjoin(
            current_explanations,
            (current_explanations.c.decision_id == explanations.c.decision_id)
            & (current_explanations.c.explanation_id == explanations.c.id),
        )
        .where(explanations.c.decision_id == decision_id)
        .order_by(explanations.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(explanations.c.id < before)
    return [
        ExplanationVersion(
            ExplanationId(row.id),
            row.audience,
            row.language,
            row.writer,
            row.model,
            row.attempts,
            row.written_at,
            is_current=row.standing is not None,
            renewal=None if row.replaces is None else Renewal(ExplanationId(row.replaces), row.why),
        )
        for row in await tx.session.execute(statement)
    ]


async def keep_draft(
    tx: Tx,
    written: Written,
    decision: Decision,
    *,
    draft_id: DraftId,
    audience: Audience,
    language: Language,
    attempt: int,
    dossier: Dossier,
    findings: tuple[Finding, ...],
    event: AuditEvent,
    previous_id: DraftId | None = None,
) -> None:
    """Keep what a writer proposed, whether or not it passed, and all that it came from.

    That is enough to ask the same writer again: raw output, prompt, model and settings, the
    dossier with the passages at hand, the findings, and the draft that it was to mend.
    """
    proof = to_json(_Proof(dossier, findings))
    await tx.session.execute(
        insert(drafts).values(
            id=draft_id,
            tenant_id=tx.tenant_id,
            decision_id=decision.id,
            audience=audience,
            language=language,
            attempt=attempt,
            writer=written.writer,
            model=written.model,
            prompt_sha256=written.prompt_sha256,
            rules_broken=sorted({finding.rule for finding in findings}),
            sealed=await subjects.seal(tx, decision.subject_id, to_json(written)),
            written_at=event.at,
            settings=asdict(written.settings),
            retrieval=[
                {
                    "citation": passage.citation,
                    "version_sha256": passage.version_sha256,
                    "start": passage.start,
                    "end": passage.start + len(passage.text),
                }
                for passage in dossier.passages
            ],
            seconds=Decimal(str(round(written.seconds, 3))),
            previous_id=previous_id,
            proof=await subjects.seal(tx, decision.subject_id, proof),
        )
    )
    await audit.append(tx, event)


async def get_kept(tx: Tx, explanation_id: ExplanationId) -> KeptExplanation:
    """Read the draft that became an explanation, and those it mended.

    Raises ExplanationNotFound, or NothingToReplay where no draft is kept whole.
    """
    found = await tx.session.execute(
        select(explanations.c.decision_id, explanations.c.draft_id, decisions.c.subject_id)
        .join(decisions, decisions.c.id == explanations.c.decision_id)
        .where(explanations.c.id == explanation_id)
    )
    row = found.one_or_none()
    if row is None:
        raise ExplanationNotFound(explanation_id)
    if row.draft_id is None:
        raise NothingToReplay(explanation_id, "no draft is kept that it was written from")
    draft = await _get_draft(tx, DraftId(row.draft_id), SubjectId(row.subject_id), explanation_id)
    return KeptExplanation(explanation_id, DecisionId(row.decision_id), draft)


async def _get_draft(
    tx: Tx, draft_id: DraftId, subject_id: SubjectId, explanation_id: ExplanationId
) -> KeptDraft:
    found = await tx.session.execute(
        select(drafts.c.sealed, drafts.c.proof, drafts.c.previous_id).where(drafts.c.id == draft_id)
    )
    row = found.one()
    if row.proof is None:
        raise NothingToReplay(explanation_id, "its draft was kept without what it came from")
    previous = None
    if row.previous_id is not None:
        previous = await _get_draft(tx, DraftId(row.previous_id), subject_id, explanation_id)
    written = from_json(Written, await subjects.unseal(tx, subject_id, bytes(row.sealed)))
    proof = from_json(_Proof, await subjects.unseal(tx, subject_id, bytes(row.proof)))
    return KeptDraft(draft_id, written, proof.dossier, proof.findings, previous)


async def find_refused(
    tx: Tx, decision_id: DecisionId, audience: Audience, language: Language
) -> Sequence[RefusedDraft]:
    """Read the drafts that broke a rule, in the order in which they were written."""
    found = await tx.session.execute(
        select(drafts, decisions.c.subject_id)
        .join(decisions, decisions.c.id == drafts.c.decision_id)
        .where(
            drafts.c.decision_id == decision_id,
            drafts.c.audience == audience,
            drafts.c.language == language,
            func.cardinality(drafts.c.rules_broken) > 0,
        )
        .order_by(drafts.c.id)
    )
    refused = []
    for row in found.all():
        opened = await subjects.unseal(tx, SubjectId(row.subject_id), bytes(row.sealed))
        written = from_json(Written, opened)
        findings: tuple[Finding, ...] = ()
        if row.proof is not None:
            proof = await subjects.unseal(tx, SubjectId(row.subject_id), bytes(row.proof))
            findings = from_json(_Proof, proof).findings
        refused.append(
            RefusedDraft(
                row.attempt,
                row.writer,
                row.model,
                row.prompt_sha256,
                row.written_at,
                tuple(row.rules_broken),
                tuple(statement.text for statement in written.draft.statements),
                findings,
            )
        )
    return refused
