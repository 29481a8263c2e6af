"""What a document says of itself in its front matter, and what its uploader adds or corrects."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from retrieval.amendments import ENDED
from retrieval.parse.structure import Reading, Reason, UnreadableDocument
from retrieval.passages import Document, Status

JURISDICTIONS = ("US-federal", "EU", "UK")
LONGEST_SLUG = 80
SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")  # stands in addresses as it is


@dataclass(frozen=True, slots=True)
class Description:
    """What the uploader says of a document; what is None is taken from its front matter."""

    slug: str | None = None
    title: str | None = None
    jurisdiction: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    products: tuple[str, ...] = ()
    licence: str | None = None
    attribution: str | None = None


NOTHING_SAID = Description()


def describe(
    content: bytes, reading: Reading, said: Description = NOTHING_SAID, *, file_name: str = ""
) -> Document:
    """Return the document as described. Raises UnreadableDocument naming what is missing."""
    held = reading.front_matter
    title = said.title or _text(held, "title") or _first_heading(reading) or file_name
    slug = said.slug or _text(held, "id") or slug_of(file_name) or slug_of(title)
    effective_from = said.effective_from or _day(held, "effective_date")
    if effective_from is None:
        _refuse("Say from which day the document is in force: effective_date in its front matter.")
    jurisdiction = said.jurisdiction or _text(held, "jurisdiction")
    if not jurisdiction:
        _refuse(f"Say the document's jurisdiction, such as {', '.join(JURISDICTIONS)}.")
    if not SLUG.fullmatch(slug):
        _refuse(
            "Give the document a name of up to 80 letters, digits and hyphens: id in its front "
            "matter."
        )
    effective_to = said.effective_to or _day(held, "end_date") or ENDED.get(slug)
    if effective_to is not None and effective_to <= effective_from:
        _refuse(f"The document would end on {effective_to}, before it begins.")
    status = _status(_text(held, "status"), effective_to)
    if status is not Status.IN_FORCE and effective_to is None:
        _refuse(f"The document is {status.value}; say since when: end_date in its front matter.")
    return Document(
        slug=slug,
        title=title or slug,
        jurisdiction=jurisdiction,
        sha256=hashlib.sha256(content).hexdigest(),
        effective_from=effective_from,
        effective_to=effective_to,
        status=status,
        currency_note=_text(held, "currency_note"),
        licence=said.licence or _text(held, "licence"),
        attribution=said.attribution or _text(held, "attribution"),
        products=said.products or tuple(_list(held, "products")),
        media_type=reading.media_type,
    )


def slug_of(name: str) -> str:
    """Make a document's short name of its file's name or its title."""
    stem = re.sub(r"\.[a-z]{2,5}$", "", name.lower())
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[:LONGEST_SLUG]


def _status(said: str, effective_to: date | None) -> Status:
    if said.upper().startswith("WITHDRAWN"):
        return Status.WITHDRAWN
    if said.upper().startswith("SUPERSEDED") or effective_to is not None:
        return Status.SUPERSEDED
    return Status.IN_FORCE


def _text(held: Mapping[str, object], key: str) -> str:
    value = held.get(key)
    return "" if value is None else str(value).strip()


def _list(held: Mapping[str, object], key: str) -> list[str]:
    value = held.get(key)
    items = value if isinstance(value, list) else [value]
    return [str(item).strip() for item in items if item is not None and str(item).strip()]


def _day(held: Mapping[str, object], key: str) -> date | None:
    said = _text(held, key)
    if not said:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        _refuse(f"{key} is no date such as 2026-01-31: {said[:40]!r}.")


def _first_heading(reading: Reading) -> str:
    return reading.headings[0].text if reading.headings else ""


def _refuse(message: str) -> NoReturn:
    raise UnreadableDocument(Reason.BAD_FRONT_MATTER, message)
