"""`rationale audit`: prove that the audit trail stands as it was sealed."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from app.cli.running import AsJson, Progress, with_resources

audit = typer.Typer(help="The audit trail and its proof.", no_args_is_help=True)
CheckpointFolder = Annotated[
    Path | None,
    typer.Option(
        "--checkpoints",
        exists=True,
        file_okay=False,
        help="Folder of the checkpoints kept outside the database; AUDIT_CHECKPOINTS if left out.",
    ),
]


@audit.callback()
def _group() -> None:
    """Keep `verify` a command of its own, though it is the only one."""


@audit.command()
def verify(
    tenant: Annotated[
        str | None, typer.Option(help="The tenant's UUID; the demo's if left out.")
    ] = None,
    checkpoints: CheckpointFolder = None,
    as_json: AsJson = False,  # noqa: FBT002 -- an option
) -> None:
    """Check every audit event against its chain and the signed checkpoints; exit 1 if broken."""
    from app.adapters.checkpoint_files import CheckpointFiles  # noqa: PLC0415 -- a start should be fast
    from app.domain.ids import TenantId  # noqa: PLC0415 -- likewise
    from app.embedded.start import DEMO_TENANT  # noqa: PLC0415 -- likewise
    from app.use_cases.verify_chain import verify_chain  # noqa: PLC0415 -- likewise

    try:
        whose = DEMO_TENANT if tenant is None else TenantId(UUID(tenant))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--tenant") from error

    async def run(started: Any, _: Any) -> Any:  # noqa: ANN401 -- imported late
        resources = started.resources
        keeping = resources.checkpoints
        with Progress() as progress:
            return await verify_chain(
                whose,
                sessions=resources.sessions,
                signer=keeping.signer,
                outside=keeping.outside if checkpoints is None else CheckpointFiles(checkpoints),
                progress=lambda done, total: progress.show("Verifying", done, total),
            )

    verified = with_resources(run)
    now = datetime.now(UTC)
    if as_json:
        print(json.dumps(_to_json(verified, now)))
    else:
        for line in _lines(verified, now):
            print(line)
    raise typer.Exit(0 if verified.is_whole else 1)


def _to_json(verified: Any, now: datetime) -> dict[str, Any]:  # noqa: ANN401 -- imported late
    return {
        "whole": verified.is_whole,
        "tenant_id": str(verified.tenant_id),
        "sealed": verified.head.seq,
        "head_sha256": verified.head.link_sha256.hex(),
        "checkpoint": _seq(verified.kept),
        "checkpoint_outside": _seq(verified.outside),
        "unsealed": {
            "events": verified.unsealed.count,
            "oldest_s": _age_s(verified.unsealed.oldest_at, now),
        },
        "findings": [
            {**asdict(found), "event_id": found.event_id and str(found.event_id)}
            for found in verified.findings
        ],
        "findings_left_out": verified.left_out,
    }


def _lines(verified: Any, now: datetime) -> list[str]:  # noqa: ANN401 -- imported late
    lines = [found.line for found in verified.findings]
    if verified.left_out:
        lines.append(f"and {verified.left_out} more of these kinds")
    lines.append(
        f"{'WHOLE' if verified.is_whole else 'BROKEN'}: {verified.head.seq} events sealed, "
        f"{_attested(verified)}; {_window(verified.unsealed, now)}."
    )
    return lines


def _attested(verified: Any) -> str:  # noqa: ANN401 -- imported late
    outside = verified.outside
    if outside is None:
        return "no checkpoint outside the database, so a cut-off tail would not show"
    told = outside.checkpoint
    return (
        f"attested outside the database up to {told.seq} ({told.at:%Y-%m-%d %H:%M:%S}Z), "
        f"{max(0, verified.head.seq - told.seq)} sealed since"
    )


def _window(unsealed: Any, now: datetime) -> str:  # noqa: ANN401 -- imported late
    if not unsealed.count:
        return "nothing waits to be sealed"
    age = _age_s(unsealed.oldest_at, now)
    oldest = "of no date" if age is None else f"{age:.1f} s old"
    return f"{unsealed.count} not sealed yet, the oldest {oldest}"


def _seq(signed: Any) -> int | None:  # noqa: ANN401 -- imported late
    return None if signed is None else int(signed.checkpoint.seq)


def _age_s(oldest_at: datetime | None, now: datetime) -> float | None:
    return None if oldest_at is None else round((now - oldest_at).total_seconds(), 3)
