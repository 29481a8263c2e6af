"""Renders pages from values; undefined names are errors and everything is escaped."""

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from app.domain.explanation import EvidencePassage
from app.domain.verification.quotes import find_quote
from retrieval.passages import Hit

ENVIRONMENT = Environment(
    loader=PackageLoader("app.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


@dataclass(frozen=True, slots=True)
class Marked:
    """A passage cut at the quoted words: before, quoted, after."""

    before: str
    quoted: str
    after: str


def mark(text: str, quote: str) -> Marked:
    """Cut a text at a quote; nothing is marked where it does not stand."""
    found = find_quote(quote, EvidencePassage("", text, "")) if quote else None
    if found is None:
        return Marked(text, "", "")
    start, end = found
    return Marked(text[:start], text[start:end], text[end:])


def render_passage(parts: Sequence[Hit], quote: str) -> str:
    """Render a passage with the quoted words marked, where `#quote` leads."""
    return ENVIRONMENT.get_template("passage.html.j2").render(
        first=parts[0], parts=[mark(part.text, quote) for part in parts]
    )
