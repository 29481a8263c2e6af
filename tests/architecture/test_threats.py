"""Every threat names a defence that some test really holds."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "threats.md").read_text()
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def names_in(path: str) -> set[str]:
    found = ast.walk(ast.parse((ROOT / path).read_text()))
    return {
        node.name
        for node in found
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }


def test_every_test_that_is_named_exists() -> None:
    named = NAMED.findall(PAGE)
    assert len(named) > 60
    for path, name in named:
        assert (ROOT / path).exists(), path
        assert name in names_in(path), f"{path}::{name}"


def test_every_boundary_has_every_letter_and_every_row_a_test() -> None:
    boundaries = re.split(r"\n## (?=\d)", PAGE)[1:]
    assert [boundary[0] for boundary in boundaries] == list("1234567")
    drawn = set(re.findall(r"\|(\d) ", PAGE.partition("```mermaid")[2].partition("```")[0]))
    assert drawn == set("1234567")
    for boundary in boundaries:
        rows = re.findall(r"^\| ([STRIDE]) \|(.*)$", boundary.partition("\n## ")[0], re.MULTILINE)
        assert {letter for letter, _ in rows} == set("STRIDE"), boundary[:40]
        for letter, row in rows:
            assert NAMED.search(row), f"{letter}: {row}"
