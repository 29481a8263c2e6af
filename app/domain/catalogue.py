"""The catalogue of reason codes: the statements compliance has reviewed, word for word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.domain.models import ReasonCode

Side = Literal["high", "low"]


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One reason as a notice may state it, and a tip the customer can act on.

    `translations` are the statement in other languages, by their two-letter codes.
    """

    code: ReasonCode
    statement: str
    category: str
    adverse_when: Side | None
    consumer_tip: str
    translations: Mapping[str, str] = field(default_factory=dict)


Catalogue = Mapping[ReasonCode, CatalogueEntry]
