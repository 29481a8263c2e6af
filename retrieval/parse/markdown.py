"""Reads policy documents in Markdown, with or without YAML front matter."""

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import yaml
from markdown_it import MarkdownIt

from retrieval.chunking import Section, passages_of
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
from retrieval.passages import Document, Passage, Status

__all__ = ["UnreadableDocument", "read_markdown", "read_markdown_text"]

TITLE_SEPARATOR = " — "
BLOCKS = MarkdownIt("commonmark")
BLOCKS.core.ruler.enableOnly(["normalize", "block"])  # only where the headings are is asked for
FRONT_MATTER = re.compile(
    r"---[ \t]*(?:\r\n|\r|\n)(?![ \t]*[\r\n])"
    r"(?P<yaml>(?:.*?(?:\r\n|\r|\n))??)---[ \t]*(?:\r\n|\r|\n|\Z)",
    re.DOTALL,
)
# What "superseded" and "withdrawn" in the seed's front matter mean as dates.
ENDED: dict[str, date] = {
    "reg-b-1002-appendix-a": date(2024, 3, 20),  # compliance date of the 2023 addresses
    "cfpb-circular-2022-03": date(2025, 5, 12),  # 90 FR 20084
    "cfpb-circular-2023-03": date(2025, 5, 12),
}


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


def read_markdown(content: bytes) -> tuple[Document, list[Passage]]:
    """Parse a document into its version and passages. Raises UnreadableDocument."""
    try:
        source = content.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"The document is not UTF-8 (byte {error.start})."
        raise UnreadableDocument(Reason.NOT_UTF_8, message) from error
    if not source.startswith("---\n") or "\n---\n" not in source:
        message = "The document has no YAML front matter between two lines of '---'."
        raise UnreadableDocument(Reason.BAD_FRONT_MATTER, message)
    body_at = source.index("\n---\n") + len("\n---\n")
    document = _document(source[4 : body_at - 4], hashlib.sha256(content).hexdigest())
    return document, passages_of(source, _sections(source, body_at), document)


def _document(front_matter: str, sha256: str) -> Document:
    try:
        held = yaml.safe_load(front_matter)
        slug = held["id"]
        return Document(
            slug=slug,
            title=held["title"],
            jurisdiction=held["jurisdiction"],
            sha256=sha256,
            effective_from=date.fromisoformat(str(held["effective_date"])),
            effective_to=ENDED.get(slug),
            status=_status(held["status"]),
            currency_note=held.get("currency_note", ""),
            licence=held["licence"],
            attribution=held.get("attribution", ""),
        )
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        message = f"The front matter cannot be used: {error}"
        raise UnreadableDocument(Reason.BAD_FRONT_MATTER, message) from error


def _status(text: str) -> Status:
    if text.startswith("WITHDRAWN"):
        return Status.WITHDRAWN
    if text.startswith("SUPERSEDED"):
        return Status.SUPERSEDED
    return Status.IN_FORCE


def _sections(source: str, body_at: int) -> list[Section]:
    """Find the headings of level 2 and deeper, and the text under each up to the next one."""
    headings = list(_headings(source, body_at))
    sections = []
    for index, heading in enumerate(headings):
        if heading.level == 1:
            continue
        end = headings[index + 1].start if index + 1 < len(headings) else len(source)
        line = source[heading.start : heading.end].strip().lstrip("#").strip()
        citation, _, title = line.partition(TITLE_SEPARATOR)
        sections.append(Section(citation, title, heading.end, end))
    return sections


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
