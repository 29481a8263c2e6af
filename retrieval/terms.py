"""The words that the lexical index holds: lower case, stemmed, without the commonest."""

import re
from collections import Counter
from functools import lru_cache

import snowballstemmer

WORD = re.compile(r"[a-z0-9]+(?:\.[0-9]+)*")
STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "for",
        "from",
        "has",
        "have",
        "if",
        "in",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "such",
        "that",
        "the",
        "their",
        "this",
        "to",
        "was",
        "which",
        "will",
        "with",
        "what",
        "when",
        "who",
        "how",
        "does",
        "do",
        "can",
        "may",
        "under",
        "any",
    ]
)
_STEMMER = snowballstemmer.stemmer("english")


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))


def terms_of(text: str) -> list[str]:
    """Return the stems of a text, in order, repeated as often as they occur."""
    return [_stem(word) for word in WORD.findall(text.lower()) if word not in STOP]


def term_counts(text: str) -> Counter[str]:
    """Return how often each stem occurs."""
    return Counter(terms_of(text))
