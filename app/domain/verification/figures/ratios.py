"""Ratios keep what is over and what is under the line, and a share is no difference."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from app.domain.explanation import Language
from app.domain.verification.figures.stated import Figures, Match
from app.domain.verification.lexicon import Tags
from app.domain.verification.licence import Licence
from app.domain.verification.quantities import Quantity
from app.domain.verification.text import CLAUSE_END
from app.domain.verification.words.reading import english, lexicon_of

OF: Final[dict[Language, re.Pattern[str]]] = {
    "en": re.compile(
        r"\s*(?:of|times|out of)\b"
        r"(?:\s+(?:your|the|their|its|his|her|all|every|each|what|total|annual|monthly))*",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\s*(?:de|del|veces)\b(?:\s+(?:su|sus|el|la|los|las|tu|tus|lo que|total))*", re.IGNORECASE
    ),
}
RATIO: Final = re.compile(
    r"\b(?:proportion|ratio) of (?P<a>.+?) to (?P<b>.+)"
    r"|(?P<c>.+?) (?:in relation to|relative to|compared (?:to|with)|as a share of) (?P<d>.+)",
    re.IGNORECASE,
)
NAMED_RATIO: Final = re.compile(r"(?P<a>.+?)_(?:to|over|of)_(?P<b>.+)")
NO_SIDE: Final = frozenset({"t:amount", "t:proportion", "t:revolving"})
# Topics that stand under the line of ratios: another one than the reason's is another ratio.
UNDER_A_LINE: Final = frozenset({"t:income", "t:limit", "t:assets", "t:collateral", "t:disposable"})
GROWTH: Final = re.compile(r"growth|increase|change")
FIRST_TERMS: Final = 5


def sides_of_ratio(licence: Licence) -> tuple[Tags, Tags] | None:
    """The topics over and under the line of a ratio, by its statement or a feature's name."""
    found = RATIO.search(licence.reason.statement)
    if found is not None:
        return _topics(found["a"] or found["c"]), _topics(found["b"] or found["d"])
    for fact in licence.facts:
        named_so = NAMED_RATIO.fullmatch(fact.feature)
        if named_so is not None and fact.unit in {"ratio", "percent"}:
            over, under = named_so["a"], named_so["b"]
            return _topics(over.replace("_", " ")), _topics(under.replace("_", " "))
    return None


@lru_cache(maxsize=1024)
def _topics(name: str) -> Tags:
    return frozenset(tag for tag in english().tags_in(name) if tag.startswith("t:")) - NO_SIDE


def is_turned(stated: Quantity, matches: Sequence[Match], figures: Figures) -> bool:
    """Whether a ratio is told the other way round: "income is 1.35 times the debt"."""
    if stated.unit not in {"percent", "times", "fraction", ""}:
        return False
    joint = OF[figures.language].match(figures.text, stated.end)
    if stated.unit != "times" and joint is None:
        return False
    begin = stated.end if joint is None else joint.end()
    of_what = CLAUSE_END.split(figures.text[begin : begin + 60])[0]
    topics = [term.topics for term in lexicon_of(figures.language).read(of_what)[:FIRST_TERMS]]
    for match in matches:
        sides = sides_of_ratio(match.licence)
        if sides is None or match.fact.unit not in {"ratio", "percent"}:
            continue
        over, under = sides
        if any(one & under for one in topics):
            return False
        if any(one & (over | UNDER_A_LINE) for one in topics):
            return True
    return False


def is_told_as_difference(stated: Quantity, matches: Sequence[Match], figures: Figures) -> bool:
    """Whether a share is told as a difference, "over your limits by 92 %", or growth as a level."""
    if stated.unit != "percent":
        return False
    before = figures.before(stated).lower().split()[-1:]
    grows = any(GROWTH.search(match.fact.feature) for match in matches)
    return before == (["to"] if grows else ["by"])
