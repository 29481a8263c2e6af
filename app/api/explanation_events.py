"""What a stream of an explanation sends."""

from typing import assert_never

from pydantic import BaseModel

from app.api.event_stream import encode
from app.api.explanation_presenters import CitationOut, EvidenceOut, ExplanationOut
from app.domain.explanation import Evidence
from app.use_cases.stream_explanation import (
    DraftReplaced,
    StatementProved,
    Streamed,
    StreamEnded,
    SummaryProved,
)


class StatementEvent(BaseModel):
    """A proved statement; its id is its rank, for the explanation has none before it stands."""

    id: str
    code: str
    text: str
    citations: list[CitationOut]
    evidence: list[EvidenceOut]


class SummaryEvent(BaseModel):
    """The summary of the statements sent, which now stand as the explanation."""

    id: str = "summary"
    text: str
    evidence: list[EvidenceOut]


class ReplacedEvent(BaseModel):
    """What stands instead of all that was sent."""

    id: str
    text: str
    written_by: str
    statements: list[StatementEvent]
    evidence: list[EvidenceOut]


class DoneEvent(BaseModel):
    """The explanation as published."""

    id: str
    outcome: str
    explanation: ExplanationOut


def to_event(event: Streamed) -> bytes:
    """Write what happened as one server-sent event."""
    match event:
        case StatementProved(rank, statement, evidence):
            sent = StatementEvent(
                id=str(rank),
                code=statement.code,
                text=statement.text,
                citations=[CitationOut.of(citation) for citation in statement.citations],
                evidence=_presented(evidence),
            )
            return encode("statement", sent.model_dump(mode="json"), sent.id)
        case SummaryProved(summary, evidence):
            summed = SummaryEvent(text=summary, evidence=_presented(evidence))
            return encode("summary", summed.model_dump(mode="json"), summed.id)
        case DraftReplaced(explanation):
            replaced = ReplacedEvent(
                id=str(explanation.id),
                text=explanation.draft.summary,
                written_by=explanation.writer,
                statements=[
                    StatementEvent(
                        id=str(at + 1),
                        code=statement.code,
                        text=statement.text,
                        citations=[CitationOut.of(citation) for citation in statement.citations],
                        evidence=_presented(explanation.evidence, f"reasons[{at}]"),
                    )
                    for at, statement in enumerate(explanation.draft.statements)
                ],
                evidence=_presented(explanation.evidence, "summary"),
            )
            return encode("replaced", replaced.model_dump(mode="json"), replaced.id)
        case StreamEnded(explained):
            done = DoneEvent(
                id=str(explained.explanation.id),
                outcome=explained.outcome,
                explanation=ExplanationOut.of(explained.explanation),
            )
            return encode("done", done.model_dump(mode="json"), done.id)
        case _:
            assert_never(event)


def _presented(evidence: tuple[Evidence, ...], where: str = "") -> list[EvidenceOut]:
    return [EvidenceOut.of(entry) for entry in evidence if entry.where.startswith(where)]
