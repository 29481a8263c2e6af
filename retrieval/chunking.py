"""Cuts a reading of a document into passages that keep their legal address and exact place."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from retrieval.amendments import standing_of
from retrieval.parse.structure import Heading, Reading
from retrieval.passages import Citation, Document, Passage

MAX_CHARACTERS = 1200  # about 256 tokens, what the offline embedder reads
BOUNDARY = re.compile(r"(?:\r\n|\r(?!\n)|\n)(?=\r|\n|- |\s+- )")
SENTENCE_END = re.compile(r"(?<=[.;:])\s")
TABLE_LINE = re.compile(r"^\|.*\|\s*$", re.MULTILINE)
TITLE_SEPARATOR = " — "
NUMBERED = re.compile(
    r"(?:(?:section|article|part|chapter|clause|§)\s*)?"
    r"(?P<number>(?:[A-Z]\.)?\d+(?:\.\d+)*(?:\([a-z0-9]+\))*|[A-Z]\.|[IVX]+\.)[.):]?\s+(?P<title>.*)",
    re.IGNORECASE | re.DOTALL,
)
FRONT_END = re.compile(r"(?:\r\n|\r|\n)---[ \t]*(?:\r\n|\r|\n|\Z)")
CITED = re.compile(
    r"\d+ (?:CFR|USC) \d|Reg [A-Z] (?:Comment|Supp\. )|CJEU C-\d|CFPB Circular \d|SR \d"
    r"|NIST AI RMF "
    r"|(?:(?:UK )?GDPR|AI Act) (?:Art\. \d|Recitals?\b|Annex \w|(?:Chapter|Section) [IVX\d])"
)
LONGEST_NAME = 80
LONGEST_CITATION = 2 * LONGEST_NAME  # an index entry has its bounds


@dataclass(frozen=True, slots=True)
class Section:
    """The text under one heading: its citation, title, parents' titles and place in the source."""

    citation: str
    title: str
    context: str
    start: int
    end: int


def passages_of(reading: Reading, document: Document) -> list[Passage]:
    """Make the passages of a document, in order; headings without text of their own have none."""
    passages = []
    for section in sections_of(reading, document):
        status, effective_to = standing_of(section.citation, document)
        for part, (start, end) in enumerate(_spans(reading.text, section.start, section.end)):
            passages.append(
                Passage(
                    citation=Citation(section.citation),
                    part=part,
                    heading=section.title,
                    text=reading.text[start:end],
                    start=start,
                    end=end,
                    status=status,
                    effective_to=effective_to,
                    context=section.context,
                )
            )
    return passages


def sections_of(reading: Reading, document: Document) -> Iterator[Section]:
    """Give each heading's text its address: the one it carries, or its number in the document.

    In a document all of whose headings but its title carry citations, what stands outside them is
    a publisher's note.
    """
    name = short_name(document.title)
    is_cited = _is_cited(reading.headings)
    is_titled = _is_titled(reading.headings, document)
    front = FRONT_END.search(reading.text) if reading.front_matter else None
    body_at = front.end() if front else 0
    first = reading.headings[0].start if reading.headings else len(reading.text)
    parents: list[tuple[int, str]] = []
    taken: dict[str, int] = {}
    if reading.text[body_at:first].strip() and not is_cited:
        taken[name] = 1
        yield Section(name, "", "", body_at, first)
    ends = [*(heading.start for heading in reading.headings), len(reading.text)][1:]
    for heading, end in zip(reading.headings, ends, strict=False):
        parents = [parent for parent in parents if parent[0] < heading.level]
        is_title = is_titled and heading is reading.headings[0]
        citation, title = _address(heading, name, is_title=is_title)
        first_named = citation
        while citation in taken:
            taken[first_named] += 1
            citation = f"{first_named} ({taken[first_named]})"
        taken[citation] = 1
        context = " > ".join([name, *(words for _, words in parents if words)])
        parents.append((heading.level, "" if is_title else title))
        if not is_cited or _is_citation(heading.text):
            yield Section(citation, title, context, heading.end, end)


def short_name(title: str) -> str:
    """Return what a document is called in citations and contexts."""
    first, _, rest = title.partition(TITLE_SEPARATOR)
    chosen = rest if rest and "(EU)" in first else first
    return (re.split(r" \(|, Supplement|: ", chosen)[0].strip() or title)[:LONGEST_NAME]


def _is_titled(headings: Sequence[Heading], document: Document) -> bool:
    """Whether the first heading names the document, rather than its first section."""
    if not headings or headings[0].level != 1 or NUMBERED.fullmatch(headings[0].text):
        return False
    is_alone = all(heading.level > 1 for heading in headings[1:])
    return is_alone or headings[0].text == document.title


def _address(heading: Heading, name: str, *, is_title: bool) -> tuple[str, str]:
    citation, separator, title = heading.text.partition(TITLE_SEPARATOR)
    if _is_citation(citation):
        return citation, title if separator else ""
    if is_title:
        return name, ""
    if numbered := NUMBERED.fullmatch(heading.text):
        citation = f"{name} § {numbered['number'].rstrip('.')}"[:LONGEST_CITATION]
        return citation, numbered["title"].strip()
    return f"{name} § {heading.text}"[:LONGEST_CITATION], heading.text


def _is_cited(headings: Sequence[Heading]) -> bool:
    cited = [_is_citation(heading.text) for heading in headings]
    return any(cited) and all(cited[1:])


def _is_citation(words: str) -> bool:
    citation, _, _ = words.partition(TITLE_SEPARATOR)
    return CITED.match(citation) is not None and len(citation) <= LONGEST_CITATION


def split(text: str) -> list[tuple[int, int]]:
    """Return the spans into which a text without headings is cut; none for an empty one."""
    return list(_spans(text, 0, len(text)))


def _spans(source: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Split at paragraphs and list items, then at sentences; a table stays whole if it can."""
    start, end = _trim(source, start, end)
    while end - start > MAX_CHARACTERS:
        window = source[start : start + MAX_CHARACTERS]
        cut = start + _cut(window)
        piece = _trim(source, start, cut)
        if piece[0] < piece[1]:
            yield piece
        start, end = _trim(source, cut, end)
    if start < end:
        yield start, end


def _cut(window: str) -> int:
    """Return where to end a passage that must end within the window."""
    cuts = [found.end() for found in BOUNDARY.finditer(window)]
    rows: Sequence[re.Match[str]] = list(TABLE_LINE.finditer(window))
    if rows and rows[-1].end() >= len(window) - 1 and rows[0].start() > 0 and not cuts:
        return rows[0].start()
    if cuts:
        return cuts[-1]
    lines = [found.end() + 1 for found in rows if found.end() + 1 < len(window)]
    sentences = [found.end() for found in SENTENCE_END.finditer(window)]
    return (lines or sentences or [len(window)])[-1]


def _trim(source: str, start: int, end: int) -> tuple[int, int]:
    while start < end and source[start].isspace():
        start += 1
    while end > start and source[end - 1].isspace():
        end -= 1
    return start, end
