"""Drafts an explanation one reason at a time, by a writer that drafts whole dossiers."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Protocol

from app.domain.drafting import summary_of
from app.domain.explanation import (
    Dossier,
    Draft,
    Finding,
    ReasonToExplain,
    Statement,
    Written,
)


class Write(Protocol):
    """What `ExplanationWriter.write` is."""

    async def __call__(
        self,
        dossier: Dossier,
        *,
        corrections: Sequence[Finding] = (),
        previous: Written | None = None,
    ) -> Written:
        """Draft once. Raises WriterUnavailable."""
        ...


async def reason_by_reason(
    write: Write, dossier: Dossier, corrections: Sequence[Finding], previous: Written | None
) -> AsyncGenerator[Written, None]:
    """Yield the draft so far after each reason; what was drafted and not faulted is kept."""
    drafted = {} if previous is None else {s.code: s for s in previous.draft.statements}
    so_far: Written | None = None
    for at, reason in enumerate(dossier.reasons):
        faults = _faults_of(at, corrections)
        kept = drafted.get(reason.code)
        if previous is not None and kept is not None and not faults:
            part = replace(previous, raw=(), input_tokens=0, output_tokens=0, seconds=0.0)
            statement = kept
        else:
            former = None
            if previous is not None and kept is not None:
                former = replace(previous, draft=Draft(previous.draft.summary, (kept,)))
            part = await write(
                replace(dossier, reasons=(reason,)), corrections=faults, previous=former
            )
            statement = _statement(part, reason)
        so_far = _added(so_far, part, statement, summary_of(dossier))
        yield so_far


def _faults_of(at: int, corrections: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings about one reason, as if it were the only one."""
    named = f"reasons[{at}]"
    return tuple(
        replace(finding, where=finding.where.replace(named, "reasons[0]", 1))
        for finding in corrections
        if finding.where.startswith(named)
    )


def _statement(part: Written, reason: ReasonToExplain) -> Statement:
    """What was worded of the reason; nothing, where the reply was about something else."""
    worded = (each for each in part.draft.statements if each.code == reason.code)
    return next(worded, Statement(reason.code, "", ()))


def _added(so_far: Written | None, part: Written, statement: Statement, summary: str) -> Written:
    if so_far is None:
        return replace(part, draft=Draft(summary, (statement,)))
    return replace(
        part,
        draft=Draft(summary, (*so_far.draft.statements, statement)),
        raw=(*so_far.raw, *part.raw),
        input_tokens=so_far.input_tokens + part.input_tokens,
        output_tokens=so_far.output_tokens + part.output_tokens,
        seconds=so_far.seconds + part.seconds,
    )
