"""Cuts a policy document into passages that keep their legal address and exact place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from retrieval.passages import Citation, Document, Passage, Status

MAX_CHARACTERS = 1200  # about 256 tokens, what the offline embedder reads
BOUNDARY = re.compile(r"\n(?=\n|- |\s+- |\| )")
SENTENCE_END = re.compile(r"(?<=[.;:])\s")

# Paragraphs that the front matter's currency_note names as amended since: 91 FR 21620.
AMENDED_ON = date(2026, 7, 21)
AMENDED = re.compile(
    r"12 CFR 1002\.(4\(b\)|6\(a\)|8(\(|$))|Reg B Comment (6\(a\)-2|2\(p\)-4|4\(b\)-1)$"
)


@dataclass(frozen=True, slots=True)
class Section:
    """The text under one heading: its citation, title and place in the source."""

    citation: str
    title: str
    start: int
    end: int


def passages_of(source: str, sections: list[Section], document: Document) -> list[Passage]:
    """Make the passages of a document, in order; headings without text of their own have none."""
    passages = []
    for section in sections:
        status, effective_to = _standing(section.citation, document)
        for part, (start, end) in enumerate(_spans(source, section.start, section.end)):
            passages.append(
                Passage(
                    citation=Citation(section.citation),
                    part=part,
                    heading=section.title,
                    text=source[start:end],
                    start=start,
                    end=end,
                    status=status,
                    effective_to=effective_to,
                )
            )
    return passages


def _standing(citation: str, document: Document) -> tuple[Status, date | None]:
    """Return how a paragraph stands where it differs from its document."""
    if document.slug.startswith("reg-b-1002") and AMENDED.match(citation):
        return Status.AMENDED_TEXT_NOT_HELD, AMENDED_ON
    return document.status, document.effective_to


def _spans(source: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Split at paragraphs and list items, then at sentences, never within the limit."""
    start, end = _trim(source, start, end)
    while end - start > MAX_CHARACTERS:
        window = source[start : start + MAX_CHARACTERS]
        cuts = [m.end() for m in BOUNDARY.finditer(window)] or [
            m.end() for m in SENTENCE_END.finditer(window)
        ]
        cut = start + (cuts[-1] if cuts else MAX_CHARACTERS)
        piece = _trim(source, start, cut)
        if piece[0] < piece[1]:
            yield piece
        start, end = _trim(source, cut, end)
    if start < end:
        yield start, end


def _trim(source: str, start: int, end: int) -> tuple[int, int]:
    while start < end and source[start].isspace():
        start += 1
    while end > start and source[end - 1].isspace():
        end -= 1
    return start, end
