"""The words that the lexical index holds: lower case, stemmed, without the commonest."""

import re
import zlib
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import snowballstemmer
from numpy.typing import NDArray

WORD = re.compile(r"[a-z0-9]+(?:\.[0-9]+)*")
COMMON = """
a an and are as at be by for from has have if in is it its of on or such that
the their this to was which will with what when who how does do can may under any
"""
STOP = frozenset(COMMON.split())
LONGEST_WORD = 64  # longer is no word, and no index entry
_STEMMER = snowballstemmer.stemmer("english")
FIELD_BREAK = 0  # stands between the fields of a passage, so that no pair of words spans them


@lru_cache(maxsize=200_000)
def stem_of(word: str) -> str | None:
    """Return the stem of a word in lower case, None for one that is not indexed."""
    if word in STOP or len(word) > LONGEST_WORD:
        return None
    return str(_STEMMER.stemWord(word))


@lru_cache(maxsize=200_000)
def stem_id(stem: str) -> int:
    """Return a stem's number, 1 to 2^31 - 1; two stems share one about once in 2 billion pairs."""
    return zlib.crc32(stem.encode()) & 0x7FFFFFFF or 1


def terms_of(text: str) -> list[str]:
    """Return the stems of a text, in order, repeated as often as they occur."""
    return [stem for stem in map(stem_of, WORD.findall(text.lower())) if stem is not None]


def term_counts(fields: Iterable[str]) -> Counter[str]:
    """Return how often each stem occurs in the fields of a passage together."""
    counts: Counter[str] = Counter()
    for field in fields:
        counts.update(terms_of(field))
    return counts


def stem_ids(fields: Iterable[str]) -> NDArray[np.int32]:
    """Return the stems of the fields in order, as numbers, with a break between fields."""
    numbers: list[int] = []
    for field in fields:
        numbers.extend(stem_id(stem) for stem in terms_of(field))
        numbers.append(FIELD_BREAK)
    return np.array(numbers, dtype=np.int32)
