"""Answers: what each reader of a decision is shown."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel

from app.db.decisions import DecisionLine
from app.domain.catalogue import Catalogue
from app.domain.decisions import Action, Decision, Offer
from app.domain.duties import notice_due
from app.domain.models import ReasonCode


class ReasonOut(BaseModel):
    """A principal reason, as the notice states it."""

    rank: int
    code: str
    statement: str
    deficit: Decimal | None
    features: list[str]
    counter_intuitive: bool


class ScoreOut(BaseModel):
    """The score on its scale."""

    value: Decimal
    min: Decimal
    max: Decimal
    cutoff: Decimal | None


class OfferOut(BaseModel):
    """Terms: US dollars, months, basis points."""

    amount: Decimal | None
    term_months: int | None
    apr_bps: int | None
    monthly_payment: Decimal | None

    @classmethod
    def of(cls, offer: Offer | None) -> "OfferOut | None":
        """Present terms."""
        if offer is None:
            return None
        return cls(
            amount=offer.amount,
            term_months=offer.term_months,
            apr_bps=offer.apr_bps,
            monthly_payment=offer.monthly_payment,
        )


class DecisionOut(BaseModel):
    """A decision with its principal reasons. Who it is about stands in the notice alone."""

    id: UUID
    external_id: str
    kind: str
    product: str
    action: Action
    status: str
    received_at: datetime
    decided_at: datetime
    notice_due_at: datetime | None
    model: dict[str, str] | None
    score: ScoreOut | None
    reasons: list[ReasonOut]
    findings: list[str]
    requested: OfferOut | None
    offered: OfferOut | None
    explanation_state: str | None

    @classmethod
    def of(
        cls, decision: Decision, catalogue: Catalogue, explanation_state: str | None
    ) -> "DecisionOut":
        """Present a decision."""
        model, score = decision.model, decision.score
        return cls(
            id=decision.id,
            external_id=decision.external_id,
            kind=decision.kind,
            product=decision.product,
            action=decision.action,
            status=decision.status,
            received_at=decision.received_at,
            decided_at=decision.decided_at,
            notice_due_at=notice_due(decision),
            model=None if model is None else {"name": model.name, "version": model.version},
            score=None
            if score is None
            else ScoreOut(value=score.value, min=score.min, max=score.max, cutoff=decision.cutoff),
            reasons=[
                ReasonOut(
                    rank=rank,
                    code=reason.code,
                    statement=catalogue[ReasonCode(reason.code)].statement,
                    deficit=reason.deficit,
                    features=list(reason.features),
                    counter_intuitive=reason.counter_intuitive,
                )
                for rank, reason in enumerate(decision.reasons, start=1)
            ],
            findings=list(decision.findings),
            requested=OfferOut.of(decision.requested),
            offered=OfferOut.of(decision.offered),
            explanation_state=explanation_state,
        )


class DecisionLineOut(BaseModel):
    """A decision in a list."""

    id: UUID
    external_id: str
    action: Action
    product: str
    reason_codes: list[str]
    decided_at: datetime
    notice_due_at: datetime | None


class DecisionPageOut(BaseModel):
    """A page of decisions; `next_before` is None on the last one."""

    decisions: list[DecisionLineOut]
    next_before: UUID | None

    @classmethod
    def of(cls, lines: Sequence[DecisionLine], limit: int) -> "DecisionPageOut":
        """Present a page."""
        return cls(
            decisions=[
                DecisionLineOut(
                    id=line.id,
                    external_id=line.external_id,
                    action=line.action,
                    product=line.product,
                    reason_codes=list(line.reason_codes),
                    decided_at=line.decided_at,
                    notice_due_at=line.notice_due_at,
                )
                for line in lines
            ],
            next_before=lines[-1].id if len(lines) == limit else None,
        )
