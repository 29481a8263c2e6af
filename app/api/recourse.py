"""What would have met the cutoff on the day of a decision."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from app.api.deps import ResourcesDep, allowed
from app.domain.access import Actor, Permission
from app.domain.ids import DecisionId
from app.domain.recourse import MAX_CHANGES, Change, Path
from app.domain.wording import money, spelled_date
from app.use_cases.find_recourse import Found, find_recourse

router = APIRouter(prefix="/v1/decisions/{decision_id}", tags=["recourse"])


class ChangeOut(BaseModel):
    """One input as it was and as it would have had to be."""

    input: str
    label: str
    unit: str
    before: Decimal
    after: Decimal


class PathOut(BaseModel):
    """Changes that, scored by the model that decided, met the cutoff; said as a fact."""

    changes: list[ChangeOut]
    inputs: dict[str, Decimal]
    score: Decimal
    statement: str

    @classmethod
    def of(cls, path: Path, day: str) -> "PathOut":
        """Present a path."""
        said = "; ".join(_said(change) for change in path.changes)
        return cls(
            changes=[
                ChangeOut(input=c.input, label=c.label, unit=c.unit, before=c.before, after=c.after)
                for c in path.changes
            ],
            inputs=dict(path.inputs),
            score=path.score,
            statement=(
                f"With {said}, the application would have met the cutoff on {day}, all else equal."
            ),
        )


class RecourseOut(BaseModel):
    """What was found, smallest first. Never a promise about another application."""

    decision_id: UUID
    found: bool
    statement: str
    paths: list[PathOut]
    candidates_scored: int

    @classmethod
    def of(cls, found: Found) -> "RecourseOut":
        """Present what was found, or say plainly that nothing was."""
        day = spelled_date(found.decision.decided_at.date())
        paths = [PathOut.of(path, day) for path in found.recourse.paths]
        nothing = (
            f"No small change was found: no change of up to {MAX_CHANGES} of the things that an "
            f"applicant can change would have met the cutoff on {day}."
        )
        return cls(
            decision_id=found.decision.id,
            found=bool(paths),
            statement=paths[0].statement if paths else nothing,
            paths=paths,
            candidates_scored=found.recourse.candidates,
        )


@router.get("/recourse", summary="Ask what would have met the cutoff")
async def get_recourse(
    decision_id: UUID,
    actor: Annotated[Actor, Depends(allowed(Permission.VIEW_DECISIONS))],
    resources: ResourcesDep,
) -> RecourseOut:
    """Search up to three changes to what the applicant can change, rescored by the model."""
    found = await find_recourse(
        DecisionId(decision_id),
        actor=actor,
        sessions=resources.sessions,
        scoring=resources.models,
        pricing=resources.models,
    )
    return RecourseOut.of(found)


def _said(change: Change) -> str:
    before, after = _amount(change.before, change.unit), _amount(change.after, change.unit)
    if change.unit == "flag":
        return f"no {change.label}"
    return f"{change.label} at {after} instead of {before}"


def _amount(amount: Decimal, unit: str) -> str:
    return money(amount) if unit == "usd" else f"{amount.normalize():f} {unit}"
