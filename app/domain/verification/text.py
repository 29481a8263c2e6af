"""How the checks read a text: sentences, clauses, words with their place, and roots of words."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019\u2011-][^\W\d_]+)*['\u2019]?")
HYPHEN: Final = re.compile(r"[\u2011-]")
SENTENCE_END: Final = re.compile(
    r"(?<=[.!?])[\"\u201d\u2019\u00bb)]*\s+(?=[\"\u201c\u2018\u00ab(\u00bf\u00a1]*[^\W_])|\n+"
)
CLAUSE_END: Final = re.compile(r"[;:,\u2014\u2013()]|\s-\s")
ACCENTS: Final = re.compile(r"[\u0300\u0301\u0308]")  # acute, grave and diaeresis, no tilde
POSSESSIVE: Final = re.compile(r"'s?$")
ENDINGS: Final = ("ing", "ed", "es", "s", "e")
LEAST_STEM: Final = 3
ABBREVIATION: Final = re.compile(
    r"(?:\b(?:[A-Z]|art|arts|sec|approx|aprox|vs|e\.g|i\.e|u\.s|reg)\.)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it stands in a text: `clause` and `sentence` number where it belongs."""

    text: str
    lower: str  # typographic marks made plain
    start: int
    end: int
    sentence: int
    clause: int
    opens: bool  # the first word of its sentence, where a capital says nothing

    @property
    def is_capital(self) -> bool:
        """Whether it is written like a name."""
        return self.text[:1].isupper()


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text."""

    text: str
    start: int
    end: int


def plain(word: str) -> str:
    """Lower case with straight apostrophes and hyphens."""
    return word.lower().replace("\u2019", "'").replace("\u2011", "-").rstrip("'")


def folded(word: str) -> str:
    """Take the accents off, so that a letter typed without them still matches; an \u00f1 stays."""
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFD", word)
    return unicodedata.normalize("NFC", ACCENTS.sub("", parts))


def sentences(text: str) -> list[Span]:
    """Split a text into sentences; an abbreviation's full stop ends none."""
    found, start = [], 0
    for match in SENTENCE_END.finditer(text):
        piece = text[start : match.start()]
        if ABBREVIATION.search(piece):
            continue
        if piece.strip():
            found.append(Span(piece, start, match.start()))
        start = match.end()
    if text[start:].strip():
        found.append(Span(text[start:], start, len(text)))
    return found


def sentence_at(text: str, at: int) -> Span:
    """Return the sentence that holds a place, the whole text where none does."""
    found = (one for one in sentences(text) if one.start <= at < one.end)
    return next(found, Span(text, 0, len(text)))


def words(text: str) -> list[Word]:
    """Return the words of a text, each with its sentence and clause."""
    found: list[Word] = []
    clause = 0
    for number, sentence in enumerate(sentences(text)):
        breaks = [match.start() for match in CLAUSE_END.finditer(sentence.text)]
        is_first = True
        passed = 0
        for match in WORD.finditer(sentence.text):
            while passed < len(breaks) and breaks[passed] < match.start():
                passed += 1
            found += _parts(match, sentence.start, number, clause + passed, opens=is_first)
            is_first = False
        clause += len(breaks) + 1
    return found


def _parts(
    match: re.Match[str], offset: int, sentence: int, clause: int, *, opens: bool
) -> Iterator[Word]:
    """Part a hyphenated word: each part has to be carried by itself."""
    at = match.start()
    for part in HYPHEN.split(match.group()):
        if part:
            start = offset + at
            yield Word(part, plain(part), start, start + len(part), sentence, clause, opens)
        at += len(part) + 1


@lru_cache(maxsize=16_384)
def root(word: str) -> str:
    """Take plural, possessive and verb endings off, so that `balances` is `balance`."""
    word = POSSESSIVE.sub("", plain(word))
    if word.endswith("ies") and len(word) > LEAST_STEM + 2:
        return word.removesuffix("ies") + "y"
    if word.endswith("ly") and len(word) > LEAST_STEM + 2:
        word = word.removesuffix("ly")
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= LEAST_STEM:
            return word.removesuffix(ending)
    return word


def listed(entries: str) -> frozenset[str]:
    """Return the words of a list written as one text."""
    return frozenset(entries.split())


def rooted(entries: str) -> frozenset[str]:
    """Return the roots of the words of a list written as one text."""
    return frozenset(root(word) for word in entries.split())


def roots(text: str) -> list[str]:
    """Return the roots of the words of a text."""
    return [
        root(part) for match in WORD.finditer(text) for part in HYPHEN.split(match.group()) if part
    ]
