"""`rationale eval`: measures of the product on test sets that others wrote."""

import gzip
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TextIO

import typer

from app.cli.running import AsJson

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
