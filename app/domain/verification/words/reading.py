"""Reads the word lists that stand beside this module: constants, kept as text for their size."""

from importlib.resources import files
from typing import Final

PACKAGE: Final = "app.domain.verification.words"


def blocks(name: str) -> dict[str, str]:
    """Return the entries of a list by tag: a line `## tag` begins each block."""
    content = files(PACKAGE).joinpath(name).read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for block in content.split("## ")[1:]:
        tag, _, entries = block.partition("\n")
        found[tag.strip()] = f"{found.get(tag.strip(), '')} {entries}"
    return found
