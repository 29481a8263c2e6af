"""Every number a text states is a fact of the reason it speaks of, in a unit that keeps it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.explanation import Dossier, Fact, Finding, Language
from app.domain.verification.licence import (
    ALWAYS,
    Licence,
    in_months,
    licences_of,
    named,
    named_value,
)
from app.domain.verification.quantities import Quantity, misformatted, quantities
from app.domain.verification.text import CLAUSE_END, Span, folded, root, roots, sentences, words
from app.domain.verification.words.reading import english, lexicon_of

PERCENT = Decimal(100)
NEXT_FIGURE = re.compile(
    rf"{CLAUSE_END.pattern}|\b(?:and|while|whereas|but|against|y|e|mientras|frente a)\b"
)
TIME = frozenset({"months", "years", "days", "weeks", "quarters_of_year", "half_years", "decades"})
LOOSE = Decimal("0.10")  # "over 90 %" of a value of 92 % is a rounding; of 140 % it misleads
ROUNDED = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Figures:
    """The quantities of a text and where they stand."""

    text: str
    language: Language
    stated: tuple[Quantity, ...]

    @classmethod
    def read(cls, text: str, language: Language) -> "Figures":
        """Read all quantities of a text."""
        return cls(text, language, tuple(quantities(text, language)))

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where they stand."""
        return [(one.start, one.end) for one in self.stated]

    @property
    def has_time(self) -> bool:
        """Whether a length of time is stated."""
        return any(one.unit in TIME for one in self.stated)


@dataclass(frozen=True, slots=True)
class _Match:
    licence: Licence
    fact: Fact


def check_figures(
    figures: Figures, licences: tuple[Licence, ...], dossier: Dossier, where: str
) -> Iterator[tuple[int, Finding]]:
    """Find numbers that no fact carries or that stand with another fact, each with its place."""
    for written in misformatted(figures.text, figures.language):
        yield 0, Finding("number-format", written, where)
    for stated in figures.stated:
        if _is_of_score(stated, figures, dossier) or _is_count_of_reasons(
            stated, figures, dossier, is_summary=where == "summary"
        ):
            continue
        if where != "summary" and _counts_facts(stated, licences[0], figures):
            continue
        if any(
            _is_window(stated, licence, figures) or _is_the_one(stated, licence)
            for licence in licences
        ):
            continue
        if stated.value == 1 and NOT_ONE.search(figures.text[: stated.start]):
            stated = replace(stated, value=Decimal(0))
        matches = [
            _Match(licence, fact)
            for licence in licences
            for fact in licence.facts
            if states(stated, fact)
        ]
        if stated.value == 0 and figures.text[: stated.start].rstrip().endswith(("below", "bajo")):
            continue  # "below zero" is a sign
        matches = [one for one in matches if _keeps_sign(stated, one.fact, figures)]
        if not matches:
            if not any(_is_named(stated, licence) for licence in licences):
                yield stated.start, Finding("number-unproved", stated.words, where)
            continue
        if _is_denied(stated, matches, figures) or _is_ago(stated, matches, figures):
            yield stated.start, Finding("number-misplaced", stated.words, where)
            continue
        if _counts_something_else(stated, matches, figures) or _grows_otherwise(
            stated, matches, figures
        ):
            yield stated.start, Finding("number-misplaced", stated.words, where)
            continue
        if _belongs_elsewhere(stated, matches, figures, licences) or _is_turned(
            stated, matches, figures
        ):
            yield stated.start, Finding("number-misplaced", stated.words, where)


def states(stated: Quantity, fact: Fact) -> bool:
    """Whether a quantity says a fact's value, in its unit or one that keeps it."""
    if (
        isinstance(fact.value, bool)
        or not isinstance(fact.value, Decimal)
        or fact.unit == "category"
    ):
        return False
    return any(unit == stated.unit and _same(stated, value) for value, unit in readings(fact))


def readings(fact: Fact) -> list[tuple[Decimal, str]]:
    """Return the ways to state a value that keep it: 0.92 as 92 percent, 24 months as 2 years."""
    value = fact.value
    assert isinstance(value, Decimal)  # noqa: S101 -- the caller has made sure
    match fact.unit:
        case "ratio":
            return [
                (value * PERCENT, "percent"),
                (value, "fraction"),
                (value, ""),
                (value, "times"),
            ]
        case "percent":
            return [
                (value, "percent"),
                (value / PERCENT, "fraction"),
                (value / PERCENT, "times"),
                (value / PERCENT, ""),
            ]
        case "months" | "years" | "days":
            months = in_months(value, fact.unit)
            found = [
                (months, "months"),
                (months / 12, "years"),
                (value, fact.unit),
                (months / 3, "quarters_of_year"),
                (months / 6, "half_years"),
                (months / 120, "decades"),
            ]
            if fact.unit == "days":
                found.append((value / 7, "weeks"))
            return found
        case "count":
            found = [(value, ""), (value, "times")]
            if "month" in fact.feature:
                found.append((value, "months"))
            return found
        case "points":
            return [(value, "points"), (value, "")]
        case "usd":
            return [
                (value, "usd"),
                (abs(value), "usd"),
                (value, "") if value >= 1000 else (value, "usd"),
            ]
        case "flag":
            return [(value, "")]
        case unit:
            return [(value, unit), (value, "")]


def _same(stated: Quantity, value: Decimal) -> bool:
    if stated.bound == "exact":
        if stated.value == value:
            return True
        # A fraction in words is a rounding that says so only where it is exact.
        return stated.unit == "fraction" and abs(stated.value - value) < Decimal("0.005")
    gap = stated.value - value
    if stated.bound == "about":
        if abs(gap) <= stated.step / 2 and not (stated.unit == "fraction" and gap):
            return True
        is_round = stated.value % (stated.step * 5) == 0 or stated.unit == "fraction"
        return is_round and abs(gap) <= abs(value) * ROUNDED
    if stated.bound in {"just over", "just under"}:
        is_so = gap < 0 if stated.bound == "just over" else gap > 0
        return is_so and abs(gap) <= abs(value) * ROUNDED
    if stated.bound == "over":
        if stated.unit in TIME and stated.value == value:
            return True  # "over seven years" is for as long
        return stated.value < value and -gap <= abs(value) * LOOSE
    return stated.value > value and gap <= abs(value) * LOOSE


def _is_window(stated: Quantity, licence: Licence, figures: Figures) -> bool:
    """Whether it says over what stretch of time a feature counts."""
    if stated.bound not in {"exact", "over"}:
        return False  # "over the past six months" is during them
    after = figures.text[stated.end : stated.end + 12].lower().split()
    if after and after[0].strip(".,;") in {
        "ago",
        "old",
        "late",
        "since",
        "atr\u00e1s",
        "past",
        "delinquent",
    }:
        return False  # a window says during what time, not how long ago or how late
    before = figures.text[: stated.start].lower().split()[-4:]
    attached = re.search(r"\w-(?:month|year|day)", figures.text[stated.start : stated.end])
    if (
        stated.bound == "exact"
        and not stated.is_past
        and not attached
        and not DURING & {w.strip("(,;:") for w in before}
    ):
        return False
    if not stated.unit and figures.text[: stated.start].rstrip().endswith(
        ("out of", "of the", "of", "within", "inside", "de los", "de")
    ):
        return stated.value in licence.windows  # "two months out of six"
    return stated.unit in TIME and in_months(stated.value, stated.unit) in licence.windows


def _counts_facts(stated: Quantity, licence: Licence, figures: Figures) -> bool:
    """Whether it counts the facts behind a reason: "two inputs feed this factor"."""
    following = figures.text[stated.end : stated.end + 24].lower().split()[:2]
    counted = {"inputs", "measures", "figures", "values", "features", "ratios", "datos", "valores"}
    return stated.value == len(licence.facts) and bool(
        counted & {w.strip(",.;:") for w in following}
    )


def _is_the_one(stated: Quantity, licence: Licence) -> bool:
    """Whether "one" counts the thing that a category names: one missing document."""
    named_things = [fact for fact in licence.facts if isinstance(fact.value, str)]
    return stated.value == 1 and not stated.unit and len(named_things) == len(licence.facts) == 1


def _is_named(stated: Quantity, licence: Licence) -> bool:
    """Whether the statement or the name of a fact holds the very number."""
    known = quantities(" ".join([licence.reason.statement, *map(named, licence.facts)]), "en")
    values = [named_value(fact.value) for fact in licence.facts if isinstance(fact.value, str)]
    known += quantities(" ".join(values), "en")
    return any(one.value == stated.value and one.unit in (stated.unit, "") for one in known)


def _context(stated: Quantity, figures: Figures) -> tuple[Span, str]:
    """Return the sentence a quantity stands in, and its text in lower case."""
    for sentence in sentences(figures.text):
        if sentence.start <= stated.start < sentence.end:
            return sentence, sentence.text.lower()
    return Span(figures.text, 0, len(figures.text)), figures.text.lower()


SCORE_WORDS = {
    "en": ("score", "scale", "range", "scored", "scoring", "points"),
    "es": ("puntaje", "puntuaci\u00f3n", "escala", "rango", "puntos", "score", "calificaci\u00f3n"),
}
RANGE_WORDS = {
    "en": (
        "scale",
        "range",
        "ranges",
        "from",
        "to",
        "between",
        "out of",
        "and",
        "runs",
        "running",
        "low",
        "high",
        "possible",
        " of ",
        "/",
        " on ",
        "-",
        "\u2013",
    ),
    "es": ("escala", "rango", "de", "a", "entre", "y", "desde", "hasta", "sobre", "/", "va"),
}


def _is_of_score(stated: Quantity, figures: Figures, dossier: Dossier) -> bool:
    """Whether it is the score, or an end of its scale named as such."""
    score = dossier.score
    if score is None or stated.unit not in {"", "points"}:
        return False
    sentence, text = _context(stated, figures)
    if stated.value == score.value:
        if stated.bound != "exact":
            return False
        before = figures.text[sentence.start : stated.start].lower().split()
        is_end = bool(before) and before[-1] in {"scale", "range"}
        is_range = re.search(
            rf"(?:range|scale|between|from)\D{{1,12}}{score.min}\D{{1,8}}{score.value}\b", text
        )
        return (
            not is_end
            and not is_range
            and (
                any(word in text for word in SCORE_WORDS[figures.language])
                or "/" in text
                or any(word in text for word in ("at ", "decline"))
            )
        )
    if stated.value not in {score.min, score.max} or stated.bound != "exact":
        return False
    if re.search(rf"\b{score.max}\D{{1,8}}{score.min}\b", text):
        return False  # the scale told upside down
    near_before = figures.text[max(sentence.start, stated.start - 30) : stated.start].lower()
    after = figures.text[stated.end : stated.end + 14].lower()
    near = near_before + " | " + after
    return any(
        word in near for word in RANGE_WORDS[figures.language]
    ) and not near_before.rstrip().endswith(
        (
            "score of",
            "score was",
            "score:",
            "scored",
            "score is",
            "puntaje de",
            "puntuaci\u00f3n de",
        )
    )


REASON_WORDS = {
    "en": (
        "reason", "factor", "thing", "point", "driver", "ground", "matter", "area", "issue",
        "finding", "consideration", "element", "circumstance", "of these", "concern", "basis",
        "bases", "question", "contributor", "principal", "explain", "kind", "aspect", "event",
    ),
    "es": (
        "raz\u00f3n", "razones", "motivo", "factor", "punto", "causa", "elemento", "aspecto",
        "cuesti", "cosa", "circunstancia", "dato", "estas", "fundamento", "criterio", "tipos",
    ),
}  # fmt: skip


def _counted_topics(stated: Quantity, figures: Figures) -> frozenset[str]:
    """The topics of what a number counts, as in "two late payments"."""
    lexicon = lexicon_of(figures.language)
    following = CLAUSE_END.split(figures.text[stated.end : stated.end + 40])[0].split()[:3]
    tags = lexicon.tags_in(" ".join(following))
    return frozenset(tag for tag in tags if tag.startswith("t:"))


def _is_count_of_reasons(
    stated: Quantity, figures: Figures, dossier: Dossier, *, is_summary: bool
) -> bool:
    if stated.value != stated.value.to_integral_value() or stated.bound != "exact":
        return False
    if stated.unit == "points" and stated.value == len(dossier.reasons) and stated.in_words:
        return True
    if stated.unit:
        return False
    after = figures.text[stated.end : stated.end + 60].lower()
    before = figures.text[max(0, stated.start - 40) : stated.start].lower()
    if stated.in_words and before.rstrip().endswith(
        ("the", "those", "these", "between the", "los", "las", "estos")
    ):
        following = figures.text[stated.end : stated.end + 12].lower().split()
        if not following or following[0].strip(",.;") in {
            "",
            "was",
            "were",
            "is",
            "are",
            "in",
            "of",
        }:
            return True  # "the two" are the things just named
    if stated.value == len(dossier.reasons) and is_summary:
        topics = _counted_topics(stated, figures)
        shared = licences_of(dossier.reasons)
        if not topics or all(topics & licence.own_tags for licence in shared):
            return True
    # The clause's own noun: "three reasons", "there are two".
    near = CLAUSE_END.split(after)[0]
    words_near = near.split()[:5]
    counted = " ".join(words_near)
    if not any(word in counted for word in REASON_WORDS[figures.language]) and not any(
        word in before for word in REASON_WORDS[figures.language]
    ):
        return False
    return stated.value == len(dossier.reasons) or (
        stated.value == 1
        and len(dossier.reasons) > 1
        and "one of" in (figures.text[stated.start : stated.end + 4].lower())
    )


def _belongs_elsewhere(
    stated: Quantity, matches: Sequence[_Match], figures: Figures, licences: Sequence[Licence]
) -> bool:
    """Whether the words nearest to a number are those of another fact than the ones it states."""
    every = [
        _Match(licence, fact)
        for licence in licences
        for fact in licence.facts
        if isinstance(fact.value, Decimal) and _is_of_unit(fact, stated)
    ]
    others = [one for one in every if one not in matches]
    if not others:
        return False
    mine = _telling(matches, others)
    theirs = _telling(others, matches)
    sentence, _ = _context(stated, figures)
    piece = figures.text[sentence.start : sentence.end]
    lexicon = lexicon_of(figures.language)
    best: int | None = None
    is_other = False
    clause_start, clause_end = _clause(figures.text, stated, sentence)
    for term in lexicon.terms(words(piece)):
        start = sentence.start + term.start
        end = sentence.start + term.end
        if any(a <= start and end <= b for a, b in figures.spans):
            continue
        marks = {f"tag:{tag}" for tag in term.tags} | {f"root:{folded(r)}" for r in term.roots}
        is_mine, is_theirs = bool(marks & mine), bool(marks & theirs)
        if is_mine == is_theirs:
            continue
        if not clause_start <= start < clause_end:
            continue
        key = stated.start - end if end <= stated.start else start - stated.end
        if any(_gap(other, start, end) < key for other in figures.stated if other is not stated):
            continue  # the word goes with another number
        if best is None or key < best:
            best, is_other = key, is_theirs
    return is_other


DURING = frozenset(
    [
        "in",
        "within",
        "over",
        "during",
        "inside",
        "past",
        "last",
        "of",
        "across",
        "the",
        "a",
        "for",
        "span",
        "through",
        "throughout",
        "en",
        "durante",
        "dentro",
        "de",
        "los",
        "un",
        "lapso",
        "por",
        "a",
        "lo",
        "largo",
        "plazo",
        "previous",
        "preceding",
        "window",
        "period",
    ]
)
IN_DEBT = re.compile(
    r"overdr[ae]wn|below zero|negative balance|in the red|sobregir|saldo negativo", re.IGNORECASE
)
BELOW_ZERO = re.compile(
    r"minus|\u2212|negative|overdr[ae]wn|below zero|deficit|in the red|-\s?\$?\d|menos|negativ|sobregir"
    r"|descubiert|bajo cero|d\u00e9ficit|en rojo|deudor",
    re.IGNORECASE,
)


def _keeps_sign(stated: Quantity, fact: Fact, figures: Figures) -> bool:
    """Whether a value below zero is told as one."""
    if not isinstance(fact.value, Decimal):
        return True
    if fact.value >= 0:
        if re.search(r"(?:^|\s)[-\u2212]$", figures.text[: stated.start]):
            return False
        return fact.unit != "usd" or not IN_DEBT.search(_context(stated, figures)[1])
    return BELOW_ZERO.search(_context(stated, figures)[1]) is not None


NOT_ONE = re.compile(r"\b(?:not|ni)\s*$", re.IGNORECASE)
DENIED = re.compile(
    r"(?:\bnot(?: even| quite)?|n't|\bnever|\bno) (?:\w+ ){0,2}$|(?:\bno (?:lleg|alcanz|super)\w* (?:a )?)$",
    re.IGNORECASE,
)
AGO = re.compile(r"\s*(?:ago|earlier|atr\u00e1s|after)\b", re.IGNORECASE)
HACE = re.compile(r"\bhace\s*$", re.IGNORECASE)


def _is_denied(stated: Quantity, matches: Sequence[_Match], figures: Figures) -> bool:
    """Whether a number is denied: "did not reach 14 months"."""
    if any(match.licence.is_absence for match in matches):
        return False
    before = CLAUSE_END.split(figures.text[: stated.start])[-1]
    return DENIED.search(before) is not None


def _is_ago(stated: Quantity, matches: Sequence[_Match], figures: Figures) -> bool:
    """Whether a length of time is told as a moment, where the fact is no time since one."""
    if stated.unit not in TIME:
        return False
    is_moment = AGO.match(figures.text, stated.end) or HACE.search(figures.text[: stated.start])
    since = {"t:since", "t:history", "t:opened"}
    return bool(is_moment) and not any(
        match.licence.own_tags & since or "since" in match.fact.feature for match in matches
    )


def _counts_something_else(stated: Quantity, matches: Sequence[_Match], figures: Figures) -> bool:
    """Whether a count stands before a thing of another topic: "7 credit bureaus" of inquiries."""
    if stated.unit or not all(match.fact.unit == "count" for match in matches):
        return False
    lexicon = lexicon_of(figures.language)
    following = CLAUSE_END.split(figures.text[stated.end : stated.end + 40])[0].split()[:2]
    allowed = frozenset().union(*(match.licence.tags for match in matches)) - ALWAYS
    own = frozenset().union(*(match.licence.own_tags for match in matches))
    said = [
        frozenset(tag for tag in term.tags if tag.startswith("t:"))
        for term in lexicon.terms(words(" ".join(following)))
    ]
    return any(said) and not any(topics & (allowed | own) for topics in said)


def _grows_otherwise(stated: Quantity, matches: Sequence[_Match], figures: Figures) -> bool:
    """Whether a share is told as a difference: "over your limits by 92 %", or growth as a level."""
    if stated.unit != "percent":
        return False
    before = figures.text[: stated.start].lower().split()[-1:]
    grows = any(re.search(r"growth|increase|change", match.fact.feature) for match in matches)
    if before in (["by"], ["en"]) and not grows:
        return before == ["by"]
    return before in (["to"], ["at"], ["al"]) and grows and before == ["to"]


def _is_of_unit(fact: Fact, stated: Quantity) -> bool:
    return fact.unit != "flag" and any(unit == stated.unit for _, unit in readings(fact))


OF = {
    "en": re.compile(
        r"\s*(?:of|times|out of)\b(?:\s+(?:your|the|their|its|his|her|all|every|each|what|total|annual|monthly))*",
        re.IGNORECASE,
    ),
    "es": re.compile(
        r"\s*(?:de|del|veces)\b(?:\s+(?:su|sus|el|la|los|las|tu|tus|lo que|total))*", re.IGNORECASE
    ),
}
RATIO = re.compile(
    r"\b(?:proportion|ratio) of (?P<a>.+?) to (?P<b>.+)|(?P<c>.+?) (?:in relation to|relative to|compared (?:to|with)|as a share of) (?P<d>.+)",
    re.IGNORECASE,
)
NAMED_RATIO = re.compile(r"(?P<a>.+?)_(?:to|over|of)_(?P<b>.+)")


def _is_turned(stated: Quantity, matches: Sequence[_Match], figures: Figures) -> bool:
    """Whether a ratio is told the other way round: "income is 1.35 times the debt"."""
    if stated.unit not in {"percent", "times", "fraction", ""}:
        return False
    joint = OF[figures.language].match(figures.text, stated.end)
    if stated.unit != "times" and joint is None:
        return False
    begin = stated.end if joint is None else joint.end()
    lexicon = lexicon_of(figures.language)
    said = CLAUSE_END.split(figures.text[begin : begin + 60])[0]
    for match in matches:
        sides = sides_of_ratio(match.licence)
        if sides is None or match.fact.unit not in {"ratio", "percent"}:
            continue
        over, under = sides
        topics = [
            frozenset(tag for tag in term.tags if tag.startswith("t:"))
            for term in lexicon.terms(words(said))[:5]
        ]
        if any(one & under for one in topics):
            return False
        if any(one & over for one in topics):
            return True
    return False


def sides_of_ratio(licence: Licence) -> tuple[frozenset[str], frozenset[str]] | None:
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


def _topics(text: str) -> frozenset[str]:
    tags = english().tags_in(text)
    return frozenset(tag for tag in tags if tag.startswith("t:")) - {
        "t:amount",
        "t:proportion",
        "t:revolving",
    }


def _gap(stated: Quantity, start: int, end: int) -> int:
    return stated.start - end if end <= stated.start else start - stated.end


def _clause(text: str, stated: Quantity, sentence: Span) -> tuple[int, int]:
    start, end = sentence.start, sentence.end
    for match in NEXT_FIGURE.finditer(text, sentence.start, sentence.end):
        if match.end() <= stated.start:
            start = match.end()
        elif match.start() >= stated.end:
            end = match.start()
            break
    return start, end


# Words for the part of a feature's name that tells it from its likes.
VARIANTS: tuple[tuple[str, str], ...] = (
    (
        r"now|current",
        "now current currently today present presently hoy actual actualmente vigente",
    ),
    (r"max|highest|worst|peak", "maximum max highest peak worst fullest maximo pico mayor alto"),
    (r"avg|average|mean", "average averaged averages avg mean promedio media medio promediaron"),
    (r"min|smallest|lowest", "minimum min lowest smallest minimo menor"),
    (r"prior|previous", "prior previous before earlier anterior previo pasado"),
    (r"last|latest", "last latest ultimo ultima reciente"),
    (r"total|sum|paid", "total altogether together sum suma conjunto"),
)


def _variant_words(fact: Fact) -> set[str]:
    name = f"{fact.feature} {fact.label}".lower()
    return {
        f"root:{root(word)}"
        for pattern, words_of in VARIANTS
        if re.search(rf"(?<![a-z])(?:{pattern})(?![a-z])", name)
        for word in words_of.split()
    }


def _telling(some: Sequence[_Match], others: Sequence[_Match]) -> set[str]:
    """Words and tags that the one facts' names have and the others' have not."""

    def of(matches: Sequence[_Match]) -> set[str]:
        found: set[str] = set()
        for match in matches:
            name = named(match.fact)
            found |= {f"root:{r}" for r in roots(name)} | _variant_words(match.fact)
            tags = english().tags_in(name).union(*map(english().tags_of, name.lower().split()))
            found |= {f"tag:{tag}" for tag in tags - ALWAYS if tag.startswith("t:")}
            if len({id(m.licence) for m in (*some, *others)}) > 1:
                statement = match.licence.reason.statement
                found |= {f"root:{r}" for r in roots(statement)}
                found |= {f"tag:{tag}" for tag in match.licence.own_tags if tag.startswith("t:")}
        return found

    return of(some) - of(others)
