"""Policy documents, passages and answers, as values: what was in force, where, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, NewType
from uuid import UUID

PassageId = NewType("PassageId", UUID)
VersionId = NewType("VersionId", UUID)
Citation = NewType("Citation", str)

Profile = Literal["interactive", "thorough"]


class Status(StrEnum):
    """Whether a text may be relied on today."""

    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    AMENDED_TEXT_NOT_HELD = "amended_text_not_held"


@dataclass(frozen=True, slots=True)
class Document:
    """One version of a policy document, as its front matter or its uploader describes it.

    `effective_to` is the first day on which this version no longer counts, None while it does.
    `products` names the products it is about; none means all.
    """

    slug: str
    title: str
    jurisdiction: str
    sha256: str
    effective_from: date
    effective_to: date | None
    status: Status
    currency_note: str
    licence: str
    attribution: str
    products: tuple[str, ...] = ()
    media_type: str = "text/markdown"


@dataclass(frozen=True, slots=True)
class Passage:
    """A citable stretch of a document: `source[start:end] == text`, in characters.

    `context` names document and parent headings, outermost first: a fragment needs its subject.
    """

    citation: Citation
    part: int
    heading: str
    text: str
    start: int
    end: int
    status: Status
    effective_to: date | None
    context: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """What of a passage is searched by words, beside its finding aids."""
        return (self.context, self.heading, self.text)

    @property
    def embedded_text(self) -> str:
        """What of a passage is embedded: context and heading give a fragment its subject."""
        return ". ".join(field for field in self.fields if field)


StatusFilter = Status | Literal["any"]


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked, as of which day, and as known at which instant (now, where None).

    `status` is what passages must be: in force on `as_of` unless said otherwise. A status other
    than that finds texts that have ended, and "any" finds all. `among` limits what is ranked to
    these citations.
    """

    text: str
    as_of: date
    jurisdiction: str | None = None
    limit: int = 10
    status: StatusFilter = Status.IN_FORCE
    known_at: datetime | None = None
    product: str | None = None
    profile: Profile = "interactive"
    among: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found, with the document version it stands in and the words to highlight.

    `status` is the standing on the day asked about; `score` lies between 0 and 1. `quote` is the
    span of `text` that answers best, `highlights` the spans of the question's words.
    """

    id: PassageId
    citation: Citation
    context: str
    heading: str
    text: str
    start: int
    end: int
    status: Status
    document: str
    title: str
    document_sha256: str
    version_id: VersionId
    jurisdiction: str
    effective_from: date
    effective_to: date | None
    attribution: str
    score: float
    is_cited: bool = False
    quote: tuple[int, int] = (0, 0)
    highlights: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Caution:
    """Something the reader must know of a text: why it may not be relied on, and since when."""

    citation: Citation
    status: Status
    since: date | None
    detail: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found. `is_answered` is False where nothing held answers the question.

    The hits are then the nearest passages, and no support for anything. `signs` is what the
    confidence rests on (`confidence.Signs`).
    """

    hits: tuple[Hit, ...]
    is_answered: bool
    confidence: float
    cautions: tuple[Caution, ...] = ()
    signs: tuple[float, ...] = ()

    @property
    def citations(self) -> Sequence[Citation]:
        """The citations found, each once, best first."""
        return tuple(dict.fromkeys(hit.citation for hit in self.hits))


class QueryRefused(Exception):
    """A query too long, or with nothing in it to search for."""
