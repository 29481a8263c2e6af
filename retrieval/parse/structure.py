"""What a reader makes of a file: one canonical text, and the headings that structure it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

LINE_END = re.compile(r"\r\n|\r|\n")  # what CommonMark calls a line ending, and nothing else
MAX_LEVEL = 6


class Reason(StrEnum):
    """Why a document cannot be read: a stable code for interfaces and logs."""

    EMPTY = "empty"
    NO_TEXT = "no-text"  # a valid file with nothing to read in it, such as a scan
    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    TOOK_TOO_LONG = "took-too-long"
    ZIP_BOMB = "zip-bomb"
    ENCRYPTED = "encrypted"
    CORRUPT = "corrupt"
    WRONG_TYPE = "wrong-type"
    NOT_UTF_8 = "not-utf-8"
    CONTROL_CHARACTERS = "control-characters"
    BAD_FRONT_MATTER = "bad-front-matter"


class UnreadableDocument(Exception):
    """A file that is refused; the message tells its owner what to change."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one document may cost; `max_ratio` is unpacked to packed bytes."""

    max_bytes: int = 25_000_000
    max_characters: int = 20_000_000
    max_unpacked_bytes: int = 200_000_000
    max_ratio: int = 200  # word processors' XML packs about tenfold, deflate at most 1032-fold
    max_pages: int = 5_000
    seconds: float = 60.0
    memory_bytes: int = 2_000_000_000


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading line, `text[start:end]` of its reading with the line end; its section is below."""

    level: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The canonical text of a document, to which all offsets refer, in characters.

    For Markdown and plain text it is the decoded file, unchanged save for a byte order mark. For
    HTML, PDF and DOCX it is the extracted text: '#' headings, list items with their markers, pipe
    tables, paragraphs between blank lines. Headings are in order and do not overlap.
    """

    text: str
    headings: tuple[Heading, ...]
    front_matter: Mapping[str, object]
    media_type: str

    def __post_init__(self) -> None:
        ends = [0, *(place for h in self.headings for place in (h.start, h.end)), len(self.text)]
        if any(before > after for before, after in pairwise(ends)):
            raise AssertionError("headings out of order")
