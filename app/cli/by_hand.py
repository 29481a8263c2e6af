"""`rationale decide`, `explain` and `notice`: the three steps by hand, without HTTP."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from app.cli.running import AsJson, with_resources

by_hand = typer.Typer()
DecisionArgument = Annotated[UUID, typer.Argument(help="The decision's id.")]


class NoticeFormat(StrEnum):
    """How a notice is printed."""

    JSON = "json"
    HTML = "html"
    PDF = "pdf"
    TEXT = "text"


@by_hand.command()
def decide(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, allow_dash=True)],
    as_json: AsJson = False,  # noqa: FBT002 -- an option
) -> None:
    """Decide an application, or record a decision made elsewhere (one that has an `action`)."""
    from pydantic import ValidationError  # noqa: PLC0415 -- a start should be fast

    from app.api.schemas import ApplicationIn, DecisionIn  # noqa: PLC0415 -- likewise
    from app.domain.errors import FieldProblem, InvalidFields  # noqa: PLC0415 -- likewise

    try:
        sent = json.loads(sys.stdin.read() if str(file) == "-" else file.read_text("utf-8"))
        kind = DecisionIn if isinstance(sent, dict) and "action" in sent else ApplicationIn
        body = kind.model_validate_json(json.dumps(sent))
    except ValidationError as error:
        raise InvalidFields(
            [FieldProblem("/" + "/".join(map(str, e["loc"])), e["msg"]) for e in error.errors()]
        ) from error
    except ValueError as error:
        raise InvalidFields([FieldProblem("/", f"the file is not JSON: {error}")]) from error

    async def run(started: Any, _: Any) -> Any:  # noqa: ANN401 -- imported late
        from app.embedded.by_hand import decide as decide_one  # noqa: PLC0415 -- likewise

        return await decide_one(started.resources, body)

    decided = with_resources(run)
    if as_json:
        print(decided.model_dump_json())
        return
    print(f"{decided.id}  {decided.external_id}: {getattr(decided, 'action', decided.status)}")
    for reason in getattr(decided, "reasons", []):
        print(f"  {reason.rank}. {reason.code:8} {reason.statement}")
    for finding in getattr(decided, "findings", []):
        print(f"  finding: {finding}")
    due = getattr(decided, "notice_due_at", None) or getattr(decided, "due_at", None)
    if due is not None:
        print(f"  due {due:%Y-%m-%d}")


@by_hand.command()
def explain(
    decision_id: DecisionArgument,
    as_json: AsJson = False,  # noqa: FBT002 -- an option
) -> None:
    """Write and prove the explanation of a decision, or print the one that stands."""

    async def run(started: Any, _: Any) -> Any:  # noqa: ANN401 -- imported late
        from app.embedded.by_hand import explain as explain_one  # noqa: PLC0415 -- see above

        return await explain_one(started.resources, decision_id)

    explained = with_resources(run, with_language_model=True)
    if as_json:
        print(explained.model_dump_json())
        return
    print(f"{explained.summary}  [{explained.written_by}: {explained.model}]")
    for reason in explained.reasons:
        print(f"- {reason.statement}")
        for citation in reason.citations:
            print(f"    {citation.citation}: \u201c{' '.join(citation.quote.split())}\u201d")


@by_hand.command()
def notice(
    decision_id: DecisionArgument,
    shape: Annotated[NoticeFormat, typer.Option("--format")] = NoticeFormat.TEXT,
    addressee: Annotated[str, typer.Option(help="primary, joint-1, ...")] = "primary",
) -> None:
    """Print the notice of a decision, issuing it if that is still to be done."""

    async def run(started: Any, _: Any) -> bytes:  # noqa: ANN401 -- imported late
        from app.embedded.by_hand import notice as print_one  # noqa: PLC0415 -- see above

        return await print_one(started.resources, decision_id, shape.value, addressee)

    sys.stdout.buffer.write(with_resources(run))
