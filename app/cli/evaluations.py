"""`rationale eval`: measures of the product on test sets that others wrote."""

import gzip
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from app.cli.running import AsJson, Progress, with_resources

evaluations = typer.Typer(help="Measures on test sets.", no_args_is_help=True)
CHECK_FAILED = 1

Cases = Annotated[
    Path, typer.Option("--cases", exists=True, dir_okay=False, help="JSON lines; .gz allowed.")
]


@evaluations.callback()
def about() -> None:
    """Measure on test sets that others wrote."""


@evaluations.command("reasons")
def eval_reasons(cases: Cases, as_json: AsJson = False) -> None:  # noqa: FBT002 -- an option
    """Answer reason cases with the reason rule; exit 1 where one is not exact."""
    from app.evaluation.reasons import evaluate_reasons  # noqa: PLC0415 -- a start should be fast

    with _opened(cases) as lines:
        report = evaluate_reasons(lines)
    if as_json:
        print(json.dumps(asdict(report)))
    else:
        print(f"{report.exact} of {report.cases} cases exact")
        for case_id in report.wrong:
            print(f"  wrong: {case_id}")
    if report.wrong:
        sys.exit(CHECK_FAILED)


@evaluations.command("grounding")
def eval_grounding(
    cases: Cases,
    findings: Annotated[  # noqa: FBT002 -- an option
        bool, typer.Option(help="Print what was found in each wrong case.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002 -- an option
) -> None:
    """Hold replies against their cases; exit 1 where an unfaithful one would be delivered."""
    from app.evaluation.grounding import Judged, evaluate_grounding  # noqa: PLC0415 -- see above
    from app.resources import seed_catalogue  # noqa: PLC0415 -- see above

    def show(judged: Judged) -> None:
        if findings and judged.accepted != judged.case.faithful:
            print(f"{judged.case.id} ({judged.case.defect or 'faithful'})", file=sys.stderr)
            for finding in judged.findings:
                print(f"  {finding.rule}: {finding.words!r} in {finding.where}", file=sys.stderr)

    with _opened(cases) as lines:
        report = evaluate_grounding(lines, seed_catalogue(), show)
    if as_json:
        print(json.dumps(report))
    else:
        faithful = report["faithful_accepted"] + report["faithful_rejected"]
        unfaithful = report["unfaithful_accepted"] + report["unfaithful_rejected"]
        print(f"faithful accepted    {report['faithful_accepted']} of {faithful}")
        print(f"unfaithful accepted  {report['unfaithful_accepted']} of {unfaithful}")
        for defect, (accepted, rejected) in report["by_defect"].items():
            print(f"  {defect:26}{accepted} accepted, {rejected} rejected")
    if report["unfaithful_accepted"]:
        sys.exit(CHECK_FAILED)


@evaluations.command("retrieval")
def eval_retrieval(
    passages: Annotated[
        Path, typer.Option(exists=True, help="JSON lines (.gz allowed), or a folder of documents.")
    ],
    questions: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="JSON lines; .gz allowed.")
    ],
    k: Annotated[int, typer.Option("--k", min=1, max=50, help="How many hits count.")] = 10,
    profile: Annotated[str, typer.Option(help="interactive or thorough")] = "interactive",
    question_map: Annotated[
        Path | None, typer.Option(help="Another question map (.npy), or `none`.")
    ] = None,
    outcomes: Annotated[
        Path | None, typer.Option(help="Where to write a line per question.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 -- an option
) -> None:
    """Ask a test set's questions of its passages, in a schema made for it and dropped after."""
    from app.embedded.evaluating import evaluate_retrieval  # noqa: PLC0415 -- see above
    from retrieval.evaluate import BadTestSet  # noqa: PLC0415 -- see above

    if profile not in {"interactive", "thorough"}:
        message = "interactive or thorough"
        raise typer.BadParameter(message, param_hint="--profile")

    async def run(started: Any, settings: Any) -> Any:  # noqa: ANN401 -- imported late
        with Progress() as progress:
            return await evaluate_retrieval(
                started,
                settings,
                passages,
                questions,
                k,
                profile,
                question_map,
                outcomes,
                progress.show,
            )

    try:
        report = with_resources(run)
    except BadTestSet as error:
        print(f"rationale: {error}", file=sys.stderr)
        sys.exit(CHECK_FAILED)
    if as_json:
        print(json.dumps(report))
        return
    for name, value in report.items():
        if name != "by_kind":
            print(f"{name:22}{value}")
    for kind, values in report["by_kind"].items():
        print(f"  {kind:20}" + "  ".join(f"{key} {value}" for key, value in values.items()))


@evaluations.command("citations")
def eval_citations(
    cases: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Grounding cases (JSON lines; .gz)."),
    ] = None,
    stored: Annotated[
        int, typer.Option(min=0, max=10_000, help="How many of the explanations that stand.")
    ] = 200,
    as_json: AsJson = False,  # noqa: FBT002 -- an option
) -> None:
    """Take away or alter what claims cite; exit 1 where one is still accepted.

    Tried on the given cases, else on the explanations that stand and on one of each reason.
    """
    from app.evaluation.causal import evaluate_citations, read_cases  # noqa: PLC0415 -- see above
    from app.resources import seed_catalogue  # noqa: PLC0415 -- see above

    if cases is not None:
        with _opened(cases) as lines:
            report = evaluate_citations(read_cases(lines, seed_catalogue()))
    else:

        async def run(started: Any, _: Any) -> Any:  # noqa: ANN401 -- imported late
            from app.embedded.start import DEMO_TENANT  # noqa: PLC0415 -- see above
            from app.evaluation import causal_cases  # noqa: PLC0415 -- see above

            resources = started.resources
            held = await causal_cases.stored_cases(resources, DEMO_TENANT, stored)
            return (*held, *await causal_cases.catalogue_cases(resources, DEMO_TENANT))

        report = evaluate_citations(with_resources(run))
    if as_json:
        print(json.dumps(asdict(report)))
    else:
        print(
            f"{report.claims} claims of {report.cases - report.left_out} explanations: "
            f"{report.survived} of {report.tried} alterations survived"
        )
        for kind, (tried, survived) in report.by_alteration.items():
            print(f"  {kind:20}{survived} of {tried} survived")
        for survivor in report.survivors:
            print(f"  survived: {survivor}")
    if report.survived or not report.claims:
        sys.exit(CHECK_FAILED)


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    from app.domain.errors import FieldProblem, InvalidFields  # noqa: PLC0415 -- see eval_reasons

    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            yield lines
    except (UnicodeDecodeError, EOFError, OSError) as error:
        problem = FieldProblem(f"/{path.name}", f"cannot be read: {error}")
        raise InvalidFields([problem]) from error
