"""The signs a text may be written in, and letters spelt one by one."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

SIGNS: Final = frozenset(
    ".,;:!?'\"()[]-/%$&#~=_*|+"
    "\u2019\u2018\u201c\u201d\u00ab\u00bb\u2010\u2011\u2013\u2014\u20ac\u00a3\u00a7\u00b6\u00bd\u00bc\u00be\u00b0\u00ba\u00aa\u2026\u00b7\u2022\u2212\u2248\u00bf\u00a1\u00d7"
)
SPELT: Final = re.compile(r"\b(?:[^\W\d_][-.\u00b7_* ]){2,}[^\W\d_]\b(?!\w)")
LABELS: Final = frozenset({"i.e", "e.g", "u.s", "b v", "n.\u00ba"})


def unreadable(text: str) -> Iterator[tuple[int, str]]:
    """Signs that are no letter of a Latin alphabet, no figure and no mark in use."""
    for at, sign in enumerate(text):
        if not (sign.isascii() and sign.isalnum()) and not _is_readable(sign):
            yield at, sign


def _is_readable(sign: str) -> bool:
    if sign.isspace() or sign in SIGNS:
        return True
    return sign.isalpha() and unicodedata.name(sign, "").startswith("LATIN")


def spelt(text: str) -> Iterator[tuple[int, str]]:
    """Words spelt letter by letter, `d-e-n-y`, which no list of words can read."""
    for match in SPELT.finditer(text):
        if match.group().lower().strip(". ") not in LABELS:
            yield match.start(), match.group()
