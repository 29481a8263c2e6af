"""Numbers said in words, in English and in Spanish."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from app.domain.explanation import Language

Numeral = tuple[Decimal, int]  # the value, and how many words said it

_ENGLISH_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
)
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SPANISH_UNITS = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince"
    " dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro"
    " veinticinco veintiséis veintisiete veintiocho veintinueve"
)
_SPANISH_TENS = "treinta cuarenta cincuenta sesenta setenta ochenta noventa"
_SPANISH_HUNDREDS = (
    "doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos"
    " novecientos"
)


def _counted(words: str, first: int = 0, step: int = 1) -> dict[str, int]:
    return {word: step * number for number, word in enumerate(words.split(), start=first)}


UNITS: Final[dict[Language, dict[str, int]]] = {
    "en": _counted(_ENGLISH_UNITS) | _counted(_ENGLISH_TENS, 2, 10),
    "es": _counted(_SPANISH_UNITS)
    | _counted(_SPANISH_TENS, 3, 10)
    | {"una": 1, "veinti\u00fan": 21, "veintiuna": 21, "dieciseis": 16, "veintidos": 22}
    | {"veintitres": 23, "veintiseis": 26}
    | _counted(_SPANISH_HUNDREDS, 2, 100)
    | _counted(re.sub(r"os\b", "as", _SPANISH_HUNDREDS), 2, 100)
    | {"cien": 100, "ciento": 100},
}
SCALES: Final[dict[Language, dict[str, int]]] = {
    "en": {"hundred": 100, "thousand": 1000, "million": 1_000_000},
    "es": {"mil": 1000, "mill\u00f3n": 1_000_000, "millones": 1_000_000},
}
JOINS: Final[dict[Language, str]] = {"en": "and", "es": "y"}
POINTS: Final[dict[Language, tuple[str, ...]]] = {"en": ("point",), "es": ("coma", "punto")}
FRACTIONS: Final[dict[Language, dict[str, Decimal]]] = {
    "en": {
        "half": Decimal("0.5"),
        "third": Decimal(1) / 3,
        "thirds": Decimal(1) / 3,
        "quarter": Decimal("0.25"),
        "quarters": Decimal("0.25"),
        "fifth": Decimal("0.2"),
        "fifths": Decimal("0.2"),
        "tenth": Decimal("0.1"),
        "tenths": Decimal("0.1"),
        "sixth": Decimal(1) / 6,
        "seventh": Decimal(1) / 7,
        "eighth": Decimal("0.125"),
        "eighths": Decimal("0.125"),
        "ninth": Decimal(1) / 9,
        "twelfth": Decimal(1) / 12,
        "twentieth": Decimal("0.05"),
        "hundredth": Decimal("0.01"),
        "hundredths": Decimal("0.01"),
    },
    "es": {
        "mitad": Decimal("0.5"),
        "tercio": Decimal(1) / 3,
        "tercios": Decimal(1) / 3,
        "cuarto": Decimal("0.25"),
        "cuartos": Decimal("0.25"),
        "cuarta": Decimal("0.25"),
        "quinto": Decimal("0.2"),
        "quintos": Decimal("0.2"),
        "d\u00e9cimo": Decimal("0.1"),
        "d\u00e9cimos": Decimal("0.1"),
        "d\u00e9cimas": Decimal("0.1"),
    },
}


HUNDRED: Final = 100
# The tens that Spanish joins to a unit by "y": treinta y uno; up to 29 it is one word.
JOINED_TENS: Final = range(30, 91)


def read_numeral(said: Sequence[str], language: Language) -> Numeral | None:
    """Read the longest number that begins a list of lower-case words.

    `["ninety", "two", "percent"]` is 92 in two words; None if no number begins it.
    """
    value, used = _whole(said, language)
    if not used:
        return None
    digits = _decimals(said, used, language) if _is_point(said, used, language) else ""
    if digits:
        return value + Decimal(f"0.{digits}"), used + 1 + len(digits)
    return value, used


def _whole(said: Sequence[str], language: Language) -> Numeral:
    """Read a whole number: a group below a thousand, times its scale, plus the next group."""
    units, scales = UNITS[language], SCALES[language]
    total, group, used = Decimal(0), Decimal(0), 0
    last = ""
    for at, word in enumerate(said):
        if word in units:
            if last in units and not _continues(units[last], units[word], language):
                break
            group += units[word]
        elif word in scales and (group or (language == "es" and word == "mil")):
            if scales[word] == HUNDRED:  # it multiplies within its group
                group *= HUNDRED
            else:
                total += (group or Decimal(1)) * scales[word]
                group = Decimal(0)
        elif used and _joins(said, at, last, language):
            last = word
            continue
        else:
            break
        last = word
        used = at + 1
    return total + group, used


def _joins(said: Sequence[str], at: int, last: str, language: Language) -> bool:
    """Whether a word joins two parts of one number: `two hundred and six`, `treinta y uno`."""
    if said[at] != JOINS[language] or at + 1 >= len(said) or said[at + 1] not in UNITS[language]:
        return False
    if language == "en":
        return last in SCALES["en"]
    return UNITS["es"].get(last, 0) in JOINED_TENS


def _continues(before: int, after: int, language: Language) -> bool:
    """Whether two number words next to each other make one number: `ninety two`."""
    if before >= HUNDRED:
        return after < HUNDRED
    is_ten = before >= 20 and before % 10 == 0  # noqa: PLR2004 -- twenty is the first
    return language == "en" and is_ten and 0 < after < 10  # noqa: PLR2004 -- one digit


def _is_point(said: Sequence[str], at: int, language: Language) -> bool:
    return at + 1 < len(said) and said[at] in POINTS[language]


def _decimals(said: Sequence[str], at: int, language: Language) -> str:
    """Return the digits said after a decimal point: `four point nine five`."""
    units = UNITS[language]
    digits = ""
    for word in said[at + 1 :]:
        if units.get(word, 10) >= 10:  # noqa: PLR2004 -- one digit
            break
        digits += str(units[word])
    return digits
