"""`rationale tenant`: the lenders that an installation serves."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from app.cli.running import AsJson, Progress

tenant = typer.Typer(help="The lenders that are served.", no_args_is_help=True)


@tenant.command("create")
def tenant_create(
    name: Annotated[str, typer.Argument(help="The lender's name as its letters carry it.")],
    as_json: AsJson = False,  # noqa: FBT002 -- an option
) -> None:
    """Open a tenant and print its id; its creditor profile is then set with PUT /v1/creditor."""
    (made,) = _tenants(create=name)
    print(_as_json(made) if as_json else made.id)


@tenant.command("list")
def tenant_list(as_json: AsJson = False) -> None:  # noqa: FBT002 -- an option
    """List every tenant: id, day of opening, name."""
    lines = _tenants(create=None)
    if as_json:
        print(json.dumps({"tenants": [json.loads(_as_json(line)) for line in lines]}))
        return
    for line in lines:
        print(f"{line.id}  {line.created_at:%Y-%m-%d}  {line.name}")


def _tenants(*, create: str | None) -> Sequence[Any]:
    from app.embedded.tenancy import tenants  # noqa: PLC0415 -- a start should be fast
    from app.settings import Settings  # noqa: PLC0415 -- likewise

    with Progress() as progress:
        return asyncio.run(tenants(Settings(), create=create, progress=progress.show))


def _as_json(line: Any) -> str:  # noqa: ANN401 -- imported late
    shown = {"id": str(line.id), "name": line.name, "created_at": line.created_at.isoformat()}
    return json.dumps(shown)
