"""Legal citations in free text: parsed into the addresses that passages carry."""

import re

from retrieval.passages import Citation

PARAGRAPHS = r"(?:\([a-zA-Z0-9]{1,5}\))*"
REGULATION_B, REGULATION_B_PART = "Reg B", 1002
PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            rf"\b(?:12\s*C\.?F\.?R\.?\s*)?(?:§+\s*)?(10\d\d\.\d+{PARAGRAPHS})", re.IGNORECASE
        ),
        "12 CFR {0}",
    ),
    (
        re.compile(
            r"\b(?:reg(?:ulation)?\.?\s*([bcexz])\s+)?comment\s+"
            rf"(\d+{PARAGRAPHS}-\d+(?:\.[ivx]+)?)",
            re.IGNORECASE,
        ),
        "Reg {0} Comment {1}",
    ),
    (
        re.compile(
            rf"\b15\s*U\.?S\.?C\.?\s*(?:§+\s*)?(16\d\d[a-z]?(?:-\d+)?{PARAGRAPHS})", re.IGNORECASE
        ),
        "15 USC {0}",
    ),
    (
        re.compile(
            rf"\b(UK GDPR|GDPR|AI Act)\s+art(?:icle|\.)?\s*(\d+[A-D]?{PARAGRAPHS})", re.IGNORECASE
        ),
        "{0} Art. {1}",
    ),
    (
        re.compile(
            rf"\bart(?:icle|\.)?\s*(\d+[A-D]?{PARAGRAPHS})\s*(?:of\s+(?:the\s+)?)?"
            r"(UK GDPR|GDPR|AI Act)",
            re.IGNORECASE,
        ),
        "{1} Art. {0}",
    ),
    (re.compile(r"\b(UK GDPR|GDPR|AI Act)\s+recital\s+(\d+)", re.IGNORECASE), "{0} Recital {1}"),
    (
        re.compile(
            r"\brecital\s+(\d+)\s+(?:of\s+(?:the\s+)?)?(UK GDPR|GDPR|AI Act)", re.IGNORECASE
        ),
        "{1} Recital {0}",
    ),
)
SPELLED = {"uk gdpr": "UK GDPR", "gdpr": "GDPR", "ai act": "AI Act"}


def find_citations(text: str) -> tuple[Citation, ...]:
    """Return the addresses that a question names, in order, each once."""
    found: dict[int, Citation] = {}
    for pattern, form in PATTERNS:
        for match in pattern.finditer(text):
            parts = [_spell(part or REGULATION_B[-1]) for part in match.groups()]
            found.setdefault(match.start(), Citation(form.format(*parts)))
    return tuple(dict.fromkeys(found[at] for at in sorted(found)))


def enclosing(citation: Citation) -> tuple[Citation, ...]:
    """Return the citation and its parents, nearest first: (a)(2)(i), (a)(2), (a), section."""
    chain = [citation]
    while match := re.match(r"^(.*)\([a-zA-Z0-9]{1,5}\)$", chain[-1]):
        chain.append(Citation(match.group(1)))
    return tuple(chain)


def _spell(part: str) -> str:
    if part.lower() in SPELLED:
        return SPELLED[part.lower()]
    return part.upper() if len(part) == 1 else part
