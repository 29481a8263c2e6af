"""Reads the word lists that stand beside this module: constants, kept as text for their size."""

from functools import cache
from importlib.resources import files
from typing import Final

from app.domain.explanation import Language
from app.domain.verification.lexicon import Lexicon

PACKAGE: Final = "app.domain.verification.words"
LISTS: Final[dict[Language, str]] = {"en": "english.txt", "es": "spanish.txt"}


@cache
def lexicon_of(language: Language) -> Lexicon:
    """Return the words of a language, read from its list when first asked for."""
    content = files(PACKAGE).joinpath(LISTS[language]).read_text(encoding="utf-8")
    return Lexicon(entries_by_tag(content))


def english() -> Lexicon:
    """Return the words of English, in which statements and features are named."""
    return lexicon_of("en")


def entries_by_tag(content: str) -> dict[str, list[str]]:
    """Return the entries of a list by tag: `## tag` begins a block, `# ` a remark."""
    found: dict[str, list[str]] = {}
    entries: list[str] = []
    for line in content.splitlines():
        if line.startswith("## "):
            entries = found.setdefault(line.removeprefix("## ").strip(), [])
        elif not line.startswith("# "):
            entries += line.split()
    return found
