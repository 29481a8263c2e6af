"""The verifier, held against replies that other people wrote and judged."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.errors import InvalidFields
from app.evaluation.grounding import evaluate_grounding
from app.resources import seed_catalogue

CASES = Path(__file__).parent / "cases" / "grounding"
FAITHFUL_SHARE = 0.8  # of each file learned from; docs/verification.md says more
UNSEEN = {"written-apart-5.jsonl": 0.7}  # kept as they were judged the first time


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.glob("*.jsonl")))
def test_nothing_unfaithful_passes_and_most_that_is_faithful_does(name: str) -> None:
    report = evaluate_grounding((CASES / name).read_text().splitlines(), seed_catalogue())

    assert report["unfaithful_accepted"] == 0, report["wrong"]
    faithful = report["faithful_accepted"] + report["faithful_rejected"]
    assert report["faithful_accepted"] >= UNSEEN.get(name, FAITHFUL_SHARE) * faithful


def test_a_case_judged_otherwise_than_its_author_is_named() -> None:
    case = json.loads((CASES / "developed-with-2.jsonl").read_text().splitlines()[-1])
    accepted = evaluate_grounding([json.dumps(case)], seed_catalogue())["unfaithful_accepted"]
    case["faithful"] = True
    report = evaluate_grounding([json.dumps(case)], seed_catalogue())

    assert accepted == 0
    assert report["wrong"] == [case["id"]]


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"id": 1}', "[" * 100_000])
def test_a_line_that_is_no_case_is_named(line: str) -> None:
    with pytest.raises(InvalidFields, match="/2"):
        evaluate_grounding(["", line], seed_catalogue())


def test_the_command_prints_one_object_and_fails_where_something_unfaithful_passes(
    tmp_path: Path,
) -> None:
    lines = (CASES / "developed-with-2.jsonl").read_text().splitlines()
    faithful = next(line for line in lines if json.loads(line)["id"] == "fe-001")
    turned = json.dumps(json.loads(faithful) | {"id": "turned", "faithful": False})
    file = tmp_path / "cases.jsonl"
    file.write_text(f"{faithful}\n{turned}\n")
    command = [sys.executable, "-m", "app.cli.main", "eval", "grounding", "--json", "--cases"]

    ran = subprocess.run([*command, str(file)], capture_output=True, text=True, check=False)

    assert ran.returncode == 1, ran.stderr
    assert json.loads(ran.stdout)["wrong"] == ["turned"]


def test_what_a_case_lacks_is_named() -> None:
    case = json.loads((CASES / "developed-with-2.jsonl").read_text().splitlines()[0])
    del case["decision"]
    with pytest.raises(InvalidFields, match="it lacks 'decision'"):
        evaluate_grounding([json.dumps(case)], seed_catalogue())
