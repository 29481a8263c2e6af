"""The words that measure: units, what stands before a number, halves and dozens."""

from decimal import Decimal
from typing import Final, Literal

from app.domain.explanation import Language
from app.domain.verification.text import listed
from app.domain.verification.tokens import Line

Bound = Literal["exact", "about", "over", "under", "just over", "just under"]
Phrase = tuple[str, ...]

TIME: Final = listed("months years days weeks quarters_of_year half_years decades")


def _by_word(groups: dict[str, str]) -> dict[str, str]:
    return {word: unit for unit, words in groups.items() for word in words.split()}


UNIT_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": _by_word(
        {
            "percent": "% percent pct",
            "cents": "cents",
            "months": "month months mo mos",
            "years": "year years yr yrs",
            "days": "day days",
            "weeks": "week weeks",
            "quarters_of_year": "quarters",
            "decades": "decade decades",
            "points": "point points",
            "usd": "dollar dollars usd",
            "eur": "euro euros eur \u20ac",
            "gbp": "pound pounds gbp \u00a3",
            "times": "times x fold",
            "bps": "bps",
        }
    ),
    "es": _by_word(
        {
            "percent": "%",
            "cents": "centavos",
            "months": "mes meses",
            "years": "a\u00f1o a\u00f1os",
            "days": "d\u00eda d\u00edas",
            "weeks": "semana semanas",
            "quarters_of_year": "trimestre trimestres",
            "half_years": "semestre semestres",
            "points": "punto puntos",
            "usd": "$ d\u00f3lar d\u00f3lares usd",
            "eur": "\u20ac euro euros eur",
            "times": "veces",
        }
    ),
}
UNIT_PHRASES: Final[dict[Language, dict[Phrase, str]]] = {
    "en": {
        ("per", "cent"): "percent",
        ("percentage", "points"): "percentage_points",
        ("basis", "points"): "bps",
        ("per", "hundred"): "percent",
    },
    "es": {
        ("por", "ciento"): "percent",
        ("por", "cien"): "percent",
        ("puntos", "porcentuales"): "percentage_points",
        ("puntos", "b\u00e1sicos"): "bps",
    },
}
# What may stand between a number and its unit: "24 full months".
BEFORE_UNIT: Final = listed("full whole completed consecutive completos enteros calendar us u.s.")


def _by_phrase(groups: dict[Bound, str]) -> dict[str, Bound]:
    return {
        phrase.strip(): bound for bound, phrases in groups.items() for phrase in phrases.split(",")
    }


BOUNDS: Final[dict[Language, dict[str, Bound]]] = {
    "en": _by_phrase(
        {
            "about": "about, around, roughly, approximately, approx, approx., close to, some,"
            " circa,"
            " near, essentially, in the region of, or so, just about",
            "just over": "just over, just above, just more than, a little over, a little more than,"
            " slightly over, slightly above, slightly more than, a bit over, a bit more than,"
            " barely over",
            "just under": "just under, just below, just less than, nearly, almost, practically,"
            " virtually, a little under, a little less than, slightly under, slightly below,"
            " slightly less than, a bit under, not quite, short of",
            "over": "over, above, more than, upwards of, in excess of, exceeding, exceeds,"
            " exceeded,"
            " greater than, higher than, well over, longer than",
            "under": "under, below, less than, fewer than, lower than, shorter than",
        }
    ),
    "es": _by_phrase(
        {
            "about": "cerca de, cerca del, alrededor de, alrededor del, aproximadamente, unos,"
            " unas,"
            " en torno a, en torno al, aprox, aprox., m\u00e1s o menos, cercano al, cercano a,"
            " cercana al, cercana a",
            "just over": "poco m\u00e1s de, poco m\u00e1s del, algo m\u00e1s de, algo m\u00e1s del",
            "just under": "casi, poco menos de, poco menos del, algo menos de, algo menos del,"
            " pr\u00e1cticamente",
            "over": "m\u00e1s de, m\u00e1s del, por encima de, por encima del, superior a,"
            " superiores a,"
            " superior al, superan, supera, mayor de, mayor a, mayores a, mayor que",
            "under": "menos de, menos del, por debajo de, por debajo del, inferior a, inferiores a,"
            " inferior al, menor de, menor a, menores a, menor que",
        }
    ),
}
LONGEST_BOUND: Final = 5  # words
ABOUT_SIGNS: Final = frozenset("~\u2248")

ARTICLES: Final[dict[Language, frozenset[str]]] = {
    "en": listed("a an the one"),
    "es": listed("un una el la los las del al"),
}
HALVES: Final[dict[Language, tuple[Phrase, ...]]] = {
    "en": (("and", "a", "half"), ("and", "one", "half")),
    "es": (("y", "medio"), ("y", "media")),
}
PAST: Final[dict[Language, frozenset[str]]] = {
    "en": listed("past last previous prior preceding trailing latest recent"),
    "es": listed(
        "\u00faltimo \u00faltimos \u00faltima \u00faltimas pasado pasados pasada pasadas anterior"
        " anteriores previos previo recientes"
    ),
}
DOZENS: Final = {
    "dozen": Decimal(12),
    "docena": Decimal(12),
    "couple": Decimal(2),
    "pair": Decimal(2),
    "par": Decimal(2),
}
GLYPHS: Final = {
    "\u00bd": Decimal("0.5"),
    "\u00bc": Decimal("0.25"),
    "\u00be": Decimal("0.75"),
}
SCALES: Final = {
    "thousand": 1000,
    "k": 1000,
    "mil": 1000,
    "million": 1_000_000,
    "millones": 1_000_000,
}
MULTIPLES: Final = {"once": 1, "twice": 2, "double": 2, "doble": 2, "thrice": 3, "triple": 3}


def unit_at(line: Line, at: int) -> tuple[str, int]:
    """Return the unit named at a place, "" if none is, and the place after it."""
    for phrase, unit in UNIT_PHRASES[line.language].items():
        if line.has(phrase, at):
            return unit, at + len(phrase)
    names = UNIT_WORDS[line.language]
    named = names.get(line.word(at).removesuffix("'s"))
    if named is not None:
        return named, at + 1
    if line.word(at) in BEFORE_UNIT and line.word(at + 1) in names:
        return names[line.word(at + 1)], at + 2
    return "", at
