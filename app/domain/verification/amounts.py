"""Numbers in a row of tokens, in figures or in words, before their unit is read."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from app.domain.explanation import Language
from app.domain.verification.numerals import FRACTIONS, UNITS, read_numeral
from app.domain.verification.text import listed
from app.domain.verification.tokens import Line
from app.domain.verification.units import (
    ARTICLES,
    DOZENS,
    GLYPHS,
    HALVES,
    MULTIPLES,
    PAST,
    SCALES,
    UNIT_WORDS,
    unit_at,
)

CURRENCIES: Final = {"$": "usd", "\u20ac": "eur", "\u00a3": "gbp"}
ONE: Final = Decimal(1)
HALF: Final = Decimal("0.5")
TENTH: Final = Decimal("0.1")
HUNDREDTH: Final = Decimal("0.01")
SPANISH_THOUSANDS: Final = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")
MOST_WORDS: Final = 9  # of a number said in words
CALENDAR: Final = listed("months years")
STRETCHES: Final = listed("months years half_years quarters_of_year")
# "Once a year" and "$900 a month" say how often, and are no stretch of time.
FREQUENT: Final = listed(
    "dollars d\u00f3lares $ usd times veces earn thousand mil in per each every once al por cada"
)
# "One of the reasons", "one is", "one main factor": a pronoun, not a count.
AFTER_PRONOUN: Final = listed(
    "of or that which more is was factor reason and thing area item principal main key first last"
    " we to in for on"
) | {""}


ORDINALS: Final = listed("first last other second third this that each which next same")
PLACES: Final = listed("address place home employer job")  # "at one address" counts no address
AND_QUARTERS: Final[dict[tuple[str, ...], Decimal]] = {
    ("and", "a", "quarter"): Decimal("0.25"),
    ("and", "three", "quarter"): Decimal("0.75"),
    ("and", "three", "quarters"): Decimal("0.75"),
}
# "Two quarters" are of a year; "cuarto" and "quinto" also rank.
NO_PART: Final = listed("quarter cuarto quinto")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number said by the tokens from `first` up to `after`.

    `step` is the weight of the last digit stated. `unit` is "" unless the number itself says it,
    as `$9` and `half` do.
    """

    value: Decimal
    step: Decimal
    unit: str
    first: int
    after: int
    in_words: bool = True

    def and_a_half(self, after: int) -> "Amount":
        """The amount with `and a half` behind it."""
        return replace(self, value=self.value + HALF, step=TENTH, after=after)


def read_amount(line: Line, at: int) -> Amount | None:
    """Read the number that begins at a token, if one does."""
    token = line.tokens[at]
    if token.kind == "sign" and token.text in CURRENCIES:
        return _in_figures(line, at + 1, at, CURRENCIES[token.text])
    if token.kind == "digits":
        if at and line.tokens[at - 1].text in CURRENCIES:
            return _in_figures(line, at, at - 1, CURRENCIES[line.tokens[at - 1].text])
        return _in_figures(line, at, at, "")
    if token.text in GLYPHS:
        return Amount(GLYPHS[token.text], HUNDREDTH, "fraction", at, at + 1)
    return _in_words(line, at) if token.kind == "word" else None


def _in_figures(line: Line, at: int, first: int, unit: str) -> Amount | None:
    if at >= len(line) or line.tokens[at].kind != "digits":
        return None
    value, step = figure(line.tokens[at].text, line.language)
    after = at + 1
    if line.word(after) in GLYPHS:
        value, after = value + GLYPHS[line.word(after)], after + 1
    read = Amount(value, step, unit, first, after, in_words=False)
    return _scaled(line, read)


def _scaled(line: Line, read: Amount) -> Amount:
    """Apply what follows figures: `8.4 thousand`, `$8.4k`, `8 mil`, `2 and a half`."""
    scale = SCALES.get(line.word(read.after))
    if scale is not None:
        return replace(read, value=read.value * scale, step=read.step * scale, after=read.after + 1)
    for half in HALVES[line.language]:
        if line.has(half, read.after):
            return read.and_a_half(read.after + len(half))
    return read


def figure(digits: str, language: Language) -> tuple[Decimal, Decimal]:
    """Return the value of figures and the weight of their last digit.

    English parts thousands by commas and decimals by a point, Spanish the other way round.
    """
    digits = digits.rstrip(".,").replace("\u202f", "").replace("\u00a0", "")
    if language == "es":
        if SPANISH_THOUSANDS.fullmatch(digits):
            digits = digits.replace(".", "")
        digits = digits.replace(",", ".")
    else:
        digits = digits.replace(",", "")
    if digits.count(".") > 1:
        digits = digits.replace(".", "")
    value = Decimal(digits or "0")
    exponent = value.as_tuple().exponent
    return value, ONE.scaleb(exponent if isinstance(exponent, int) else 0)


def _in_words(line: Line, at: int) -> Amount | None:
    if line.words[at] not in BEGINNINGS[line.language]:
        return None
    said = _said(line, at)
    read = read_numeral(said, line.language)
    if read is not None:
        return _counted(line, at, said, *read)
    found = (reader(line, at, said) for reader in READERS)
    return next((one for one in found if one is not None), None)


def _said(line: Line, at: int) -> list[str]:
    """Return the words from a token on, as far as a number may reach."""
    said = []
    for number in range(at, min(at + MOST_WORDS, len(line))):
        token = line.tokens[number]
        if token.kind != "word":
            break
        said.append(line.words[number])
        if token.text.endswith("."):
            break
    return said


def _counted(line: Line, at: int, said: list[str], value: Decimal, used: int) -> Amount | None:
    """Read what follows a number in words: `two thirds`, `two dozen`, `two and a half`."""
    after = at + used
    following = said[used] if used < len(said) else ""
    part = _part_of(following, value, line.language)
    if part is not None:
        return Amount(part, HUNDREDTH, "fraction", at, after + 1)
    if following in DOZENS:
        return Amount(value * DOZENS[following], ONE, "", at, after + 1)
    quarters = AND_QUARTERS.get(tuple(said[used : used + 3]))
    if quarters is not None:
        return Amount(value + quarters, HUNDREDTH, "", at, after + 3)
    for half in HALVES[line.language]:
        if tuple(said[used : used + len(half)]) == half:
            return Amount(value, ONE, "", at, after).and_a_half(after + len(half))
    if used == 1 and said[0] in {"one", "una", "uno"} and _is_no_count(line, after, said):
        return None
    return Amount(value, ONE, "", at, after)


def _part_of(following: str, value: Decimal, language: Language) -> Decimal | None:
    """Return the fraction that a number and the word after it make: `two thirds`, `one half`."""
    if following == "half":
        return HALF if value == 1 else None
    if following in NO_PART or following not in FRACTIONS[language]:
        return None
    return value * FRACTIONS[language][following]


def _is_no_count(line: Line, after: int, said: list[str]) -> bool:
    """Whether "one" is a pronoun or an article, and does not count as in "one late payment"."""
    unit, _ = unit_at(line, after)
    if unit:
        return False
    if line.word(after - 2) in ORDINALS or _following(said) in PLACES:
        return True
    return line.language != "en" or _following(said) in AFTER_PRONOUN


def _following(said: list[str]) -> str:
    return said[1] if len(said) > 1 else ""


def _a_dozen(_: Line, at: int, said: list[str]) -> Amount | None:
    if said[0] in {"a", "an", "un"} and _following(said) in DOZENS:
        return Amount(DOZENS[_following(said)], ONE, "", at, at + 2)
    return None


def _a_third(line: Line, at: int, said: list[str]) -> Amount | None:
    fraction = FRACTIONS[line.language].get(_following(said))
    if fraction is None or said[0] not in {"a", "an"}:
        return None
    if _following(said) not in {"half", "third", "quarter"}:
        return None
    return Amount(fraction, HUNDREDTH, "fraction", at, at + 2)


def _half(line: Line, at: int, said: list[str]) -> Amount | None:
    """Read `half a year` and `medio año` as a stretch of time, any other half as a fraction."""
    word = said[0]
    if said[:3] == ["half", "a", "dozen"]:
        return Amount(Decimal(6), ONE, "", at, at + 3)
    is_spanish = word in {"medio", "media"} and UNIT_WORDS["es"].get(_following(said)) in CALENDAR
    if word not in {"half", "mitad"} and not is_spanish:
        return None
    index = 2 if _following(said) in ARTICLES[line.language] else 1
    unit = (
        UNIT_WORDS[line.language].get(said[index].removesuffix("'s")) if index < len(said) else None
    )
    if unit in CALENDAR:
        return Amount(HALF, TENTH, str(unit), at, at + index + 1)
    return Amount(HALF, HUNDREDTH, "fraction", at, at + 1)


def _un_tercio(line: Line, at: int, said: list[str]) -> Amount | None:
    fractions = FRACTIONS[line.language]
    following = _following(said)
    if said[0] in {"un", "una"} and following in fractions and following != "mitad":
        return Amount(fractions[following], HUNDREDTH, "fraction", at, at + 2)
    return None


def _a_year(line: Line, at: int, said: list[str]) -> Amount | None:
    """Read `a year` and `un mes y medio` as a stretch of time."""
    if said[0] not in {"a", "an", "un"}:
        return None
    unit = UNIT_WORDS[line.language].get(_following(said), "")
    if unit not in STRETCHES or _is_frequency(line, at):
        return None
    read = Amount(ONE, ONE, unit, at, at + 2)
    for half in HALVES[line.language]:
        if tuple(said[2 : 2 + len(half)]) == half:
            return read.and_a_half(at + 2 + len(half))
    return read


def _is_frequency(line: Line, at: int) -> bool:
    """Whether "a year" says how often: `$46,500 a year`, `income of $900 a month`."""
    return at > 0 and (line.tokens[at - 1].kind == "digits" or line.words[at - 1] in FREQUENT)


def _twice(_: Line, at: int, said: list[str]) -> Amount | None:
    times = MULTIPLES.get(said[0])
    return None if times is None else Amount(Decimal(times), ONE, "times", at, at + 1)


def _year_and_a_half(line: Line, at: int, said: list[str]) -> Amount | None:
    unit = UNIT_WORDS[line.language].get(said[0], "")
    if unit in CALENDAR and tuple(said[1:4]) in HALVES[line.language]:
        return Amount(ONE, ONE, unit, at, at).and_a_half(at + 4)
    return None


def _past_year(line: Line, at: int, said: list[str]) -> Amount | None:
    """Read `the past year` and `el último mes` as one."""
    following = _following(said)
    unit = UNIT_WORDS[line.language].get(following, "")
    is_one = following in {"month", "year", "mes", "a\u00f1o"}
    if said[0] in PAST[line.language] and unit in CALENDAR and is_one:
        return Amount(ONE, ONE, unit, at, at + 2)
    return None


def _ano_pasado(line: Line, at: int, said: list[str]) -> Amount | None:
    is_one = line.language == "es" and said[0] in {"mes", "a\u00f1o"}
    if is_one and _following(said) in PAST["es"]:
        return Amount(ONE, ONE, UNIT_WORDS["es"][said[0]], at, at + 2)
    return None


# In this order: the first that reads something is right.
READERS: Final = (
    _a_dozen,
    _a_third,
    _half,
    _un_tercio,
    _a_year,
    _twice,
    _year_and_a_half,
    _past_year,
    _ano_pasado,
)
# The words with which a number in words may begin; of any other nothing is read.
BEGINNINGS: Final[dict[Language, frozenset[str]]] = {
    language: frozenset(UNITS[language])
    | listed("mil a an un una half mitad medio media")
    | MULTIPLES.keys()
    | PAST[language]
    | {word for word, unit in UNIT_WORDS[language].items() if unit in CALENDAR}
    for language in UNITS
}
