"""The command line. Each command imports what it needs: a start should not wait for the rest."""

import asyncio
import json
import signal
import sys
import time
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from app.cli.audit import audit
from app.cli.budgets import budget
from app.cli.by_hand import by_hand
from app.cli.evaluations import evaluations
from app.cli.jobs import jobs
from app.cli.policies import policies
from app.cli.prompts import prompts
from app.cli.receipts import receipts
from app.cli.replaying import replaying
from app.cli.running import AsJson, Progress, with_resources
from app.cli.tenants import tenant

app = typer.Typer(
    help="Explains credit decisions: principal reasons, notices, and proved explanations.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
models = typer.Typer(help="The reference scoring and pricing models.", no_args_is_help=True)
db = typer.Typer(help="The database schema.", no_args_is_help=True)
app.add_typer(models, name="models")
app.add_typer(db, name="db")
app.add_typer(policies, name="policies")
app.add_typer(prompts, name="prompts")
app.add_typer(budget, name="budget")
app.add_typer(jobs, name="jobs")
app.add_typer(tenant, name="tenant")
app.add_typer(evaluations, name="eval")
app.add_typer(receipts, name="receipt")
app.add_typer(audit, name="audit")
app.add_typer(by_hand)
app.add_typer(replaying)

REFUSED = 1


def main() -> None:
    """Run a command; a refusal is one line on stderr and exit code 1."""
    from pydantic import ValidationError  # noqa: PLC0415 -- see the module's docstring

    from app.db.outages import outage_of  # noqa: PLC0415 -- likewise
    from app.domain.errors import DomainError  # noqa: PLC0415 -- likewise
    from app.embedded.errors import EmbeddedServiceUnavailable  # noqa: PLC0415 -- likewise

    try:
        app()
    except (DomainError, EmbeddedServiceUnavailable) as error:
        _refuse(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except ValidationError as error:
        if error.title != "Settings":
            raise
        _refuse("; ".join(f"{wrong['loc'][0]}: {wrong['msg']}" for wrong in error.errors()))
    except Exception as error:
        outage = outage_of(error)
        if outage is None:
            raise
        _refuse(f"{outage}: see DATABASE_URL and DATABASE_OWNER_URL")


def _refuse(why: str) -> None:
    print(f"rationale: {why}", file=sys.stderr)
    sys.exit(REFUSED)


@app.command()
def demo(
    as_json: AsJson = False,  # noqa: FBT002 -- an option
    keep: Annotated[bool, typer.Option(help="Go on serving afterwards.")] = False,  # noqa: FBT002 -- an option
) -> None:
    """Explain a real declined application, with everything embedded."""
    from app.embedded import demo as demonstration  # noqa: PLC0415 -- see the module's docstring
    from app.embedded.home import home  # noqa: PLC0415 -- likewise

    async def run(started: Any, settings: Any) -> Any:  # noqa: ANN401 -- imported late
        return await demonstration.run_demo(started, settings, home(settings.home))

    began = time.perf_counter()
    shown = with_resources(run, with_language_model=True)
    shown.seconds["all"] = round(time.perf_counter() - began, 2)
    if as_json:
        print(json.dumps({name: getattr(shown, name) for name in shown.__slots__}))
    else:
        _print_demo(shown)
    if keep:
        serve()


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Serve the API; without DATABASE_URL with everything embedded, a worker included."""
    from app.embedded.serving import listen, serving  # noqa: PLC0415 -- see the module's docstring

    listening = listen(host, port)
    began = time.perf_counter()

    async def run(started: Any, settings: Any) -> None:  # noqa: ANN401 -- imported late
        stopping = _on_signal()
        is_embedded = settings.database_url is None
        async with serving(started, settings, listening, with_worker=is_embedded):
            took = time.perf_counter() - began
            address = f"http://{host}:{listening.getsockname()[1]}"
            print(f"Rationale serves {address} (ready in {took:.1f} s)", file=sys.stderr)
            await stopping.wait()

    with_resources(run)


@app.command()
def worker() -> None:
    """Work off the queue until stopped."""
    from app.worker.worker import Worker  # noqa: PLC0415 -- see the module's docstring

    async def run(started: Any, _: Any) -> None:  # noqa: ANN401 -- imported late
        working = Worker(started.resources)
        stopping = _on_signal()
        task = asyncio.create_task(working.run())
        await stopping.wait()
        working.stop()
        await task

    with_resources(run)


@app.command()
def token(
    role: Annotated[str, typer.Option(help="underwriter, compliance, reviewer, service or admin")],
    tenant: Annotated[
        str | None, typer.Option(help="The tenant's UUID; the demo's if left out.")
    ] = None,
) -> None:
    """Print a token of the development issuer; it works with the embedded database only."""
    from uuid import UUID  # noqa: PLC0415 -- see the module's docstring

    from app.domain.access import STAFF, Role  # noqa: PLC0415 -- likewise
    from app.domain.ids import TenantId  # noqa: PLC0415 -- likewise
    from app.embedded.errors import EmbeddedServiceUnavailable  # noqa: PLC0415 -- likewise
    from app.embedded.home import home  # noqa: PLC0415 -- likewise
    from app.embedded.issuer import DevelopmentIssuer  # noqa: PLC0415 -- likewise
    from app.embedded.start import DEMO_TENANT  # noqa: PLC0415 -- likewise
    from app.settings import Settings  # noqa: PLC0415 -- likewise

    settings = Settings()
    if settings.database_url is not None:
        message = "Tokens for your own database come from your identity provider (OIDC_ISSUER)."
        raise EmbeddedServiceUnavailable(message)
    try:
        chosen = Role(role)
        whose = DEMO_TENANT if tenant is None else TenantId(UUID(tenant))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if chosen not in STAFF:
        message = "customers come with a link (POST /v1/decisions/{id}/links), not with a token"
        raise typer.BadParameter(message)
    issuer = DevelopmentIssuer(home(settings.home), settings.environment)
    print(issuer.issue(chosen, whose, now=datetime.now(UTC)))


@models.command("serve")
def serve_models(
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option()] = 8100,
) -> None:
    """Serve the reference scoring and pricing models."""
    from reference import server  # noqa: PLC0415 -- see the module's docstring

    sys.argv = ["rationale models serve", "--host", host, "--port", str(port)]
    server.main()


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring DATABASE_OWNER_URL (or DATABASE_URL) to the newest schema and load the library."""
    import uuid_utils.compat  # noqa: PLC0415 -- likewise

    from app.db.upgrade import head, upgrade  # noqa: PLC0415 -- see the module's docstring
    from app.embedded.errors import EmbeddedServiceUnavailable  # noqa: PLC0415 -- likewise
    from app.embedded.start import service_login  # noqa: PLC0415 -- likewise
    from app.settings import Settings  # noqa: PLC0415 -- likewise

    settings = Settings()
    owner = settings.database_owner_url or settings.database_url
    if owner is None:
        message = "Set DATABASE_OWNER_URL; the embedded database upgrades itself when it starts."
        raise EmbeddedServiceUnavailable(message)
    login = None
    if settings.database_url is not None:
        login = service_login(settings.database_url.get_secret_value())
    with Progress() as progress:
        asyncio.run(
            upgrade(
                owner.get_secret_value(),
                now=datetime.now(UTC),
                new_id=uuid_utils.compat.uuid7,
                grant_to=login,
                progress=lambda done, total: progress.show("Loading the law", done, total),
            )
        )
    print(f"The database is at revision {head()}.", file=sys.stderr)


def _on_signal() -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    return stopping


def _print_demo(shown: Any) -> None:  # noqa: ANN401 -- imported late
    """Print what a reader of the decision would want, in that order."""
    decision, explanation = shown.decision, shown.explanation
    score = decision["score"]
    print(
        f"\nApplication {decision['external_id']} for a {decision['product']}: "
        f"{decision['action'].upper()}"
    )
    print(
        f"Score {score['value']} on {score['min']} to {score['max']}, cutoff {score['cutoff']}; "
        f"model {decision['model']['name']} {decision['model']['version']}"
    )
    print("\nPrincipal reasons (Reg B comment 9(b)(2)-5, against applicants near the cutoff)")
    for reason in decision["reasons"]:
        print(f"  {reason['rank']}. {reason['code']:8} {reason['statement']}")
    written_by = explanation["model"] if explanation["written_by"] == "model" else "the template"
    print(
        f"\nExplanation, every sentence proved (written by {written_by}, "
        f"{explanation['attempts']} draft(s), {explanation['tokens']} tokens, "
        f"{explanation['seconds']:.1f} s)"
    )
    print(f"  {explanation['summary']}")
    for at, reason in enumerate(explanation["reasons"], start=1):
        print(f"  {at}. {reason['statement']}")
        for citation in reason["citations"]:
            print(f"     {citation['citation']}: \u201c{' '.join(citation['quote'].split())}\u201d")
            print(f"     opens at {shown.pages.get(f'citation {at}', '')}")
    print(f"\nNotice, due {shown.notice['due_at'][:10]}, issued {shown.notice['issued_at'][:10]}")
    print("  " + shown.notice_text.replace("\n", "\n  ").rstrip())
    print(f"\nThe letter: {shown.pages['notice']}")
    times = ", ".join(f"{name} {took} s" for name, took in shown.seconds.items())
    print(f"Times: {times}")


if __name__ == "__main__":
    main()
