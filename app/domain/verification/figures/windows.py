"""Stretches of time: over which a feature counts, and moments that no fact names."""

import re
from collections.abc import Sequence
from typing import Final

from app.domain.verification.figures.stated import Figures, Match
from app.domain.verification.licence import Licence
from app.domain.verification.quantities import Quantity
from app.domain.verification.text import listed
from app.domain.verification.times import in_months
from app.domain.verification.units import TIME

# Words before a stretch of time that make it the time during which something is counted.
DURING: Final = listed(
    "in within over during inside past last of across the a for span through throughout previous"
    " preceding window period en durante dentro de los un lapso por lo largo plazo"
)
DURING_REACH: Final = 4
# Words after it that make it a moment or a delay: "six months ago", "two months late".
NO_WINDOW: Final = listed("ago old late since atr\u00e1s past delinquent")
# "Two months out of six" names the window by its number alone.
OUT_OF: Final = ("out of", "of the", "of", "within", "inside", "de los", "de")
ATTACHED: Final = re.compile(r"\w-(?:month|year|day)")  # "a six-month period"
AGO: Final = re.compile(r"\s*(?:ago|earlier|atr\u00e1s|after)\b", re.IGNORECASE)
HACE: Final = re.compile(r"(?<!desde )\bhace\s*$", re.IGNORECASE)


def is_window(stated: Quantity, licence: Licence, figures: Figures) -> bool:
    """Whether it says over what stretch of time a feature counts."""
    if stated.bound not in {"exact", "over"}:
        return False  # "over the past six months" is during them
    after = figures.after(stated, 12).lower().split()
    if after and after[0].strip(".,;") in NO_WINDOW:
        return False
    if stated.bound == "exact" and not _is_during(stated, figures):
        return False
    if not stated.unit and figures.before(stated).rstrip().endswith(OUT_OF):
        return stated.value in licence.windows
    return stated.unit in TIME and in_months(stated.value, stated.unit) in licence.windows


def _is_during(stated: Quantity, figures: Figures) -> bool:
    if stated.is_past or ATTACHED.search(stated.words):
        return True
    before = figures.before(stated).lower().split()[-DURING_REACH:]
    return bool(DURING & {word.strip("(,;:") for word in before})


def is_ago(stated: Quantity, matches: Sequence[Match], figures: Figures) -> bool:
    """Whether a length of time is told as a moment, where the fact is no time since one."""
    if stated.unit not in TIME:
        return False
    is_moment = AGO.match(figures.text, stated.end) or HACE.search(figures.before(stated))
    since = {"t:since", "t:history", "t:opened"}
    return bool(is_moment) and not any(
        match.licence.own_tags & since or "since" in match.fact.feature for match in matches
    )
