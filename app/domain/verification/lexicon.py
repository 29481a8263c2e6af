"""What words mean to the checks: each has tags, such as `plain`, `high` or `t:income`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.domain.verification.text import Word, folded, plain, root
from app.domain.verification.text import words as words_of

Tags = frozenset[str]
NO_TAGS: Final[Tags] = frozenset()
LONGEST_PHRASE: Final = 6
KNOWN_WORDS: Final = 16_384  # kept with their tags: more than a language uses here
FEW_TOPICS: Final = 2  # a word of more topics speaks of none in particular


@lru_cache(maxsize=4096)
def topics_of(tags: Tags) -> Tags:
    """Return those of some tags that name a topic."""
    return frozenset(tag for tag in tags if tag.startswith("t:"))


@dataclass(frozen=True, slots=True)
class Term:
    """One or several words that the lexicon reads as one, with what they may mean."""

    words: tuple[Word, ...]
    tags: Tags
    roots: frozenset[str]

    @classmethod
    def of(cls, words: Sequence[Word], tags: Tags) -> "Term":
        """Make a term, with the roots of its words."""
        return cls(tuple(words), tags, frozenset(root(word.text) for word in words))

    @property
    def topics(self) -> Tags:
        """What it is about, as far as it says."""
        return topics_of(self.tags)

    @property
    def first(self) -> str:
        """Its first word in lower case."""
        return self.words[0].lower

    @property
    def text(self) -> str:
        """The words as they stand."""
        return " ".join(word.text for word in self.words)

    @property
    def start(self) -> int:
        """Offset of the first character."""
        return self.words[0].start

    @property
    def end(self) -> int:
        """Offset after the last character."""
        return self.words[-1].end

    @property
    def clause(self) -> int:
        """The clause it stands in."""
        return self.words[0].clause

    @property
    def sentence(self) -> int:
        """The sentence it stands in."""
        return self.words[0].sentence


class Lexicon:
    """The words of one language by tag.

    An entry is a word, a beginning (`declin*`), or a phrase joined by underscores (`past_due`).
    Phrases win over words, exact words over beginnings; a word not listed has the tags of a
    listed word with the same root.
    """

    def __init__(self, entries: Mapping[str, Iterable[str]]) -> None:
        exact: dict[str, set[str]] = {}
        starts: dict[str, set[str]] = {}
        phrases: dict[str, dict[tuple[str, ...], set[str]]] = {}
        for tag, listed in entries.items():
            for entry in map(plain, listed):
                parts = tuple(part for part in re.split(r"[_-]", entry) if part)
                if len(parts) > 1:
                    phrases.setdefault(parts[0], {}).setdefault(parts, set()).add(tag)
                elif entry.endswith("*"):
                    starts.setdefault(entry[:-1], set()).add(tag)
                else:
                    exact.setdefault(entry, set()).add(tag)
        self._exact = {word: frozenset(tags) for word, tags in exact.items()}
        self._starts = {start: frozenset(tags) for start, tags in starts.items()}
        self._phrases = {
            first: {parts: self._with_topics(parts, tags) for parts, tags in found.items()}
            for first, found in phrases.items()
        }
        self._bare = _merged(
            (folded(word), tags) for word, tags in self._exact.items() if not word.isascii()
        )
        self._roots = _merged((root(word), tags) for word, tags in self._exact.items())
        self.tags_of = lru_cache(maxsize=KNOWN_WORDS)(self._tags_of)

    def _with_topics(self, parts: Sequence[str], tags: set[str]) -> Tags:
        """A phrase about a topic speaks of the topics of its words too."""
        if not any(tag.startswith("t:") for tag in tags) or "plain" in tags:
            return frozenset(tags)
        topics = (topics_of(self._exact.get(part, NO_TAGS)) for part in parts)
        return frozenset(tags).union(*(of for of in topics if len(of) <= FEW_TOPICS))

    def _tags_of(self, word: str) -> Tags:
        """Return the tags of one word in lower case, none if it is not known."""
        if word in self._exact:
            return self._exact[word]
        if word in self._bare:
            return self._bare[word]
        for length in range(len(word), 2, -1):
            if word[:length] in self._starts:
                return self._starts[word[:length]]
        return self._roots.get(root(word), NO_TAGS)

    def terms(self, words: Sequence[Word]) -> list[Term]:
        """Read words as terms, the longest phrase first."""
        found: list[Term] = []
        lowered = [word.lower for word in words]
        at = 0
        while at < len(words):
            length, tags = self._phrase(words, lowered, at)
            if length:
                found.append(Term.of(words[at : at + length], tags))
                at += length
            else:
                found.append(Term.of(words[at : at + 1], self.tags_of(words[at].lower)))
                at += 1
        return found

    def _phrase(self, words: Sequence[Word], lowered: list[str], at: int) -> tuple[int, Tags]:
        candidates = self._phrases.get(lowered[at])
        if candidates is None:
            return 0, NO_TAGS
        for length in range(LONGEST_PHRASE, 1, -1):
            piece = tuple(lowered[at : at + length])
            if len(piece) < length or words[at + length - 1].clause != words[at].clause:
                continue
            tags = candidates.get(piece)
            if tags is not None:
                return length, tags
        return 0, NO_TAGS

    def tags_in(self, text: str) -> Tags:
        """Return all tags of the words of a text."""
        return NO_TAGS.union(*(term.tags for term in self.read(text)))

    def read(self, text: str) -> list[Term]:
        """Read a text as terms."""
        return self.terms(words_of(text))


def _merged(pairs: Iterable[tuple[str, Tags]]) -> dict[str, Tags]:
    merged: dict[str, Tags] = {}
    for key, tags in pairs:
        merged[key] = merged.get(key, NO_TAGS) | tags
    return merged
