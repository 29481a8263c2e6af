"""The dates a text states, however written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.explanation import Language

MONTHS_IN_YEAR: Final = 12


def _numbered(names: str) -> dict[str, int]:
    return {name: number for number, name in enumerate(names.split(), start=1)}


MONTHS: Final[dict[Language, dict[str, int]]] = {
    "en": _numbered(
        "january february march april may june july august september october november december"
    )
    | _numbered("jan feb mar apr may jun jul aug sep oct nov dec")
    | {"sept": 9},
    "es": _numbered(
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
    )
    | {"setiembre": 9},
}
_EN = "|".join(MONTHS["en"])
_ES = "|".join(MONTHS["es"])
ISO: Final = r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b"
FORMS: Final[dict[Language, tuple[re.Pattern[str], ...]]] = {
    "en": tuple(
        re.compile(form, re.IGNORECASE)
        for form in (
            ISO,
            (
                rf"\b(?P<month>{_EN})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?"
                r"(?:,?\s+(?P<year>\d{4}))?\b"
            ),
            (
                rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_EN})\.?,?"
                r"(?:\s+(?P<year>\d{4}))?\b"
            ),
            rf"\b(?P<month>{_EN})\.?,?\s+(?P<year>\d{{4}})\b",
        )
    ),
    "es": tuple(
        re.compile(form, re.IGNORECASE)
        for form in (
            ISO,
            (
                rf"\b(?P<day>\d{{1,2}}|primero|1\.?\u00ba)\s+de\s+(?P<month>{_ES})"
                r"(?:\s+(?:de|del)\s+(?P<year>\d{4}))?\b"
            ),
            rf"\b(?P<month>{_ES})\s+(?:de|del)\s+(?P<year>\d{{4}})\b",
        )
    ),
}
SLASHED: Final = re.compile(r"\b(?P<a>\d{1,2})[/.](?P<b>\d{1,2})[/.](?P<year>\d{4})\b")


@dataclass(frozen=True, slots=True)
class StatedDate:
    """A date a text states; without a day where only the month is said."""

    words: str
    year: int | None
    month: int
    day: int | None
    start: int
    end: int

    def is_of(self, known: date) -> bool:
        """Whether a known day is the one stated."""
        return (
            self.month == known.month
            and self.year in (None, known.year)
            and self.day in (None, known.day)
        )


def dates(text: str, language: Language) -> Iterator[StatedDate]:
    """Return the dates a text states, however written."""
    taken: list[tuple[int, int]] = []
    for pattern in FORMS[language]:
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            if language == "en" and match["month"] == "may" and not match.groupdict().get("year"):
                continue  # the verb
            taken.append(match.span())
            yield _stated(match, language)
    for match in SLASHED.finditer(text):
        yield _slashed(match, language)


def _stated(match: re.Match[str], language: Language) -> StatedDate:
    parts = match.groupdict()
    month, day, year = parts["month"], parts.get("day"), parts.get("year")
    return StatedDate(
        match.group(),
        int(year) if year else None,
        int(month) if month.isdigit() else MONTHS[language][month.lower()],
        None if day is None else _day(day),
        match.start(),
        match.end(),
    )


def _day(said: str) -> int:
    return int(said) if said.isdigit() else 1  # "primero", "1.º"


def _slashed(match: re.Match[str], language: Language) -> StatedDate:
    """Read 11/01/2026: the month first in English where it can be one, second in Spanish."""
    a, b = int(match["a"]), int(match["b"])
    month, day = (b, a) if language == "es" or a > MONTHS_IN_YEAR else (a, b)
    return StatedDate(match.group(), int(match["year"]), month, day, *match.span())
