"""The catalogue of reason codes: the statements compliance has reviewed, word for word."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.domain.models import ReasonCode

Side = Literal["high", "low"]


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One reason as a notice may state it, and a tip the customer can act on."""

    code: ReasonCode
    statement: str
    category: str
    adverse_when: Side | None
    consumer_tip: str


Catalogue = Mapping[ReasonCode, CatalogueEntry]
