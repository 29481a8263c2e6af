"""`rationale policies`: the policy library by hand."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from app.cli.running import AsJson, Progress, with_resources

policies = typer.Typer(help="The policy library.", no_args_is_help=True)
REFUSED = 1
ENDINGS = (".md", ".markdown", ".html", ".htm", ".pdf", ".docx", ".txt")


@policies.command("ingest")
def policies_ingest(
    paths: Annotated[list[Path], typer.Argument(exists=True, help="Files, or folders of them.")],
    title: Annotated[str | None, typer.Option(help="The title, if the file gives none.")] = None,
    jurisdiction: Annotated[str | None, typer.Option(help="US-federal, EU, UK, …")] = None,
    effective_from: Annotated[
        str | None, typer.Option(help="The day from which it is in force.")
    ] = None,
    product: Annotated[list[str] | None, typer.Option(help="A product it is about.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 -- an option
) -> None:
    """Take documents into your library; the same bytes twice change nothing.

    A document that cannot be read is named and left out, and the others are taken in.
    """
    from app.domain.errors import DomainError  # noqa: PLC0415 -- a start should be fast
    from retrieval.describing import Description  # noqa: PLC0415 -- likewise

    said = Description(
        title=title,
        jurisdiction=jurisdiction,
        effective_from=_day(effective_from, "--effective-from"),
        products=tuple(product or ()),
    )
    files = list(_files(paths))
    done: list[dict[str, object]] = []
    refused: list[dict[str, str]] = []

    async def run(started: Any, _: Any) -> None:  # noqa: ANN401 -- imported late
        from app.embedded.library import ingest_file  # noqa: PLC0415 -- likewise

        with Progress() as progress:
            for at, path in enumerate(files, start=1):
                progress.show("Documents", at - 1, len(files))
                try:
                    ingested = await ingest_file(
                        started.resources, path, said, _bar(progress, path.name)
                    )
                except DomainError as error:
                    refused.append({"file": str(path), "why": str(error)})
                    continue
                done.append(
                    {
                        "file": str(path),
                        "version": str(ingested.version_id),
                        "outcome": ingested.outcome,
                        "passages": ingested.passages,
                    }
                )
            progress.show("Documents", len(files), len(files))

    with_resources(run)
    if as_json:
        print(json.dumps({"documents": done, "refused": refused}))
    else:
        for row in done:
            print(f"{row['file']}: {row['outcome']}, {row['passages']} passages")
    for refusal in refused:
        print(f"rationale: {refusal['file']}: {refusal['why']}", file=sys.stderr)
    if refused:
        sys.exit(REFUSED)


@policies.command("search")
def policies_search(
    text: str,
    as_of: Annotated[str | None, typer.Option(help="A day, such as 2026-10-01.")] = None,
    known_at: Annotated[
        str | None, typer.Option(help="What was recorded by this instant (ISO 8601, with zone).")
    ] = None,
    jurisdiction: Annotated[str | None, typer.Option(help="US-federal, EU, UK, …")] = None,
    product: Annotated[str | None, typer.Option(help="Only what concerns this product.")] = None,
    status: Annotated[
        str, typer.Option(help="in_force, superseded, withdrawn, amended_text_not_held or any.")
    ] = "in_force",
    limit: Annotated[int, typer.Option(min=1, max=50)] = 5,
    thorough: Annotated[bool, typer.Option(help="Re-rank; takes about a second.")] = False,  # noqa: FBT002 -- an option
    as_json: AsJson = False,  # noqa: FBT002 -- an option
) -> None:
    """Search the law and policies in force; exit 1 where no passage answers."""
    from app.embedded.start import DEMO_TENANT  # noqa: PLC0415 -- a start should be fast
    from app.use_cases.search_policies import search_policies  # noqa: PLC0415 -- likewise
    from retrieval.passages import Query, QueryRefused, Status  # noqa: PLC0415 -- likewise

    try:
        wanted: Any = "any" if status == "any" else Status(status)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--status") from error
    on = _day(as_of, "--as-of") or datetime.now(UTC).date()
    query = Query(
        text,
        on,
        jurisdiction,
        limit,
        wanted,
        _instant(known_at),
        product,
        "thorough" if thorough else "interactive",
    )

    async def run(started: Any, _: Any) -> Any:  # noqa: ANN401 -- imported late
        return await search_policies(
            query,
            tenant_id=DEMO_TENANT,
            sessions=started.resources.sessions,
            searching=started.resources.searching,
        )

    try:
        answer = with_resources(run)
    except QueryRefused as error:
        _refuse(str(error))
    if as_json:
        print(json.dumps({"as_of": on.isoformat(), **_answer(answer)}))
    else:
        _print_answer(answer)
    if not answer.is_answered:
        sys.exit(REFUSED)


@policies.command("impact")
def policies_impact(
    citation: str,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Explanations to list.")] = 50,
    after: Annotated[str | None, typer.Option(help="The last id of the page before.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 -- an option
) -> None:
    """Say which explanations rest on a passage or on what stands under it, in any version held."""
    from uuid import UUID  # noqa: PLC0415 -- a start should be fast

    from app.api.policy_impact import ImpactOut  # noqa: PLC0415 -- likewise
    from app.domain.ids import ExplanationId  # noqa: PLC0415 -- likewise
    from app.embedded.start import DEMO_TENANT  # noqa: PLC0415 -- likewise
    from app.use_cases.find_policy_impact import Page, find_passage_impact  # noqa: PLC0415 -- likewise
    from retrieval.passages import Citation  # noqa: PLC0415 -- likewise

    try:
        page = Page(None if after is None else ExplanationId(UUID(after)), limit)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--after") from error

    async def run(started: Any, _: Any) -> Any:  # noqa: ANN401 -- imported late
        return await find_passage_impact(
            Citation(citation),
            page,
            tenant_id=DEMO_TENANT,
            sessions=started.resources.sessions,
        )

    impact = ImpactOut.of(with_resources(run), limit)
    if as_json:
        print(impact.model_dump_json())
        return
    for passage in impact.passages:
        counted = f"{passage.current} that stand, {passage.explanations} in all"
        print(f"{passage.citation}: explanations that quote it: {counted}")
    for each in impact.explanations:
        standing = "stands" if each.is_current else "replaced"
        print(
            f"  {each.id}  decision {each.decision_id}  {each.audience} {each.language}, {standing}"
        )
    for wording in impact.wordings:
        state = "approved" if wording.is_approved else "in review"
        print(f"  wording {wording.id}  {wording.code} {wording.language}, {state}")
    if not impact.passages and not impact.wordings:
        print("No explanation or wording rests on it.")


@policies.command("reembed")
def policies_reembed(as_json: AsJson = False) -> None:  # noqa: FBT002 -- an option
    """Make vectors of the configured model beside the present ones, then switch to them at once."""
    from app.embedded.library import reembed_library  # noqa: PLC0415 -- a start should be fast

    async def run(started: Any, settings: Any) -> Any:  # noqa: ANN401 -- imported late
        with Progress() as progress:
            return await reembed_library(
                started, settings, lambda done, total: progress.show("Embedding", done, total)
            )

    report = with_resources(run)
    if as_json:
        print(json.dumps(report))
    else:
        print(f"{report['texts']} texts have a vector of {report['model']}; it is searched now.")


def _answer(answer: Any) -> dict[str, object]:  # noqa: ANN401 -- imported late
    return {
        "is_answered": answer.is_answered,
        "confidence": round(answer.confidence, 3),
        "cautions": [
            {
                "citation": caution.citation,
                "status": caution.status.value,
                "since": caution.since and caution.since.isoformat(),
                "detail": caution.detail,
            }
            for caution in answer.cautions
        ],
        "hits": [
            {
                "citation": hit.citation,
                "heading": hit.heading,
                "text": hit.text,
                "quote": hit.text[hit.quote[0] : hit.quote[1]],
                "status": hit.status.value,
                "document": hit.document,
                "version": str(hit.version_id),
                "start": hit.start,
                "end": hit.end,
                "score": round(hit.score, 4),
            }
            for hit in answer.hits
        ],
    }


def _print_answer(answer: Any) -> None:  # noqa: ANN401 -- imported late
    if not answer.is_answered:
        print("No passage held answers this. The nearest, which are no support for an answer:\n")
    for caution in answer.cautions:
        since = f" {caution.since}:" if caution.since else ":"
        print(f"Caution, {caution.citation}{since} {caution.detail}")
    for hit in answer.hits:
        start, end = hit.quote
        print(f"{hit.citation}  {hit.heading}  [{hit.status.value}, {hit.score:.2f}]")
        print(f"    “{' '.join(hit.text[start:end].split())[:300]}”\n")


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix.lower() in ENDINGS)
        else:
            yield path


def _bar(progress: Progress, name: str) -> Any:  # noqa: ANN401 -- a callback
    return lambda done, total: progress.show(name, done, total)


def _day(said: str | None, option: str) -> date | None:
    try:
        return None if said is None else date.fromisoformat(said)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def _instant(said: str | None) -> datetime | None:
    if said is None:
        return None
    try:
        instant = datetime.fromisoformat(said)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--known-at") from error
    if instant.tzinfo is None:
        message = "name the time zone, such as 2026-10-01T12:00:00+00:00"
        raise typer.BadParameter(message, param_hint="--known-at")
    return instant


def _refuse(message: str) -> NoReturn:
    print(f"rationale: {message}", file=sys.stderr)
    sys.exit(REFUSED)
