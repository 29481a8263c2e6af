"""Reads policy documents in Markdown, with or without YAML front matter."""

import re
from collections.abc import Iterator
from itertools import pairwise

from markdown_it import MarkdownIt

from retrieval.parse.decoding import decode
from retrieval.parse.front_matter import parse_front_matter
from retrieval.parse.structure import (
    LIMITS,
    LINE_END,
    Heading,
    Limits,
    Reading,
    Reason,
    UnreadableDocument,
)

BLOCKS = MarkdownIt("commonmark")
BLOCKS.core.ruler.enableOnly(["normalize", "block"])  # only where the headings are is asked for
FRONT_MATTER = re.compile(
    r"---[ \t]*(?:\r\n|\r|\n)(?![ \t]*[\r\n])"
    r"(?P<yaml>(?:.*?(?:\r\n|\r|\n))??)---[ \t]*(?:\r\n|\r|\n|\Z)",
    re.DOTALL,
)


def read_markdown_text(content: bytes, limits: Limits = LIMITS) -> Reading:
    """Read a Markdown file of any shape. Raises UnreadableDocument.

    Front matter is what stands between a first line of '---' and the next one. A first '---'
    before a blank line, or without a second one, is a line across the page.
    """
    source = decode(content, limits)
    found = FRONT_MATTER.match(source)
    body_at = found.end() if found else 0
    if not source[body_at:].strip():
        raise UnreadableDocument(Reason.EMPTY, "The document has front matter but no text.")
    return Reading(
        source,
        tuple(h for h in _headings(source, body_at) if h.text),
        parse_front_matter(found["yaml"]) if found else {},
        "text/markdown",
    )


def _headings(source: str, body_at: int) -> Iterator[Heading]:
    """Find all headings; a real parser knows which lines are headings."""
    body = source[body_at:]
    starts = [body_at, *(body_at + found.end() for found in LINE_END.finditer(body)), len(source)]
    tokens = BLOCKS.parse(body)
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open" and opening.map is not None:
            first, after = opening.map
            words = " ".join(inline.content.split())
            yield Heading(int(opening.tag[1:]), words, starts[first], starts[after])
