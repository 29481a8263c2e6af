"""The quantities a text states, in figures or in words, with their units."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from app.domain.verification.numerals import FRACTIONS, Tongue, read_numeral
from app.domain.verification.text import plain

Bound = Literal["exact", "about", "over", "under", "just over", "just under"]

DIGITS: dict[Tongue, re.Pattern[str]] = {
    "en": re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"),
    "es": re.compile(
        r"\d{1,3}(?:[.\u202f\u00a0 ]\d{3})+(?!\d)(?:,\d+)?|\d+(?:,\d+)?(?!\d)|\d+(?:\.\d+)?"
    ),
}
ENGLISH_ONLY = re.compile(r"\d\.\d{1,2}(?!\d)|\d\.\d{4,}|\d,\d{3}(?!\d)")
TOKEN = re.compile(
    r"(?P<word>[^\W\d_]+(?:'[^\W\d_]+)?\.?)|(?P<digits>\d[\d.,\u202f\u00a0]*\d|\d|\.\d+)|(?P<sign>[%$\u20ac\u00a3~\u2248\u00bd\u00bc\u00be+-])|(?P<other>\S)"
)

UNIT_WORDS: dict[Tongue, dict[str, str]] = {
    "en": {
        "%": "percent", "percent": "percent", "pct": "percent", "cents": "cents",
        "month": "months", "months": "months", "mo": "months", "mos": "months",
        "year": "years", "years": "years", "yr": "years", "yrs": "years",
        "day": "days", "days": "days", "week": "weeks", "weeks": "weeks",
        "point": "points", "points": "points", "dollar": "usd", "dollars": "usd", "usd": "usd",
        "times": "times", "x": "times", "bps": "bps", "decades": "decades", "decade": "decades",
        "quarters": "quarters_of_year", "fold": "times",
    },
    "es": {
        "%": "percent", "mes": "months", "meses": "months", "a\u00f1o": "years", "a\u00f1os": "years",
        "d\u00eda": "days", "d\u00edas": "days", "semana": "weeks", "semanas": "weeks",
        "punto": "points", "puntos": "points", "$": "usd", "\u20ac": "eur", "d\u00f3lar": "usd", "d\u00f3lares": "usd", "usd": "usd",
        "veces": "times", "centavos": "cents", "trimestres": "quarters_of_year", "trimestre": "quarters_of_year",
        "semestre": "half_years", "semestres": "half_years",
    },
}  # fmt: skip
UNIT_PHRASES: dict[Tongue, dict[tuple[str, ...], str]] = {
    "en": {("per", "cent"): "percent", ("percentage", "points"): "percentage_points",
           ("basis", "points"): "bps", ("per", "hundred"): "percent"},
    "es": {("por", "ciento"): "percent", ("por", "cien"): "percent",
           ("puntos", "porcentuales"): "percentage_points", ("puntos", "b\u00e1sicos"): "bps"},
}  # fmt: skip
BEFORE: dict[Tongue, dict[str, Bound]] = {
    "en": {
        "about": "about", "around": "about", "roughly": "about", "approximately": "about",
        "approx": "about", "approx.": "about", "nearly": "just under", "almost": "just under", "close to": "about", "some": "about",
        "circa": "about", "near": "about", "practically": "just under", "virtually": "just under",
        "essentially": "about", "in the region of": "about", "or so": "about", "just about": "about",
        "just over": "just over", "just under": "just under", "just above": "just over", "just below": "just under",
        "a little over": "just over", "a little under": "just under", "a little more than": "just over",
        "a little less than": "just under", "slightly over": "just over", "slightly under": "just under",
        "slightly above": "just over", "slightly below": "just under", "slightly more than": "just over",
        "slightly less than": "just under", "just more than": "just over", "just less than": "just under",
        "a bit over": "just over", "a bit under": "just under", "a bit more than": "just over", "barely over": "just over",
        "over": "over", "above": "over", "more than": "over", "upwards of": "over",
        "in excess of": "over", "exceeding": "over", "exceeds": "over", "exceeded": "over",
        "greater than": "over", "higher than": "over", "well over": "over", "longer than": "over",
        "under": "under", "below": "under", "less than": "under", "fewer than": "under",
        "lower than": "under", "shorter than": "under", "not quite": "just under", "short of": "just under",
    },
    "es": {
        "cerca de": "about", "alrededor de": "about", "aproximadamente": "about", "unos": "about",
        "unas": "about", "casi": "just under", "en torno a": "about", "en torno al": "about", "aprox": "about", "aprox.": "about",
        "poco m\u00e1s de": "just over", "poco menos de": "just under", "algo m\u00e1s de": "just over",
        "algo menos de": "just under", "pr\u00e1cticamente": "just under", "cerca del": "about",
        "alrededor del": "about", "poco m\u00e1s del": "just over", "poco menos del": "just under",
        "algo m\u00e1s del": "just over", "algo menos del": "just under", "m\u00e1s o menos": "about",
        "cercano al": "about", "cercano a": "about", "cercana al": "about", "cercana a": "about",
        "m\u00e1s de": "over", "m\u00e1s del": "over", "por encima de": "over", "por encima del": "over",
        "superior a": "over",
        "superiores a": "over", "superior al": "over", "superan": "over", "supera": "over",
        "mayor de": "over", "mayor a": "over",
        "mayores a": "over", "mayor que": "over",
        "menos de": "under", "menos del": "under", "por debajo de": "under",
        "por debajo del": "under", "inferior a": "under",
        "inferiores a": "under", "inferior al": "under",
        "menor de": "under", "menor a": "under",
        "menores a": "under", "menor que": "under",
    },
}  # fmt: skip
ARTICLES: dict[Tongue, frozenset[str]] = {
    "en": frozenset({"a", "an", "the", "one"}),
    "es": frozenset({"un", "una", "el", "la", "los", "las", "del", "al"}),
}
HALVES: dict[Tongue, tuple[tuple[str, ...], ...]] = {
    "en": (("and", "a", "half"), ("and", "one", "half")),
    "es": (("y", "medio"), ("y", "media")),
}
PAST: dict[Tongue, frozenset[str]] = {
    "en": frozenset(
        {"past", "last", "previous", "prior", "preceding", "trailing", "latest", "recent"}
    ),
    "es": frozenset(
        {
            "\u00faltimo",
            "\u00faltimos",
            "\u00faltima",
            "\u00faltimas",
            "pasado",
            "pasados",
            "pasada",
            "pasadas",
            "anterior",
            "anteriores",
            "previos",
            "previo",
            "recientes",
        }
    ),
}
DOZENS = {
    "dozen": Decimal(12),
    "docena": Decimal(12),
    "couple": Decimal(2),
    "pair": Decimal(2),
    "par": Decimal(2),
}
GLYPHS = {"\u00bd": Decimal("0.5"), "\u00bc": Decimal("0.25"), "\u00be": Decimal("0.75")}
FREQUENT = frozenset(
    {
        "dollars",
        "d\u00f3lares",
        "$",
        "usd",
        "times",
        "veces",
        "earn",
        "thousand",
        "mil",
        "in",
        "per",
        "each",
        "every",
        "once",
        "al",
        "por",
        "cada",
    }
)
LONGEST_PREFIX = 5


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity as a text states it.

    `unit` is percent, usd, months, years, days, weeks, points, times, fraction, or "" where
    none is named; `step` is the weight of the last digit stated; `is_past` says that it
    measures a stretch of time up to now ("the past six months").
    """

    words: str
    value: Decimal
    unit: str
    bound: Bound
    step: Decimal
    start: int
    end: int
    is_past: bool = False
    in_words: bool = False


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        return plain(self.text).rstrip(".")


def misformatted(text: str, tongue: Tongue) -> list[str]:
    """Return numbers that a Spanish text writes the English way, whose value a reader mistakes."""
    return [] if tongue == "en" else [match.group() for match in ENGLISH_ONLY.finditer(text)]


def quantities(text: str, tongue: Tongue) -> list[Quantity]:
    """Return every quantity a text states, in the order of the text."""
    tokens = [
        _Token(match.lastgroup or "", match.group(), match.start(), match.end())
        for match in TOKEN.finditer(text.replace("-", " ").replace("\u2011", " "))
    ]
    found: list[Quantity] = []
    at = 0
    while at < len(tokens):
        read = _read(tokens, at, tongue)
        if read is None:
            at += 1
            continue
        quantity, at = read
        found.append(_with_words(quantity, text))
    return found


def _with_words(quantity: Quantity, text: str) -> Quantity:
    return Quantity(
        text[quantity.start : quantity.end],
        quantity.value,
        quantity.unit,
        quantity.bound,
        quantity.step,
        quantity.start,
        quantity.end,
        quantity.is_past,
        quantity.in_words,
    )


def _read(tokens: Sequence[_Token], at: int, tongue: Tongue) -> tuple[Quantity, int] | None:
    """Read a quantity that begins at a token, and say where the next one may begin."""
    core = _core(tokens, at, tongue)
    if core is None:
        return None
    value, step, unit, begin, after, in_words = core
    start = tokens[begin].start
    if not unit:
        unit, after = _unit(tokens, after, tongue)
    if not unit and begin and tokens[begin - 1].text in {"USD", "US"}:
        unit = "usd"
    for half in HALVES[tongue]:
        if unit in {"months", "years"} and _lower(tokens[after : after + len(half)]) == half:
            value, step, after = value + Decimal("0.5"), Decimal("0.1"), after + len(half)
    if unit == "years":
        value, unit, after = _with_months(tokens, value, after, tongue)
    bound, start = _bound(tokens, begin, tongue, start)
    if after < len(tokens) and [t.lower for t in tokens[after : after + 2]] == ["or", "so"]:
        bound, after = "about", after + 2
    if unit == "fraction":
        unit, after = _of_a_time(tokens, unit, after, tongue)
    value, step, unit, after = _whole_of(tokens, value, step, unit, after, tongue)
    is_past = unit in {"months", "years", "days", "weeks", "quarters_of_year"} and _is_past(
        tokens, begin, after, tongue
    )
    end = tokens[after - 1].end
    return Quantity("", value, unit, bound, step, start, end, is_past, in_words), after


def _with_months(
    tokens: Sequence[_Token], value: Decimal, after: int, tongue: Tongue
) -> tuple[Decimal, str, int]:
    """Read "eleven years and eight months" as one time."""
    at = after + 1 if _lower(tokens[after : after + 1]) in {("and",), ("y",), ("con",)} else after
    core = _core(tokens, at, tongue) if at < len(tokens) else None
    if core is not None and not core[2]:
        unit, end = _unit(tokens, core[4], tongue)
        if unit == "months" and core[0] < 12:  # noqa: PLR2004 -- months of a year
            return value * 12 + core[0], "months", end
    return value, "years", after


def _lower(tokens: Sequence[_Token]) -> tuple[str, ...]:
    return tuple(token.lower for token in tokens)


def _core(
    tokens: Sequence[_Token], at: int, tongue: Tongue
) -> tuple[Decimal, Decimal, str, int, int, bool] | None:
    """Read value, step, a unit that stands before, first and next token, and whether in words."""
    token = tokens[at]
    unit, begin = "", at
    if token.kind == "sign" and token.text in "$\u20ac" and at + 1 < len(tokens):
        unit, at = "usd", at + 1
        token = tokens[at]
    if token.kind == "digits":
        if at and tokens[at - 1].text == "$":
            unit, begin = "usd", at - 1
        value, step = _figure(token.text, tongue)
        at += 1
        if at < len(tokens) and tokens[at].text in GLYPHS:
            value, at = value + GLYPHS[tokens[at].text], at + 1
        return *_scaled(tokens, at, value, step, unit, tongue, begin), False
    if unit:
        return None
    if token.text in GLYPHS:
        return GLYPHS[token.text], Decimal("0.01"), "fraction", at, at + 1, True
    if token.kind == "word":
        return _spelled(tokens, at, tongue)
    return None


def _scaled(
    tokens: Sequence[_Token],
    at: int,
    value: Decimal,
    step: Decimal,
    unit: str,
    tongue: Tongue,
    begin: int,
) -> tuple[Decimal, Decimal, str, int, int]:
    """Apply a word of scale after figures: `8.4 thousand`, `$8.4k`, `8 mil`."""
    scales = {"thousand": 1000, "k": 1000, "million": 1_000_000, "mil": 1000, "millones": 1_000_000}
    if at < len(tokens) and tokens[at].lower in scales:
        scale = scales[tokens[at].lower]
        return value * scale, step * scale, unit, begin, at + 1
    for half in HALVES[tongue]:
        following = [token.lower for token in tokens[at : at + len(half)]]
        if tuple(following) == half:
            return value + Decimal("0.5"), Decimal("0.1"), unit, begin, at + len(half)
    return value, step, unit, begin, at


def _figure(digits: str, tongue: Tongue) -> tuple[Decimal, Decimal]:
    digits = digits.rstrip(".,").replace("\u202f", "").replace("\u00a0", "")
    if tongue == "es":
        if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", digits):
            digits = digits.replace(".", "")
        digits = digits.replace(",", ".")
    else:
        digits = digits.replace(",", "")
    if digits.count(".") > 1:
        digits = digits.replace(".", "")
    value = Decimal(digits or "0")
    exponent = value.as_tuple().exponent
    return value, Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)


def _spelled(
    tokens: Sequence[_Token], at: int, tongue: Tongue
) -> tuple[Decimal, Decimal, str, int, int, bool] | None:
    said = []
    for token in tokens[at : at + 9]:
        if token.kind != "word":
            break
        said.append(token.lower)
        if token.text.endswith("."):
            break
    fractions = FRACTIONS[tongue]
    read = read_numeral(said, tongue)
    if read is not None:
        value, used = read
        following = said[used] if used < len(said) else ""
        if following in fractions and following not in {"quarter", "cuarto", "quinto"} | {"half"}:
            return (
                value * fractions[following],
                Decimal("0.01"),
                "fraction",
                at,
                at + used + 1,
                True,
            )
        if following in DOZENS:
            return value * DOZENS[following], Decimal(1), "", at, at + used + 1, True
        if tuple(said[used : used + 3]) == ("and", "a", "quarter"):
            return value + Decimal("0.25"), Decimal("0.01"), "", at, at + used + 3, True
        for half in HALVES[tongue]:
            if tuple(said[used : used + len(half)]) == half:
                return value + Decimal("0.5"), Decimal("0.1"), "", at, at + used + len(half), True
        if following in {"half"} and value == 1:
            return Decimal("0.5"), Decimal("0.01"), "fraction", at, at + used + 1, True
        is_article = used == 1 and said[0] in {"one", "una", "uno"}
        after = at + used
        unit, _ = _unit(tokens, after, tongue)
        if is_article and not unit and not _counts_something(said, tongue):
            return None
        return value, Decimal(1), "", at, after, True
    word = said[0] if said else ""
    following = said[1] if len(said) > 1 else ""
    if word in {"a", "an", "un"} and following in DOZENS:
        return DOZENS[following], Decimal(1), "", at, at + 2, True
    if word in {"a", "an"} and following in {"half", "third", "quarter"}:
        return fractions[following], Decimal("0.01"), "fraction", at, at + 2, True
    if word in {"half", "mitad"} or (
        word in {"medio", "media"} and UNIT_WORDS["es"].get(following) in {"months", "years"}
    ):
        return _half(tokens, at, said, tongue)
    if word in {"un", "una"} and following in fractions and following not in {"mitad"}:
        return fractions[following], Decimal("0.01"), "fraction", at, at + 2, True
    if word in {"a", "an", "un"} and following in UNIT_WORDS[tongue]:
        unit = UNIT_WORDS[tongue][following]
        if unit in {"months", "years", "half_years", "quarters_of_year"} and not _is_frequency(
            tokens, at
        ):
            return _one_and_a_half(said, unit, at, tongue)
    if (
        word in {"once", "twice", "thrice", "double", "triple", "doble"}
        and tongue + word != "esonce"
    ):
        value = Decimal({"once": 1, "twice": 2, "thrice": 3, "double": 2, "doble": 2}.get(word, 3))
        return value, Decimal(1), "times", at, at + 1, True
    if tuple(said[1:4]) in HALVES[tongue] and UNIT_WORDS[tongue].get(word) in {"months", "years"}:
        return Decimal("1.5"), Decimal("0.1"), UNIT_WORDS[tongue][word], at, at + 4, True
    if word in PAST[tongue] and following in UNIT_WORDS[tongue]:
        unit = UNIT_WORDS[tongue][following]
        if unit in {"months", "years"} and following in {"month", "year", "mes", "a\u00f1o"}:
            return Decimal(1), Decimal(1), unit, at, at + 2, True
    if tongue == "es" and word in {"mes", "a\u00f1o"} and following in PAST[tongue]:
        return Decimal(1), Decimal(1), UNIT_WORDS[tongue][word], at, at + 2, True
    return None


def _is_frequency(tokens: Sequence[_Token], at: int) -> bool:
    """Whether "a year" says how often: `$46,500 a year`, `income of $900 a month`."""
    return at > 0 and (tokens[at - 1].kind == "digits" or tokens[at - 1].lower in FREQUENT)


def _one_and_a_half(
    said: Sequence[str], unit: str, at: int, tongue: Tongue
) -> tuple[Decimal, Decimal, str, int, int, bool] | None:
    for half in HALVES[tongue]:
        if tuple(said[2 : 2 + len(half)]) == half:
            return Decimal("1.5"), Decimal("0.1"), unit, at, at + 2 + len(half), True
    return Decimal(1), Decimal(1), unit, at, at + 2, True


def _half(
    tokens: Sequence[_Token], at: int, said: Sequence[str], tongue: Tongue
) -> tuple[Decimal, Decimal, str, int, int, bool]:
    """Read `half a year` and `medio año` as a stretch of time, any other half as a fraction."""
    after = at + 1
    if len(said) > 1 and said[1] in ARTICLES[tongue]:
        after += 1
    index = after - at
    if index < len(said) and UNIT_WORDS[tongue].get(said[index]) in {"months", "years"}:
        unit = UNIT_WORDS[tongue][said[index]]
        return Decimal("0.5"), Decimal("0.1"), unit, at, after + 1, True
    return Decimal("0.5"), Decimal("0.01"), "fraction", at, at + 1, True


def _counts_something(said: Sequence[str], tongue: Tongue) -> bool:
    """Whether "one" counts, as in "one late payment", and is no pronoun or article."""
    following = said[1] if len(said) > 1 else ""
    pronouns = {
        "of",
        "or",
        "that",
        "which",
        "more",
        "is",
        "was",
        "factor",
        "reason",
        "and",
        "thing",
        "area",
        "item",
        "principal",
        "main",
        "key",
        "first",
        "last",
        "",
        "we",
        "to",
        "in",
        "for",
        "on",
    }
    return tongue == "en" and following not in pronouns


def _unit(tokens: Sequence[_Token], at: int, tongue: Tongue) -> tuple[str, int]:
    words = [token.lower for token in tokens[at : at + 3]]
    for phrase, unit in UNIT_PHRASES[tongue].items():
        if tuple(words[: len(phrase)]) == phrase:
            return unit, at + len(phrase)
    if words:
        named = UNIT_WORDS[tongue].get(words[0].rstrip("."))
        if named is not None:
            return named, at + 1
        if len(words) > 1 and words[0] in {
            "full",
            "whole",
            "completed",
            "consecutive",
            "completos",
            "enteros",
            "calendar",
            "us",
            "u.s.",
        }:
            named = UNIT_WORDS[tongue].get(words[1])
            if named is not None:
                return named, at + 2
    return "", at


def _bound(tokens: Sequence[_Token], begin: int, tongue: Tongue, start: int) -> tuple[Bound, int]:
    """Read what stands before a number: `about`, `more than`, `poco menos de`."""
    stop = begin
    while stop and tokens[stop - 1].lower in ARTICLES[tongue] - {"one"}:
        stop -= 1
    if stop and tokens[stop - 1].text in {"~", "\u2248"}:
        return "about", tokens[stop - 1].start
    for length in range(LONGEST_PREFIX, 0, -1):
        for end in {begin, stop}:
            if end - length < 0:
                continue
            phrase = " ".join(token.lower for token in tokens[end - length : end])
            if phrase in BEFORE[tongue]:
                return BEFORE[tongue][phrase], tokens[end - length].start
    return "exact", start


def _whole_of(
    tokens: Sequence[_Token],
    value: Decimal,
    step: Decimal,
    unit: str,
    after: int,
    tongue: Tongue,
) -> tuple[Decimal, Decimal, str, int]:
    """Read "nine out of ten", "92 of every 100" and "47 cents of each dollar" as fractions."""
    rest = [token.lower for token in tokens[after : after + 5]]
    if unit == "cents":
        joined = " ".join(rest)
        for phrase in (
            "of every dollar",
            "of each dollar",
            "out of every dollar",
            "on the dollar",
            "de cada d\u00f3lar",
            "on every dollar",
            "for every dollar",
            "per dollar",
            "por cada d\u00f3lar",
            "por d\u00f3lar",
        ):
            if joined.startswith(phrase):
                return value / 100, step / 100, "fraction", after + len(phrase.split())
        return value, step, unit, after
    if unit:
        return value, step, unit, after
    for steps in (
        ("out", "of", "every"),
        ("out", "of", "each"),
        ("of", "every"),
        ("of", "each"),
        ("in", "every"),
        ("out", "of"),
        ("in",),
        ("de", "cada"),
        ("por", "cada"),
    ):
        if tuple(rest[: len(steps)]) == steps:
            at = after + len(steps)
            core = _core(tokens, at, tongue) if at < len(tokens) else None
            if (
                core is not None
                and core[0] in {Decimal(10), Decimal(100), Decimal(3), Decimal(4), Decimal(5)}
                and value <= core[0]
            ):
                return value / core[0], step / core[0], "fraction", core[4]
    return value, step, unit, after


def _of_a_time(tokens: Sequence[_Token], unit: str, after: int, tongue: Tongue) -> tuple[str, int]:
    """Read "eight tenths of a month" as a time."""
    rest = [token.lower for token in tokens[after : after + 3]]
    joins = {("of", "a"), ("of", "one"), ("de", "un"), ("del", "un")}
    if len(rest) == 3 and tuple(rest[:2]) in joins:  # noqa: PLR2004 -- joint, article, unit
        named = UNIT_WORDS[tongue].get(rest[2])
        if named in {"months", "years"}:
            return named, after + 3
    return unit, after


def _is_past(tokens: Sequence[_Token], begin: int, after: int, tongue: Tongue) -> bool:
    if tokens[begin].lower in PAST[tongue]:
        return True
    if begin and tokens[begin - 1].lower in PAST[tongue]:
        return True
    if tongue == "es" and after <= len(tokens):
        return any(token.lower in PAST[tongue] for token in tokens[after - 1 : after + 1])
    return False
