"""Finds what a PDF repeats on its pages: headers, footers and page numbers."""

import re
from collections import Counter, defaultdict

from retrieval.parse.pdf_words import Line

PAGE_NUMBER = re.compile(
    r"(?:[-\u2013\u2014]\s*)?(?:page|seite|p\.)?\s*(?:\d{1,4}|[ivxl]{1,7})(?:\s*(?:of|/|von)\s*\d{1,4})?(?:\s*[-\u2013\u2014])?",
    re.IGNORECASE,
)
DIGITS = re.compile(r"\d+")
OUTERMOST = 2  # headers and footers take two lines at most
SHARE = 0.4  # of the pages: left and right pages may alternate
ZONE = 0.15  # of the height that the text of a document takes


def without_furniture(lines: list[Line], body_size: float) -> list[Line]:
    """Return the lines without repeated headers and footers and without page numbers."""
    if not lines:
        return []
    pages: defaultdict[int, list[Line]] = defaultdict(list)
    for line in lines:
        pages[line.page].append(line)
    highest, lowest = max(line.top for line in lines), min(line.bottom for line in lines)
    zone = (highest - lowest) * ZONE
    outer: list[tuple[int, bool, Line]] = []
    for number, held in pages.items():
        by_height = sorted(held, key=lambda line: -line.top)
        outer += [
            (number, True, line) for line in by_height[:OUTERMOST] if line.top > highest - zone
        ]
        outer += [
            (number, False, line)
            for line in by_height[-OUTERMOST:]
            if line.bottom < lowest + zone and line.bottom < highest - zone
        ]
    seen = Counter((key, above) for _, key, above in {(n, _key(x), a) for n, a, x in outer})
    enough = max(2, SHARE * len(pages))
    exact = Counter((text, above) for _, text, above in {(n, x.text, a) for n, a, x in outer})
    dropped = {
        id(line)
        for _, above, line in outer
        if PAGE_NUMBER.fullmatch(line.text.strip())
        or exact[line.text, above] >= enough
        # "Section 1", "Section 2" at the tops of pages are headings where they are set larger.
        or (seen[_key(line), above] >= enough and line.size <= body_size and not line.bold)
    }
    return [line for line in lines if id(line) not in dropped]


def _key(line: Line) -> str:
    return DIGITS.sub("#", line.text)
