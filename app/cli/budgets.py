"""`rationale budget`: what a tenant may spend on language models, and has spent."""

import json
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

from app.cli.running import AsJson, Tenant, acting_for, with_resources

budget = typer.Typer(help="What language models may cost a tenant.", no_args_is_help=True)


@budget.command("show")
def budget_show(tenant: Tenant = None, as_json: AsJson = False) -> None:  # noqa: FBT002 -- an option
    """Show this month's limits, and what is spent and held by calls in flight."""
    from app.embedded.start import limits_of  # noqa: PLC0415 -- a start should be fast
    from app.use_cases.model_budget import view_model_budget  # noqa: PLC0415 -- likewise

    actor = acting_for(tenant, "service")

    async def run(started: Any, settings: Any) -> Any:  # noqa: ANN401 -- imported late
        return await view_model_budget(
            actor=actor,
            sessions=started.resources.sessions,
            clock=started.resources.clock,
            default=limits_of(settings),
        )

    found = with_resources(run)
    shown: dict[str, dict[str, int | str | None]] = {
        "tokens": {
            "limit": found.limits.tokens,
            "spent": found.spent.tokens,
            "held": found.held.tokens,
        },
        "usd": {
            "limit": None if found.limits.micros is None else str(found.limits.usd),
            "spent": str(found.spent.usd),
            "held": str(found.held.usd),
        },
    }
    if as_json:
        print(json.dumps({"month": f"{found.month:%Y-%m}", **shown}))
        return
    for name, row in shown.items():
        limit = "no limit" if row["limit"] is None else f"of {row['limit']}"
        print(f"{found.month:%Y-%m} {name}: {row['spent']} spent, {row['held']} held, {limit}")


@budget.command("set")
def budget_set(
    tokens: Annotated[
        int | None, typer.Option(min=0, help="Tokens a month; no limit if left out.")
    ] = None,
    usd: Annotated[
        str | None, typer.Option(help="US dollars a month; no limit if left out.")
    ] = None,
    tenant: Tenant = None,
) -> None:
    """Give a tenant limits of its own in the place of those of the settings."""
    from app.domain.budgets import MILLION, Limits  # noqa: PLC0415 -- a start should be fast
    from app.use_cases.model_budget import set_model_budget  # noqa: PLC0415 -- likewise

    try:
        micros = None if usd is None else int(Decimal(usd) * MILLION)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise typer.BadParameter(usd or "", param_hint="--usd") from error
    if micros is not None and micros < 0:
        raise typer.BadParameter(usd or "", param_hint="--usd")
    actor = acting_for(tenant, "service")

    async def run(started: Any, _: Any) -> None:  # noqa: ANN401 -- imported late
        await set_model_budget(
            Limits(tokens, micros),
            actor=actor,
            sessions=started.resources.sessions,
            clock=started.resources.clock,
            new_id=started.resources.new_id,
        )

    with_resources(run)
