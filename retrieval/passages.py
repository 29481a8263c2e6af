"""Policy documents and their passages, as values: what was in force, where, and since when."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NewType
from uuid import UUID

PassageId = NewType("PassageId", UUID)
Citation = NewType("Citation", str)


class Status(StrEnum):
    """Whether a text may be relied on today."""

    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    AMENDED_TEXT_NOT_HELD = "amended_text_not_held"


@dataclass(frozen=True, slots=True)
class Document:
    """One version of a policy document, as its front matter describes it.

    `effective_to` is the first day on which this version no longer counts, None while it does.
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


@dataclass(frozen=True, slots=True)
class Passage:
    """A citable stretch of a document: `source[start:end] == text`, in characters."""

    citation: Citation
    part: int
    heading: str
    text: str
    start: int
    end: int
    status: Status
    effective_to: date | None


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked, and as of which day."""

    text: str
    as_of: date
    jurisdiction: str | None = None
    limit: int = 10
    include_out_of_force: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found, with the document version it stands in and the words to highlight."""

    id: PassageId
    citation: Citation
    heading: str
    text: str
    start: int
    end: int
    status: Status
    document: str
    document_sha256: str
    jurisdiction: str
    effective_from: date
    effective_to: date | None
    attribution: str
    score: float
    highlights: tuple[tuple[int, int], ...] = ()


class QueryRefused(Exception):
    """A query too long, or with nothing in it to search for."""
