"""`rationale jobs`: what waits, what is dead, and having it tried again."""

import json
from typing import Annotated, Any
from uuid import UUID

import typer

from app.cli.running import AsJson, Tenant, acting_for, with_resources

jobs = typer.Typer(help="Work in hand, and jobs that were given up.", no_args_is_help=True)


@jobs.command("list")
def jobs_list(
    tenant: Tenant = None,
    closed: Annotated[bool, typer.Option(help="List those replayed or done since too.")] = False,  # noqa: FBT002 -- an option
    as_json: AsJson = False,  # noqa: FBT002 -- an option
) -> None:
    """Count the unfinished work by kind, and list the jobs that were given up."""
    from app.api.jobs import DeadJobOut  # noqa: PLC0415 -- a start should be fast
    from app.use_cases.work_in_hand import page_dead_jobs, view_work  # noqa: PLC0415 -- likewise

    actor = acting_for(tenant, "admin")

    async def run(started: Any, _: Any) -> Any:  # noqa: ANN401 -- imported late
        sessions = started.resources.sessions
        dead = await page_dead_jobs(
            before=None, limit=200, with_closed=closed, actor=actor, sessions=sessions
        )
        return await view_work(actor=actor, sessions=sessions), dead

    work, dead = with_resources(run)
    if as_json:
        shown = [DeadJobOut.of(job).model_dump(mode="json") for job in dead]
        kinds = [
            {
                "kind": kind.kind,
                "waiting": kind.waiting,
                "begun": kind.begun,
                "oldest_s": round(kind.oldest_s, 3),
            }
            for kind in work.kinds
        ]
        print(json.dumps({"kinds": kinds, "dead": work.dead, "jobs": shown}))
        return
    for kind in work.kinds:
        print(
            f"{kind.kind}: {kind.waiting} waiting, {kind.begun} begun, "
            f"the oldest for {kind.oldest_s:.0f} s"
        )
    print(f"{work.dead} dead")
    for job in dead:
        state = "" if job.closed_at is None else f" closed by {job.closed_by}"
        print(
            f"{job.id} {job.key} {job.attempts} attempts, "
            f"{job.code} at {job.last_at:%Y-%m-%d %H:%M}{state}"
        )


@jobs.command("replay")
def jobs_replay(
    dead: Annotated[list[str], typer.Argument(help="Ids of dead jobs.")],
    tenant: Tenant = None,
    as_json: AsJson = False,  # noqa: FBT002 -- an option
) -> None:
    """Have dead jobs tried again, each once; a worker must run."""
    from app.use_cases.work_in_hand import replay_dead_job  # noqa: PLC0415 -- a start should be fast

    actor = acting_for(tenant, "admin")
    try:
        wanted = [UUID(each) for each in dead]
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error

    async def run(started: Any, _: Any) -> Any:  # noqa: ANN401 -- imported late
        resources = started.resources
        return [
            await replay_dead_job(
                dead_id,
                actor=actor,
                sessions=resources.sessions,
                clock=resources.clock,
                new_id=resources.new_id,
            )
            for dead_id in wanted
        ]

    replayed = with_resources(run)
    if as_json:
        print(json.dumps({"replayed": [{"id": str(job.id), "key": job.key} for job in replayed]}))
        return
    for job in replayed:
        print(f"{job.key} waits in the queue again")
