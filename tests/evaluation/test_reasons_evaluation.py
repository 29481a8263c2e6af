"""The reason rule, answered case by case as outsiders would put it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.errors import InvalidFields
from app.evaluation.reasons import evaluate_reasons

CASES = Path(__file__).parent / "cases" / "reasons.jsonl"


def test_every_case_is_answered_exactly() -> None:
    lines = CASES.read_text().splitlines()

    report = evaluate_reasons(lines)

    assert report.wrong == ()
    assert report.exact == report.cases == len(lines)


def test_a_case_answered_otherwise_is_wrong() -> None:
    case = json.loads(CASES.read_text().splitlines()[0])
    case["expected"].reverse()

    assert evaluate_reasons([json.dumps(case)]).wrong == (case["id"],)


def test_a_reason_flagged_otherwise_is_wrong() -> None:
    case = json.loads(CASES.read_text().splitlines()[0])
    case["flagged"] = case["expected"][:1]

    assert evaluate_reasons([json.dumps(case)]).wrong == (case["id"],)


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"id": 1}'])
def test_a_line_that_is_no_case_is_named(line: str) -> None:
    with pytest.raises(InvalidFields, match="/2"):
        evaluate_reasons(["", line])


def test_the_command_prints_one_object_and_fails_when_a_case_is_wrong(tmp_path: Path) -> None:
    case = json.loads(CASES.read_text().splitlines()[0])
    case["expected"].reverse()
    cases = tmp_path / "cases.jsonl"
    cases.write_text(json.dumps(case))

    command = [sys.executable, "-m", "app.cli.main", "eval", "reasons", "--cases", str(cases)]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)

    assert json.loads(done.stdout) == {"cases": 1, "exact": 0, "wrong": [case["id"]]}
    assert done.returncode == 1
