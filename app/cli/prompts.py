"""`rationale prompts`: which prompts there are, and moving the labels that say which is used."""

import json
import sys
from typing import Annotated, Any, NoReturn

import typer

from app.cli.running import AsJson, Progress, with_resources

prompts = typer.Typer(help="Prompts and their labels.", no_args_is_help=True)
REFUSED = 1

Name = Annotated[str, typer.Argument(help="A prompt, such as explain-reason-en-v2.")]


@prompts.command("list")
def prompts_list(as_json: AsJson = False) -> None:  # noqa: FBT002 -- an option
    """List every prompt with its label; a used one never changes."""
    from prompts.labels import labels, listed  # noqa: PLC0415 -- a start should be fast

    held = labels()
    rows: list[dict[str, Any]] = [
        {
            "name": found.prompt.name,
            "label": found.label,
            "used": found.is_used,
            "language": found.prompt.language,
            "audiences": list(found.prompt.audiences),
            "shape": found.prompt.shape,
            "sha256": found.prompt.sha256,
            "measured": held[found.prompt.family].measured if found.label == "production" else "",
        }
        for found in _or_refuse(listed)
    ]
    if as_json:
        print(json.dumps({"prompts": rows}))
        return
    for row in rows:
        label = row["label"] or ("used" if row["used"] else "new")
        print(f"{row['name']:26} {label:11} {row['sha256'][:12]} {row['measured']}".rstrip())


@prompts.command("propose")
def prompts_propose(name: Name) -> None:
    """Label a prompt `candidate`. From now on its file must not change."""
    from prompts.labels import propose  # noqa: PLC0415 -- see above

    _or_refuse(lambda: propose(name))
    print(f"{name} is the candidate of its family.", file=sys.stderr)


@prompts.command("promote")
def prompts_promote(
    name: Name,
    count: Annotated[
        int, typer.Option("--dossiers", min=1, help="How many fixed dossiers to draft.")
    ] = 24,
    as_json: AsJson = False,  # noqa: FBT002 -- an option
) -> None:
    """Use a prompt from the next start on, unless it is measured to be worse than the one used.

    Both draft the same dossiers with the configured model; exit 1 where the new one is worse.
    """
    from app.embedded.promoting import promote_prompt  # noqa: PLC0415 -- see above
    from prompts.loader import load  # noqa: PLC0415 -- likewise

    _or_refuse(lambda: load(name))  # before anything is started

    async def run(started: Any, _: Any) -> Any:  # noqa: ANN401 -- imported late
        with Progress() as progress:
            return await promote_prompt(started, name, count, progress.show)

    done = _or_refuse(lambda: with_resources(run, with_language_model=True))
    if as_json:
        print(json.dumps({"name": name, "promoted": done.is_promoted, "measured": done.measured}))
    else:
        for measured_name, score in done.measured.items():
            print(f"{measured_name}: {score}")
    if not done.is_promoted:
        _refuse(f"{name} does worse than the prompt in use, which stays.")


def _or_refuse(do: Any) -> Any:  # noqa: ANN401 -- whatever is asked for
    from prompts.loader import PromptEdited, UnknownPrompt  # noqa: PLC0415 -- see above

    try:
        return do()
    except (PromptEdited, UnknownPrompt, PermissionError) as error:
        _refuse(str(error))


def _refuse(why: str) -> NoReturn:
    print(f"rationale: {why}", file=sys.stderr)
    sys.exit(REFUSED)
