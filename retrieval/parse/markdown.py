"""Reads a policy document in Markdown with YAML front matter."""

import hashlib
from datetime import date

import yaml
from markdown_it import MarkdownIt

from retrieval.chunking import Section, passages_of
from retrieval.passages import Document, Passage, Status

TITLE_SEPARATOR = " — "
BLOCKS = MarkdownIt("commonmark")
BLOCKS.core.ruler.enableOnly(["normalize", "block"])  # only where the headings are is asked for
# What "superseded" and "withdrawn" in the seed's front matter mean as dates.
ENDED: dict[str, date] = {
    "reg-b-1002-appendix-a": date(2024, 3, 20),  # compliance date of the 2023 addresses
    "cfpb-circular-2022-03": date(2025, 5, 12),  # 90 FR 20084
    "cfpb-circular-2023-03": date(2025, 5, 12),
}


class UnreadableDocument(Exception):
    """A document without the front matter or the headings that give passages an address."""


def read_markdown(content: bytes) -> tuple[Document, list[Passage]]:
    """Parse a document into its version and passages. Raises UnreadableDocument."""
    try:
        source = content.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"The document is not UTF-8 (byte {error.start})."
        raise UnreadableDocument(message) from error
    if not source.startswith("---\n") or "\n---\n" not in source:
        message = "The document has no YAML front matter between two lines of '---'."
        raise UnreadableDocument(message)
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
        raise UnreadableDocument(message) from error


def _status(text: str) -> Status:
    if text.startswith("WITHDRAWN"):
        return Status.WITHDRAWN
    if text.startswith("SUPERSEDED"):
        return Status.SUPERSEDED
    return Status.IN_FORCE


def _sections(source: str, body_at: int) -> list[Section]:
    """Find the headings of level 2 and deeper; a real parser knows which lines are headings."""
    body = source[body_at:]
    offsets = [0]
    for line in body.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    headings = [
        (token.map[0], token.map[1], token.tag)
        for token in BLOCKS.parse(body)
        if token.type == "heading_open" and token.map is not None
    ]
    sections = []
    for index, (first, after, tag) in enumerate(headings):
        if tag == "h1":
            continue
        following = headings[index + 1][0] if index + 1 < len(headings) else len(offsets) - 1
        text = body[offsets[first] : offsets[after]].strip().lstrip("#").strip()
        citation, _, title = text.partition(TITLE_SEPARATOR)
        sections.append(
            Section(citation, title, body_at + offsets[after], body_at + offsets[following])
        )
    return sections
