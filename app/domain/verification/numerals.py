"""Numbers said in words, in English and in Spanish."""

from decimal import Decimal
from typing import Literal

Numeral = tuple[Decimal, int]  # the value, and how many words said it
Tongue = Literal["en", "es"]

_ENGLISH_UNITS = [
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
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_ENGLISH_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SPANISH_UNITS = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
]
_SPANISH_TENS = ["treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"]
_SPANISH_HUNDREDS = [
    "doscientos",
    "trescientos",
    "cuatrocientos",
    "quinientos",
    "seiscientos",
    "setecientos",
    "ochocientos",
    "novecientos",
]

UNITS: dict[Tongue, dict[str, int]] = {
    "en": {word: n for n, word in enumerate(_ENGLISH_UNITS)}
    | {word: 10 * n for n, word in enumerate(_ENGLISH_TENS, start=2)},
    "es": {word: n for n, word in enumerate(_SPANISH_UNITS)}
    | {word: 10 * n for n, word in enumerate(_SPANISH_TENS, start=3)}
    | {"una": 1, "veinti\u00fan": 21, "veintiuna": 21, "dieciseis": 16, "veintidos": 22}
    | {"veintitres": 23, "veintiseis": 26}
    | {word: 100 * n for n, word in enumerate(_SPANISH_HUNDREDS, start=2)}
    | {word[:-2] + "as": 100 * n for n, word in enumerate(_SPANISH_HUNDREDS, start=2)}
    | {"cien": 100, "ciento": 100},
}
SCALES: dict[Tongue, dict[str, int]] = {
    "en": {"hundred": 100, "thousand": 1000, "million": 1_000_000},
    "es": {"mil": 1000, "mill\u00f3n": 1_000_000, "millones": 1_000_000},
}
JOINS: dict[Tongue, str] = {"en": "and", "es": "y"}
POINTS: dict[Tongue, tuple[str, ...]] = {"en": ("point",), "es": ("coma", "punto")}
FRACTIONS: dict[Tongue, dict[str, Decimal]] = {
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


def read_numeral(said: list[str], tongue: Tongue) -> Numeral | None:
    """Read the longest number that begins a list of lower-case words.

    `["ninety", "two", "percent"]` is 92 in two words; None if no number begins it.
    """
    units, scales, join = UNITS[tongue], SCALES[tongue], JOINS[tongue]
    total, group, at, used = Decimal(0), Decimal(0), 0, 0
    last = ""
    while at < len(said):
        word = said[at]
        if word in units:
            if last in units and not _continues(units[last], units[word], tongue):
                break
            group += units[word]
        elif word in scales and (group or (tongue == "es" and word == "mil")):
            scale = scales[word]
            if scale == 100:  # noqa: PLR2004 -- a hundred multiplies within its group
                group *= scale
            else:
                total += (group or Decimal(1)) * scale
                group = Decimal(0)
        elif word == join and used and at + 1 < len(said) and said[at + 1] in units:
            if last not in units and last not in scales:
                break
            if tongue == "en" and last not in scales:
                break
            if tongue == "es" and not 30 <= units.get(last, 0) <= 90:  # noqa: PLR2004
                break
            at += 1
            last = join
            continue
        else:
            break
        last = word
        at += 1
        used = at
    if not used:
        return None
    value = total + group
    if used + 1 < len(said) and said[used] in POINTS[tongue]:
        digits = []
        at = used + 1
        while at < len(said) and said[at] in units and units[said[at]] < 10:  # noqa: PLR2004
            digits.append(str(units[said[at]]))
            at += 1
        if digits:
            return value + Decimal("0." + "".join(digits)), at
    return value, used


def _continues(before: int, after: int, tongue: Tongue) -> bool:
    """Whether two number words next to each other make one number: `ninety two`."""
    if before >= 100:  # noqa: PLR2004
        return after < 100  # noqa: PLR2004
    return tongue == "en" and before >= 20 and before % 10 == 0 and 0 < after < 10  # noqa: PLR2004
