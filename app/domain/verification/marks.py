"""What a text names rather than says: quoted words, citations, codes and dates."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from app.domain.explanation import EvidencePassage
from app.domain.explanation import Language
from app.domain.verification.text import Span

QUOTED = re.compile(r"[\"\u201c\u00ab]([^\"\u201c\u201d\u00ab\u00bb]{3,})[\"\u201d\u00bb]")
CITED = re.compile(
    r"(?:(?:section|sections|sec\.|\u00a7+|secci\u00f3n|la secci\u00f3n)\s*)?\b\d{2}\s*(?:CFR|C\.F\.R\.|U\.?S\.?C\.?|USC)\s*(?:\u00a7+\s*|Part\s+|part\s+)?\d+[\d.a-z-]*(?:\(\w+\))*(?:-\d+)?"
    r"|(?:official\s+)?(?:(?:Reg(?:ulation)?|Reglamento|Regulaci\u00f3n)\.?\s+[A-Z]\s+)?(?:[Cc]omments?|[Cc]omentarios?|[Cc]ommentary)\s+\d*\(?\w*\)?(?:\(\w+\))*-\d+"
    r"|(?:[Cc]omments?|[Cc]omentarios?)\s+-\d+"
    r"|\b\d+\([a-z]\)(?:\(\w+\))*(?:-\d+)?"
    r"|(?:[Ss]ection|[Ss]ecci\u00f3n|\u00a7+|[Aa]rt(?:icle|\u00edculo)?s?\.?|[Pp]aragraph|[Pp]\u00e1rrafo|\u00b6+)\s*\d+[A-Z]?[\d.]*(?:\(\w+\))*(?:-\d+)?(?:\s+(?:of\s+the\s+|del\s+)?(?:UK\s+)?(?:GDPR|RGPD|AI Act))?"
    r"|(?:Reg(?:ulation)?|Reglamento|Regulaci\u00f3n|Norma)\.?\s+[A-Z]\b"
    r"|(?:UK\s+)?GDPR\b|RGPD\b|\bAI Act\b|\bECOA\b|\bFCRA\b|[Aa]ppendix\s+[A-Z]\b|[Aa]p\u00e9ndice\s+[A-Z]\b|\b(?:Sample\s+)?[Ff]orm\s+[A-Z]-\d+\b"
    r"|\b[Aa]rt(?:icle)?\.?\s+\d+(?:\(\w+\))*|(?:Equal Credit Opportunity|Fair Credit Reporting) Act\b"
)
NUMBERED = re.compile(r"(?:(?<=^)|(?<=[\s:;]))\(?(\d)\)(?=\s)|^(\d)\.\s")
CODE = re.compile(r"\b(?:C1|AP|X-[A-Z]{2})-\d{2}\b")
_MONTHS: dict[Language, dict[str, int]] = {
    "en": {
        name: at % 12 + 1
        for at, name in enumerate(
            [
                "january",
                "february",
                "march",
                "april",
                "may",
                "june",
                "july",
                "august",
                "september",
                "october",
                "november",
                "december",
                "jan",
                "feb",
                "mar",
                "apr",
                "may",
                "jun",
                "jul",
                "aug",
                "sep",
                "oct",
                "nov",
                "dec",
            ]
        )
    }
    | {"sept": 9},
    "es": {
        name: at + 1
        for at, name in enumerate(
            [
                "enero",
                "febrero",
                "marzo",
                "abril",
                "mayo",
                "junio",
                "julio",
                "agosto",
                "septiembre",
                "octubre",
                "noviembre",
                "diciembre",
            ]
        )
    }
    | {"setiembre": 9},
}
MONTHS_IN_YEAR = 12


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


def quoted(text: str) -> list[Span]:
    """Return what stands between quotation marks."""
    return [Span(m.group(1), m.start(), m.end()) for m in QUOTED.finditer(text)]


def cited(text: str) -> list[Span]:
    """Return the legal addresses a text names."""
    return [Span(m.group(), m.start(), m.end()) for m in CITED.finditer(text)]


def numbered(text: str) -> list[Span]:
    """Return the numbers that list reasons: "(1)", "2)"."""
    return [Span(m.group(1) or m.group(2), m.start(), m.end()) for m in NUMBERED.finditer(text)]


def codes(text: str) -> list[Span]:
    """Return the reason codes a text names."""
    return [Span(m.group(), m.start(), m.end()) for m in CODE.finditer(text)]


def is_address_of(named: str, passages: Iterable[EvidencePassage]) -> bool:
    """Whether a legal address named in a text is, or holds, that of a passage."""
    wanted = _parts(named)
    return any(_within(wanted, _parts(passage.citation)) for passage in passages)


def _within(wanted: list[str], held: list[str]) -> bool:
    return bool(wanted) and (
        any(held[at : at + len(wanted)] == wanted for at in range(len(held)))
        or set(wanted) <= set(held)
    )


def _parts(address: str) -> list[str]:
    """Part an address into its steps: `12 CFR 1002.9(b)(2)` into 12, cfr, 1002.9, b, 2."""
    lowered = (
        re.sub(r"ap(?:pen|\u00e9n)d(?:ix|ice)", "app", address.lower())
        .replace("regulation", "reg")
        .replace("article", "art")
    )
    lowered = lowered.replace("art\u00edculo", "art").replace("comentario", "comment")
    for kind in (
        "section",
        "secci\u00f3n",
        "\u00a7",
        "official",
        "the",
        "of",
        "del",
        "rgpd",
        "paragraph",
        "part",
        "la",
    ):
        lowered = re.sub(rf"(?<![a-z]){kind}(?![a-z])", " ", lowered)
    return re.findall(r"\d+[\d.]*\d|\d+|[a-z]+", lowered)


_EN = "|".join(_MONTHS["en"])
_ES = "|".join(_MONTHS["es"])
_DATE: dict[Language, tuple[re.Pattern[str], ...]] = {
    "en": (
        re.compile(
            rf"\b(?P<month>{_EN})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year>\d{{4}}))?\b",
            re.IGNORECASE,
        ),
        re.compile(
            rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_EN})\.?,?(?:\s+(?P<year>\d{{4}}))?\b",
            re.IGNORECASE,
        ),
        re.compile(rf"\b(?P<month>{_EN})\.?,?\s+(?P<year>\d{{4}})\b", re.IGNORECASE),
    ),
    "es": (
        re.compile(
            rf"\b(?P<day>\d{{1,2}}|primero|1\.?\u00ba)\s+de\s+(?P<month>{_ES})(?:\s+(?:de|del)\s+(?P<year>\d{{4}}))?\b",
            re.IGNORECASE,
        ),
        re.compile(rf"\b(?P<month>{_ES})\s+(?:de|del)\s+(?P<year>\d{{4}})\b", re.IGNORECASE),
    ),
}
_ISO = re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b")
_SLASHED = re.compile(r"\b(?P<a>\d{1,2})[/.](?P<b>\d{1,2})[/.](?P<year>\d{4})\b")


def dates(text: str, language: Language) -> Iterator[StatedDate]:
    """Return the dates a text states, however written."""
    taken: list[tuple[int, int]] = []
    for pattern in (_ISO, *_DATE[language]):
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            parts = match.groupdict()
            month = parts["month"]
            if language == "en" and month == "may" and not parts.get("year"):
                continue  # the verb
            number = int(month) if month.isdigit() else _MONTHS[language][month.lower()]
            day = parts.get("day")
            taken.append(match.span())
            yield StatedDate(
                match.group(),
                int(parts["year"]) if parts.get("year") else None,
                number,
                None if day is None else (int(day) if day.isdigit() else 1),
                match.start(),
                match.end(),
            )
    for match in _SLASHED.finditer(text):
        a, b = int(match["a"]), int(match["b"])
        month, day_of = (b, a) if language == "es" or a > MONTHS_IN_YEAR else (a, b)
        yield StatedDate(match.group(), int(match["year"]), month, day_of, *match.span())
