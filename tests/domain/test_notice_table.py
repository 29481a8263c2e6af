"""The documentation's table of elements and kinds says what the tests hold."""

import os
from pathlib import Path

from app.domain.notices.compose import addressees
from app.domain.notices.elements import SOURCES
from app.domain.notices.validate import required_elements
from tests.domain.kinds_of_notice import KINDS, compose

DOCUMENT = Path(__file__).parents[2] / "docs" / "notices.md"
MARK = "<!-- the table below is written by tests/domain/test_notice_table.py -->\n"
TEST = (
    "tests/domain/test_kinds_of_notice.py::test_a_notice_without_a_required_element_is_incomplete"
)


def table() -> str:
    """A row per element and source, naming each kind that must hold it."""
    needing: dict[str, list[str]] = {element.value: [] for element in SOURCES}
    for kind, make in KINDS.items():
        made = make()
        for notice, to in zip(compose(made), addressees(made), strict=True):
            for element in required_elements(notice, made, to.applicant):
                needing[element.value].append(f"`{kind}-{to.key}`")
    lines = [
        f"Each cell names a case of `{TEST}[<kind>-<addressee>-<element>]`: it takes the element",
        "out of the composed notice and requires that the notice is then refused.",
        "",
        "| element | required by | held for |",
        "|---|---|---|",
    ]
    lines += [
        f"| {element.value} | {source} | {' '.join(needing[element.value])} |"
        for element, source in SOURCES.items()
    ]
    return "\n".join(lines) + "\n"


def test_the_documents_table_is_the_tests() -> None:
    """`UPDATE_GOLDEN=1` writes the table anew."""
    before, _, held = DOCUMENT.read_text().partition(MARK)
    if os.environ.get("UPDATE_GOLDEN"):
        DOCUMENT.write_text(before + MARK + table())
        held = table()
    assert held == table()
    assert all("`" in line.rsplit("|", 2)[1] for line in table().splitlines()[5:])
