"""Explanations and the drafts they came from."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.db import audit, subjects
from app.db.codec import from_json, to_json
from app.db.engine import Tx
from app.db.tables import current_explanations, decisions, drafts, explanations
from app.domain.audit import AuditEvent
from app.domain.decisions import Decision
from app.domain.explanation import Audience, Explanation, Finding, Language, Written
from app.domain.ids import DecisionId, DraftId, SubjectId


async def publish(
    tx: Tx, explanation: Explanation, decision: Decision, *, event: AuditEvent
) -> bool:
    """Make an explanation the current one; False when another attempt already did.

    Work may run twice: the key on decision, audience and language lets one of them through.
    """
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
        .returning(current_explanations.c.explanation_id)
    )
    if claimed.one_or_none() is None:
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
        )
    )
    await audit.append(tx, event)
    return True


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


async def keep_draft(
    tx: Tx,
    written: Written,
    decision: Decision,
    *,
    draft_id: DraftId,
    audience: Audience,
    language: Language,
    attempt: int,
    findings: tuple[Finding, ...],
    event: AuditEvent,
) -> None:
    """Keep what a writer proposed, whether or not it passed, with the rules it broke."""
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
        )
    )
    await audit.append(tx, event)
