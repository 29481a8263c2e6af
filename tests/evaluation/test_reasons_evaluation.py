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


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"id": 1}', "[" * 100_000])
def test_a_line_that_is_no_case_is_named(line: str) -> None:
    with pytest.raises(InvalidFields, match="/2"):
        evaluate_reasons(["", line])


MALFORMED: list[tuple[str, str]] = [
    ('"feature": "util"', '"feature": 5'),
    ('"feature": "util"', '"feature": null'),
    ('"base": 564', '"base": "much"'),
    ('"base": 564', '"base": 1e99999999999999999999'),
    ('"base": 564', '"base": 1e99999999999999'),
    ('"means": {', '"means": [], "m": {'),
    ('"references": {', '"references": [1], "r": {'),
    ('"direction": "lower_is_better"', '"direction": "down"'),
    ('"higher_is_better": true', '"higher_is_better": "yes"'),
    ('"code": "C1-17"', '"code": 17'),
    ('"decision": {', '"decision": {"rules": "C1-21", '),
    ('"decision": {', '"decision": {"rules": [{"id": "x", "code": 5}], '),
    ('"decision": {', '"decision": {"component": "gray", '),
    ('"decision": {', '"decision": {"component": "judgmental", "judgmental": "C1-05", '),
]


@pytest.mark.parametrize(("good", "bad"), MALFORMED, ids=[bad for _, bad in MALFORMED])
def test_a_malformed_case_is_named_and_refused(good: str, bad: str) -> None:
    line = CASES.read_text().splitlines()[0]
    assert good in line

    with pytest.raises(InvalidFields, match=r"near-cutoff|/1"):
        evaluate_reasons([line.replace(good, bad)])


@pytest.mark.parametrize("name", ["cases.jsonl", "cases.jsonl.gz"])
def test_a_file_that_is_no_text_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    cases = tmp_path / name
    cases.write_bytes(b"\xff\xfe{}")

    command = [sys.executable, "-m", "app.cli.main", "eval", "reasons", "--cases", str(cases)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert name in done.stderr


def test_the_command_prints_one_object_and_fails_when_a_case_is_wrong(tmp_path: Path) -> None:
    case = json.loads(CASES.read_text().splitlines()[0])
    case["expected"].reverse()
    cases = tmp_path / "cases.jsonl"
    cases.write_text(json.dumps(case))

    command = [sys.executable, "-m", "app.cli.main", "eval", "reasons", "--cases", str(cases)]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)

    assert json.loads(done.stdout) == {"cases": 1, "exact": 0, "wrong": [case["id"]]}
    assert done.returncode == 1
