"""Writes extracted text as Markdown-like lines, so that lists and tables stay intact."""

import re
from collections.abc import Sequence

from retrieval.parse.structure import (
    MAX_LEVEL,
    Heading,
    Limits,
    Reading,
    Reason,
    UnreadableDocument,
)

# Shown as nothing, and in the way of whoever looks for the words. Joiners stay: they shape
# letters and emoji.
INVISIBLE = re.compile("[\xad\u200b\u2060\ufeff]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
SURROGATE = re.compile("[\ud800-\udfff]")
INDENT = "  "


def one_line(text: str) -> str:
    """Return text on one line: runs of white space become one space, what no text holds goes."""
    shown = SURROGATE.sub("\N{REPLACEMENT CHARACTER}", INVISIBLE.sub("", text))
    return " ".join(CONTROL.sub(" ", shown).split())


def lines_of(text: str) -> list[str]:
    """Return the lines of text that hold something, each as `one_line` writes it."""
    return [line for line in map(one_line, text.split("\n")) if line]


class Rendering:
    """The text of an extracted document while it is written, block by block.

    Blocks without text leave no trace. Raises UnreadableDocument (too-large) as soon as the text
    grows over its limit.
    """

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.max_characters
        self._pieces: list[str] = []
        self._length = 0
        self._headings: list[Heading] = []
        self._in_list = False

    def heading(self, level: int, text: str) -> None:
        """Write a heading line."""
        if not (shown := one_line(text)):
            return
        level = max(1, min(level, MAX_LEVEL))
        self._block()
        start = self._length
        self._write(f"{'#' * level} {shown}\n")
        self._headings.append(Heading(level, shown, start, self._length))

    def paragraph(self, text: str) -> None:
        """Write a paragraph; its line breaks stay."""
        if lines := lines_of(text):
            self._block()
            self._write("\n".join(lines) + "\n")

    def item(self, text: str, *, depth: int = 0, marker: str = "-") -> None:
        """Write an item of a list; items that follow each other have no blank line between."""
        if not (lines := lines_of(text)):
            return
        if not self._in_list:
            self._block()
        self._in_list = True
        depth = min(depth, 8)
        self._write(f"{INDENT * depth}{one_line(marker) or '-'} {lines[0]}\n")
        self._write("".join(f"{INDENT * (depth + 1)}{line}\n" for line in lines[1:]))

    def continuation(self, text: str, *, depth: int = 0) -> None:
        """Write a further paragraph of the item above."""
        if lines := lines_of(text):
            self._write("".join(f"{INDENT * (depth + 1)}{line}\n" for line in lines))

    def preformatted(self, text: str) -> None:
        """Write lines whose white space means something."""
        kept = SURROGATE.sub("\N{REPLACEMENT CHARACTER}", CONTROL.sub(" ", text))
        if kept.strip():
            self._block()
            self._write(kept.strip("\n").rstrip() + "\n")

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Write a pipe table; its first row is the head."""
        cells = [[one_line(cell).replace("|", r"\|") for cell in row] for row in rows]
        cells = [row for row in cells if any(row)]
        if not cells:
            return
        self._block()
        width = max(map(len, cells))
        for index, row in enumerate(cells):
            self._write(f"| {' | '.join(row + [''] * (width - len(row)))} |\n")
            if index == 0:
                self._write(f"|{' --- |' * width}\n")

    def reading(self, media_type: str) -> Reading:
        """Return what was written. Raises UnreadableDocument (no-text) where that is nothing."""
        if not self._pieces:
            raise UnreadableDocument(
                Reason.NO_TEXT,
                "The document has no text. If it was scanned, run text recognition (OCR) first.",
            )
        return Reading("".join(self._pieces), tuple(self._headings), {}, media_type)

    def _block(self) -> None:
        self._in_list = False
        if self._pieces:
            self._write("\n")

    def _write(self, text: str) -> None:
        self._length += len(text)
        if self._length > self._limit:
            raise UnreadableDocument(
                Reason.TOO_LARGE,
                f"The document is longer than {self._limit:,} characters; split it.",
            )
        self._pieces.append(text)
