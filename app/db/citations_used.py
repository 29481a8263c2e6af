"""What law each explanation rests on: unsealed and indexed, because it says nothing of a person."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, insert, or_, select

from app.db.engine import Tx
from app.db.tables import citations_used, current_explanations, explanations
from app.domain.explanation import Explanation
from app.domain.ids import DecisionId, ExplanationId
from app.domain.policy_impact import PassageSpan, Reliance, Relying

used = citations_used.c


async def keep(tx: Tx, explanation: Explanation) -> None:
    """Record the passages of an explanation, in the transaction that publishes it."""
    rows = [
        {
            "tenant_id": tx.tenant_id,
            "explanation_id": explanation.id,
            "place": entry.where,
            "decision_id": explanation.decision_id,
            "citation": entry.ref,
            "version_sha256": entry.version_sha256,
            "start_offset": entry.start,
            "end_offset": entry.end,
        }
        for entry in explanation.evidence
        if entry.kind == "passage" and entry.version_sha256
    ]
    if rows:
        await tx.session.execute(insert(citations_used), rows)


async def page_relying(
    tx: Tx, spans: Sequence[PassageSpan], *, after: ExplanationId | None, limit: int
) -> Sequence[Relying]:
    """List the explanations that quote from any of the spans, oldest first, one line each."""
    statement = (
        select(
            used.explanation_id,
            used.decision_id,
            explanations.c.audience,
            explanations.c.language,
            explanations.c.written_at,
            current_explanations.c.explanation_id.label("standing"),
            func.array_agg(used.citation.distinct()).label("citations"),
        )
        .join(explanations, explanations.c.id == used.explanation_id)
        .outerjoin(
            current_explanations,
            (current_explanations.c.decision_id == used.decision_id)
            & (current_explanations.c.explanation_id == used.explanation_id),
        )
        .where(used.tenant_id == tx.tenant_id, _within(spans))
        .group_by(
            used.explanation_id,
            used.decision_id,
            explanations.c.audience,
            explanations.c.language,
            explanations.c.written_at,
            current_explanations.c.explanation_id,
        )
        .order_by(used.explanation_id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(used.explanation_id > after)
    return [
        Relying(
            ExplanationId(row.explanation_id),
            DecisionId(row.decision_id),
            row.audience,
            row.language,
            row.written_at,
            tuple(row.citations),
            is_current=row.standing is not None,
        )
        for row in await tx.session.execute(statement)
    ]


async def count_reliance(tx: Tx, spans: Sequence[PassageSpan]) -> Sequence[Reliance]:
    """Count, per citation, the explanations that rest on the spans, and those that stand."""
    found = await tx.session.execute(
        select(
            used.citation,
            func.count(used.explanation_id.distinct()).label("explanations"),
            func.count(current_explanations.c.explanation_id.distinct()).label("current"),
        )
        .outerjoin(
            current_explanations,
            (current_explanations.c.decision_id == used.decision_id)
            & (current_explanations.c.explanation_id == used.explanation_id),
        )
        .where(used.tenant_id == tx.tenant_id, _within(spans))
        .group_by(used.citation)
        .order_by(func.count(used.explanation_id.distinct()).desc(), used.citation)
    )
    return [Reliance(row.citation, row.explanations, row.current) for row in found]


def _within(spans: Sequence[PassageSpan]) -> ColumnElement[bool]:
    """Whether a quote overlaps a span: a quote may begin before an amended sentence."""
    return or_(
        *(
            and_(
                used.version_sha256 == span.version_sha256,
                used.start_offset < span.end,
                used.end_offset > span.start,
            )
            for span in spans
        )
    )
