"""What a text names rather than says: quoted words, legal addresses, numbers of a list, codes."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from app.domain.explanation import EvidencePassage
from app.domain.verification.text import Span

QUOTED: Final = re.compile(r"[\"\u201c\u00ab]([^\"\u201c\u201d\u00ab\u00bb]{3,})[\"\u201d\u00bb]")
_SUBPARAGRAPHS = r"(?:\(\w+\))*(?:-\d+)?"  # "(b)(2)-5"
_REGULATION = r"(?:Reg(?:ulation)?|Reglamento|Regulaci\u00f3n"
CITED: Final = re.compile(
    # 12 CFR 1002.9(b)(2), 15 U.S.C. 1691
    r"(?:(?:section|sections|sec\.|\u00a7+|secci\u00f3n|la secci\u00f3n)\s*)?"
    r"\b\d{2}\s*(?:CFR|C\.F\.R\.|U\.?S\.?C\.?|USC)\s*(?:\u00a7+\s*|Part\s+|part\s+)?\d+[\d.a-z-]*"
    rf"{_SUBPARAGRAPHS}"
    # official comment 9(b)(2)-5, comment -5
    rf"|(?:official\s+)?(?:{_REGULATION})\.?\s+[A-Z]\s+)?"
    r"(?:[Cc]omments?|[Cc]omentarios?|[Cc]ommentary)\s+\d*\(?\w*\)?(?:\(\w+\))*-\d+"
    r"|(?:[Cc]omments?|[Cc]omentarios?)\s+-?\d+\b(?!\()"
    # 9(b)(2), article 22(3) GDPR
    rf"|\b\d+\([a-z]\){_SUBPARAGRAPHS}"
    r"|(?:[Ss]ection|[Ss]ecci\u00f3n|\u00a7+|[Aa]rt(?:icle|\u00edculo)?s?\.?|[Pp]aragraph|[Pp]\u00e1rrafo|\u00b6+)"
    rf"\s*\d+[A-Z]?[\d.]*{_SUBPARAGRAPHS}"
    r"(?:\s+(?:of\s+the\s+|del\s+)?(?:UK\s+)?(?:GDPR|RGPD|AI Act))?"
    # names alone
    rf"|{_REGULATION}|Norma)\.?\s+[A-Z]\b"
    r"|(?:UK\s+)?GDPR\b|RGPD\b|\bAI Act\b|\bECOA\b|\bFCRA\b"
    r"|[Aa]ppendix\s+[A-Z]\b|[Aa]p\u00e9ndice\s+[A-Z]\b|\b(?:Sample\s+)?[Ff]orm\s+[A-Z]-\d+\b"
    r"|\b[Aa]rt(?:icle)?\.?\s+\d+(?:\(\w+\))*"
    r"|(?:Equal Credit Opportunity|Fair Credit Reporting) Act\b"
)
NUMBERED: Final = re.compile(
    r"(?:(?<=^)|(?<=[\s:;]))\(?(\d)\)(?=\s)|^(\d)\.\s"
    r"|\b(?:reason|factor|motivo|raz\u00f3n) (?:n\.? ?)?(\d)\b(?! %|%| months| years)",
    re.IGNORECASE,
)
CODE: Final = re.compile(r"\b(?:C1|AP|X-[A-Z]{2})-\d{2}\b")


def quoted(text: str) -> list[Span]:
    """Return what stands between quotation marks."""
    return [Span(m.group(1), m.start(), m.end()) for m in QUOTED.finditer(text)]


def cited(text: str) -> list[Span]:
    """Return the legal addresses a text names."""
    return [Span(m.group(), m.start(), m.end()) for m in CITED.finditer(text)]


def numbered(text: str) -> list[Span]:
    """Return the numbers that list reasons: "(1)", "2)"."""
    return [Span(m[m.lastindex or 0], m.start(), m.end()) for m in NUMBERED.finditer(text)]


def codes(text: str) -> list[Span]:
    """Return the reason codes a text names."""
    return [Span(m.group(), m.start(), m.end()) for m in CODE.finditer(text)]


def is_address_of(named: str, passages: Iterable[EvidencePassage]) -> bool:
    """Whether a legal address named in a text is, or holds, that of a passage."""
    wanted = _steps(named)
    part = PARTS.get(" ".join(wanted))
    if part is not None:
        return any(part & set(_steps(passage.citation)) for passage in passages)
    return any(_within(wanted, _steps(passage.citation)) for passage in passages)


# What a regulation or an act is called, and the parts of the code that hold it.
PARTS: Final = {
    "reg b": frozenset({"1002", "b"}),
    "reg v": frozenset({"1022", "v"}),
    "reg z": frozenset({"1026", "z"}),
    "reg c": frozenset({"1003", "c"}),
    "ecoa": frozenset({"1002", "1691", "b"}),
    "equal credit opportunity act": frozenset({"1002", "1691", "b"}),
    "fcra": frozenset({"1681", "1681m", "1022", "v"}),
    "fair credit reporting act": frozenset({"1681", "1681m", "1022", "v"}),
}


def _within(wanted: tuple[str, ...], held: tuple[str, ...]) -> bool:
    return bool(wanted) and (
        any(held[at : at + len(wanted)] == wanted for at in range(len(held)))
        or set(wanted) <= set(held)
    )


# Words of an address that tell no step of it, and names under which a step also goes.
_NO_STEPS: Final = re.compile(
    r"(?<![a-z])(?:section|secci\u00f3n|\u00a7|official|the|of|del|rgpd|paragraph|part|la)(?![a-z])"
)
_SAME_STEPS: Final = (
    (re.compile(r"ap(?:pen|\u00e9n)d(?:ix|ice)"), "app"),
    (re.compile(r"regulation"), "reg"),
    (re.compile(r"article|art\u00edculo"), "art"),
    (re.compile(r"comentario"), "comment"),
)
_STEP: Final = re.compile(r"\d+[\d.]*\d|\d+|[a-z]+")


@lru_cache(maxsize=4096)
def _steps(address: str) -> tuple[str, ...]:
    """Part an address into its steps: `12 CFR 1002.9(b)(2)` into 12, cfr, 1002.9, b, 2."""
    lowered = address.lower()
    for pattern, name in _SAME_STEPS:
        lowered = pattern.sub(name, lowered)
    return tuple(_STEP.findall(_NO_STEPS.sub(" ", lowered)))
