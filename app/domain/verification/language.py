"""How the checks read English: roots of words, sentences, and numbers with their units."""

import re
from dataclasses import dataclass
from decimal import Decimal

WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
NUMBER = re.compile(
    r"(?P<about>\b(?:about|around|roughly|approximately|nearly|almost)\s+)?"
    r"(?P<dollar>\$\s?)?(?P<digits>\d[\d,]*(?:\.\d+)?|\.\d+)"
    r"(?:\s?(?P<unit>%|percent\b|months?\b|years?\b|days?\b|points?\b|dollars?\b|times\b))?",
    re.IGNORECASE,
)
SPELLED = {
    word: Decimal(value)
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
} | {"half": Decimal("0.5"), "twice": Decimal(2), "double": Decimal(2), "dozen": Decimal(12)}
UNITS = {
    "%": "percent",
    "percent": "percent",
    "month": "months",
    "year": "years",
    "day": "days",
    "point": "points",
    "dollar": "usd",
    "times": "times",
    "": "",
}


@dataclass(frozen=True, slots=True)
class Stated:
    """A number as a text states it: `step` is the weight of its last digit."""

    words: str
    value: Decimal
    unit: str
    is_rounded: bool
    step: Decimal


def roots(text: str) -> list[str]:
    """Return the words of a text in lower case, with common endings taken off."""
    return [root(word) for word in WORD.findall(text)]


def root(word: str) -> str:
    """Take plural, possessive and verb endings off, so that `balances` is `balance`."""
    word = re.sub(r"['\u2019]s?$", "", word.lower())
    for ending in ("ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:  # noqa: PLR2004 -- a stem's least
            return word.removesuffix(ending)
    return word


def sentence_count(text: str) -> int:
    """Count sentences; text without a full stop is one."""
    return max(1, len(SENTENCE_END.findall(text.strip())))


def numbers(text: str) -> list[Stated]:
    """Return every number a text states, in figures or in words."""
    found = []
    for match in NUMBER.finditer(text):
        digits = match["digits"].replace(",", "")
        value = Decimal(digits)
        unit = UNITS[(match["unit"] or "").lower().rstrip("s").replace("time", "times")]
        if match["dollar"]:
            unit = "usd"
        exponent = value.as_tuple().exponent
        step = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
        found.append(Stated(match.group().strip(), value, unit, bool(match["about"]), step))
    found.extend(
        Stated(word, SPELLED[word], "", is_rounded=False, step=Decimal(1))
        for word in WORD.findall(text.lower())
        if word in SPELLED
    )
    return found
