"""Reads plain text: headings are lines that stand alone and read as such."""

from itertools import pairwise

from retrieval.parse.decoding import decode
from retrieval.parse.numbering import heading_level, numbered_depth
from retrieval.parse.structure import LIMITS, LINE_END, Heading, Limits, Reading


def read_plain(content: bytes, limits: Limits = LIMITS) -> Reading:
    """Read a plain text file. Raises UnreadableDocument.

    A heading has a blank line, another heading or the start of the file above it. Numbered lines
    with nothing between them are a list, or a table of contents.
    """
    text = decode(content, limits)
    lines = [(start, after, text[start:end].strip()) for start, end, after in _lines(text)]
    listed = _listed([line for _, _, line in lines])
    headings: list[Heading] = []
    alone = True
    for index, (start, after, line) in enumerate(lines):
        level = heading_level(line)
        if level is not None and alone and index not in listed:
            headings.append(Heading(level, line, start, after))
        else:
            alone = not line
    return Reading(text, tuple(headings), {}, "text/plain")


def _listed(lines: list[str]) -> set[int]:
    """Return which lines have their number in common with a neighbour at the same depth."""
    held = [(index, numbered_depth(line)) for index, line in enumerate(lines) if line]
    return {
        index
        for one, other in pairwise(held)
        if one[1] is not None and one[1] == other[1]
        for index in (one[0], other[0])
    }


def _lines(text: str) -> list[tuple[int, int, int]]:
    """Return where each line starts, ends, and where the next one starts."""
    lines = []
    start = 0
    for found in LINE_END.finditer(text):
        lines.append((start, found.start(), found.end()))
        start = found.end()
    if start < len(text):
        lines.append((start, len(text), len(text)))
    return lines
