"""Work in hand: how much waits, and what is dead until a person has it tried again."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from app.api.deps import ResourcesDep, allowed
from app.api.idempotency import KeyedRoute
from app.db.dead_jobs import DeadJob
from app.domain.access import Actor, Permission
from app.domain.jobs import JobKind
from app.use_cases.work_in_hand import page_dead_jobs, replay_dead_job, view_work

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], route_class=KeyedRoute)


class WaitingOut(BaseModel):
    """One kind of unfinished work; `begun` is running or waits for another attempt."""

    kind: JobKind
    waiting: int
    begun: int
    oldest_s: float


class WorkOut(BaseModel):
    """The tenant's unfinished work, and how many jobs are dead."""

    kinds: list[WaitingOut]
    dead: int


class DeadJobOut(BaseModel):
    """A job that was given up. `error` and `code` name the last failure's class, no message.

    `ids` says what it was about. `closed_at`: when it was replayed, or the same work was done.
    """

    id: UUID
    kind: JobKind
    key: str
    ids: dict[str, str]
    attempts: int
    error: str
    code: str
    first_at: datetime
    last_at: datetime
    closed_at: datetime | None
    closed_by: str | None

    @classmethod
    def of(cls, job: DeadJob) -> "DeadJobOut":
        """Present a dead job."""
        return cls(
            id=job.id,
            kind=job.kind,
            key=job.key,
            ids={name: str(v) for name, v in job.payload.items() if name.endswith("_id")},
            attempts=job.attempts,
            error=job.error,
            code=job.code,
            first_at=job.first_at,
            last_at=job.last_at,
            closed_at=job.closed_at,
            closed_by=job.closed_by,
        )


class DeadJobsOut(BaseModel):
    """A page of dead jobs; `next` is the `before` of the following page."""

    jobs: list[DeadJobOut]
    next: UUID | None


@router.get("", summary="Count the unfinished work by kind")
async def get_work(
    actor: Annotated[Actor, Depends(allowed(Permission.VIEW_JOBS))], resources: ResourcesDep
) -> WorkOut:
    """Return the depth of the tenant's queue and the age of its oldest work, in seconds."""
    found = await view_work(actor=actor, sessions=resources.sessions)
    return WorkOut(
        kinds=[
            WaitingOut(
                kind=kind.kind,
                waiting=kind.waiting,
                begun=kind.begun,
                oldest_s=round(kind.oldest_s, 3),
            )
            for kind in found.kinds
        ],
        dead=found.dead,
    )


@router.get("/dead", summary="List the jobs that were given up")
async def get_dead_jobs(
    actor: Annotated[Actor, Depends(allowed(Permission.VIEW_JOBS))],
    resources: ResourcesDep,
    before: Annotated[UUID | None, Query(description="The last id of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    closed: Annotated[bool, Query(description="List those replayed or done since too")] = False,  # noqa: FBT002 -- a query parameter
) -> DeadJobsOut:
    """Return dead jobs, the latest first."""
    found = await page_dead_jobs(
        before=before, limit=limit, with_closed=closed, actor=actor, sessions=resources.sessions
    )
    return DeadJobsOut(
        jobs=[DeadJobOut.of(job) for job in found],
        next=found[-1].id if len(found) == limit else None,
    )


@router.post(
    "/dead/{dead_id}:replay",
    status_code=HTTPStatus.ACCEPTED,
    summary="Have a dead job tried again, once",
)
async def post_replay(
    dead_id: UUID,
    actor: Annotated[Actor, Depends(allowed(Permission.REPLAY_JOBS))],
    resources: ResourcesDep,
) -> DeadJobOut:
    """Put the job back into the queue with its attempts counted anew."""
    job = await replay_dead_job(
        dead_id,
        actor=actor,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
    )
    return DeadJobOut.of(job)
