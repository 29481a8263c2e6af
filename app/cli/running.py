"""What every command shares: resources to run with, and progress bars."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar
from uuid import UUID

import typer

T = TypeVar("T")
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Tenant = Annotated[str | None, typer.Option(help="The tenant's UUID; the demo's if left out.")]


def with_resources(
    run: Callable[[Any, Any], Coroutine[Any, Any, T]], *, with_language_model: bool = False
) -> T:
    """Start what is not configured, run, and let go of it again."""
    from app.embedded.home import home  # noqa: PLC0415 -- likewise
    from app.embedded.language_model import joined_gguf  # noqa: PLC0415 -- see the module's docstring
    from app.embedded.start import start  # noqa: PLC0415 -- likewise
    from app.observability import logs, tracing  # noqa: PLC0415 -- likewise
    from app.settings import Settings  # noqa: PLC0415 -- likewise

    settings = Settings()
    logs.configure(verbose=not with_language_model)
    tracing.configure("rationale", otlp_endpoint=settings.otlp_endpoint, ratio=settings.trace_ratio)

    async def inner() -> T:
        with Progress() as progress:
            started = await start(settings, progress.show)
            if with_language_model and started.writer is not None:
                await _prepare_language_model(
                    lambda done, total: progress.show("Joining the language model", done, total),
                    joined_gguf,
                    home(settings.home),
                    started.writer,
                )
        try:
            return await run(started, settings)
        finally:
            await started.close()

    return asyncio.run(inner())


def acting_for(tenant: str | None, role: str) -> Any:  # noqa: ANN401 -- imported late
    """Return whoever runs the command, in a role, as the actor of a tenant."""
    from app.domain.access import Actor, Role  # noqa: PLC0415 -- see the module's docstring
    from app.domain.ids import TenantId  # noqa: PLC0415 -- likewise
    from app.embedded.start import DEMO_TENANT  # noqa: PLC0415 -- likewise

    try:
        whose = DEMO_TENANT if tenant is None else TenantId(UUID(tenant))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--tenant") from error
    return Actor("command line", whose, frozenset({Role(role)}))


async def _prepare_language_model(
    progress: Callable[[int, int], None],
    join: Any,  # noqa: ANN401 -- imported late
    state: Path,
    writer: Any,  # noqa: ANN401 -- imported late
) -> None:
    """Join and start the model; without it the template writer explains, and says so."""
    from app.domain.errors import WriterUnavailable  # noqa: PLC0415 -- see the module's docstring
    from app.embedded.errors import EmbeddedServiceUnavailable  # noqa: PLC0415 -- likewise

    try:
        await asyncio.to_thread(join, state, progress)
        await writer.start()
    except (EmbeddedServiceUnavailable, WriterUnavailable) as error:
        print(f"No language model: {error} The template writer explains.", file=sys.stderr)


class Progress:
    """Progress bars on stderr, one per long step; none appears for what is done at once."""

    def __init__(self) -> None:
        from rich import progress as rich_progress  # noqa: PLC0415 -- likewise
        from rich.console import Console  # noqa: PLC0415 -- see the module's docstring

        self._bars = rich_progress.Progress(console=Console(stderr=True), transient=False)
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def show(self, name: str, done: int, total: int) -> None:
        """Move a step's bar."""
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=total)
        self._bars.update(self._tasks[name], completed=done, total=total)
