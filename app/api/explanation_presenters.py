"""Answers: what each reader of an explanation is shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from urllib.parse import quote as escape
from uuid import UUID

from pydantic import BaseModel

from app.api.presenters import DecisionOut
from app.domain.explanation import Citation, Draft, Evidence, Explanation, Statement
from app.domain.explanation_versions import ExplanationVersion
from app.domain.views import View


class CitationOut(BaseModel):
    """Quoted words and where they stand; `href` opens the passage at them."""

    citation: str
    quote: str
    href: str

    @classmethod
    def of(cls, citation: Citation) -> "CitationOut":
        """Present a citation."""
        return cls(
            citation=citation.citation,
            quote=citation.quote,
            href=passage_href(citation.citation, citation.quote),
        )


class StatementOut(BaseModel):
    """What is said about one reason."""

    code: str
    statement: str
    citations: list[CitationOut]

    @classmethod
    def of(cls, statement: Statement) -> "StatementOut":
        """Present a statement."""
        return cls(
            code=statement.code,
            statement=statement.text,
            citations=[CitationOut.of(citation) for citation in statement.citations],
        )


class DraftOut(BaseModel):
    """The same explanation in English, kept beside one in another language."""

    summary: str
    reasons: list[StatementOut]

    @classmethod
    def of(cls, draft: Draft) -> "DraftOut":
        """Present a draft."""
        return cls(
            summary=draft.summary, reasons=[StatementOut.of(each) for each in draft.statements]
        )


class EvidenceOut(BaseModel):
    """What carries one sentence."""

    where: str
    kind: str
    ref: str
    version_sha256: str
    start: int
    end: int

    @classmethod
    def of(cls, evidence: Evidence) -> "EvidenceOut":
        """Present an entry of the ledger."""
        return cls(
            where=evidence.where,
            kind=evidence.kind,
            ref=evidence.ref,
            version_sha256=evidence.version_sha256,
            start=evidence.start,
            end=evidence.end,
        )


class ExplanationOut(BaseModel):
    """A verified explanation, labelled with who wrote it."""

    id: UUID
    decision_id: UUID
    audience: str
    language: str
    verdict: Literal["verified"] = "verified"
    written_by: str
    model: str
    prompt: str
    attempts: int
    tokens: int
    seconds: float
    summary: str
    reasons: list[StatementOut]
    evidence: list[EvidenceOut]
    english: DraftOut | None

    @classmethod
    def of(cls, explanation: Explanation) -> "ExplanationOut":
        """Present an explanation."""
        return cls(
            id=explanation.id,
            decision_id=explanation.decision_id,
            audience=explanation.audience,
            language=explanation.language,
            written_by=explanation.writer,
            model=explanation.model,
            prompt=explanation.prompt,
            attempts=explanation.attempts,
            tokens=explanation.input_tokens + explanation.output_tokens,
            seconds=explanation.seconds,
            summary=explanation.draft.summary,
            reasons=[StatementOut.of(each) for each in explanation.draft.statements],
            evidence=[EvidenceOut.of(entry) for entry in explanation.evidence],
            english=None if explanation.english is None else DraftOut.of(explanation.english),
        )


class ExplainedOut(BaseModel):
    """An explanation beside the decision it explains."""

    decision: DecisionOut
    explanation: ExplanationOut


def passage_href(citation: str, quote: str) -> str:
    """Link to the page of a passage, opened at the quoted words."""
    return f"/policies/passages/{escape(citation, safe='')}?quote={escape(quote, safe='')}#quote"


class ViewedOut(ExplanationOut):
    """An explanation with the view that its reader has of it."""

    view: View

    @classmethod
    def seen(cls, explanation: Explanation, view: View) -> "ViewedOut":
        """Present an explanation and a view."""
        told = ExplanationOut.of(explanation)
        return cls(**{name: getattr(told, name) for name in ExplanationOut.model_fields}, view=view)


class VersionOut(BaseModel):
    """One version of an explanation. `replaces` and `why` say what it was written anew for."""

    id: UUID
    audience: str
    language: str
    written_by: str
    model: str
    attempts: int
    written_at: datetime
    is_current: bool
    replaces: UUID | None
    why: str | None

    @classmethod
    def of(cls, version: ExplanationVersion) -> "VersionOut":
        """Present a version."""
        renewal = version.renewal
        return cls(
            id=version.id,
            audience=version.audience,
            language=version.language,
            written_by=version.writer,
            model=version.model,
            attempts=version.attempts,
            written_at=version.written_at,
            is_current=version.is_current,
            replaces=None if renewal is None else renewal.replaces,
            why=None if renewal is None else renewal.why,
        )


class VersionPageOut(BaseModel):
    """A page of versions, newest first; `next_before` is None on the last one."""

    versions: list[VersionOut]
    next_before: UUID | None

    @classmethod
    def of(cls, versions: Sequence[ExplanationVersion], limit: int) -> "VersionPageOut":
        """Present a page."""
        return cls(
            versions=[VersionOut.of(version) for version in versions],
            next_before=versions[-1].id if len(versions) == limit else None,
        )
