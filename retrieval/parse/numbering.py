"""Recognises headings by their words alone, where a format marks none."""

import re

MAX_HEADING = 120
KEYWORDS = {
    "part": 1,
    "chapter": 1,
    "title": 1,
    "annex": 1,
    "appendix": 1,
    "schedule": 1,
    "section": 2,
    "article": 2,
}
KEYWORD = re.compile(
    rf"({'|'.join(KEYWORDS)})\s+(?:\d+(?:\.\d+)*[a-z]?|[ivxlc]+|[a-z])"
    r"(?P<rest>\s*[.:)\u2013\u2014-]?\s*$|\s*[.:)\u2013\u2014-]\s*\S.*|\s+[A-Z0-9(\"\u201c].*)",
    re.IGNORECASE,
)
NUMBERED = re.compile(r"(?P<number>\d{1,3}(?:\.\d{1,3}){0,4})(?P<dot>\.?)\s+(?P<title>\S.*)")
ENDS_A_SENTENCE = (".", ";", ",", ":", "?", "!")
MIN_CAPITALS = 4


def heading_level(line: str) -> int | None:
    """Return the level of a line that reads as a heading, None where it need not be one.

    1: 'ALL CAPS', Part, Chapter, Annex; 2: Section, Article, '1. Title'; 3: '1.1 Title', and so
    on. A line that ends as a sentence does is none: a section less costs less than one invented.
    """
    line = line.strip()
    if not line or len(line) > MAX_HEADING or line.endswith(ENDS_A_SENTENCE):
        return None
    if (found := KEYWORD.fullmatch(line)) and line[0].isupper():
        rest = found["rest"].strip()
        # "Section 4 Applies" may open a sentence, "Section 4: Applies" and "SECTION 4" do not.
        return KEYWORDS[found[1].lower()] if _titled(rest.lstrip(".:)-\u2013\u2014 ")) else None
    if found := NUMBERED.fullmatch(line):
        depth = found["number"].count(".")
        plain_count = depth == 0 and not found["dot"]  # "30 days" counts, it numbers nothing
        return None if plain_count or not _titled(found["title"]) else min(depth + 2, 6)
    letters = [c for c in line if c.isalpha()]
    if len(letters) >= MIN_CAPITALS and all(c.isupper() for c in letters):
        return 1  # scripts without case have no upper case either, so they never match
    return None


def numbered_depth(line: str) -> int | None:
    """Return how deep a line's number goes: 0 for '1. a', 1 for '1.1 a', None without one."""
    found = NUMBERED.fullmatch(line)
    return found["number"].count(".") if found else None


def _titled(title: str) -> bool:
    return not title or not title[0].islower()
