"""How sure it is that the passages found answer the question, rather than lie near it.

A logistic of a few signs, fitted by `retrieval.calibrate` on questions with and without an
answer; docs/retrieval.md has its figures.
"""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import exp, log1p

import numpy as np

from retrieval.bm25 import Floats, Ints
from retrieval.scope import NAMES
from retrieval.terms import stem_id, terms_of

# Fitted by `retrieval.calibrate`, in the order of Signs.vector; the intercept puts even odds where
# about one answerable question in twenty is refused.
INTERCEPT = -3.4
WEIGHTS = (8.47, 0.43, -0.49, -1.71, -1.69, -2.62)
MOST_NAMES = 2
# A word with a capital inside a sentence, or an acronym anywhere.
PROPER = re.compile(
    r"(?<![.?!]\s)(?<!^)\b(?P<name>[A-Z][a-z][\w&.-]*)|\b(?P<acronym>[A-Z][A-Z][\w&.-]*)"
)
BEST = 8  # passages among which the question's words are looked for


@dataclass(frozen=True, slots=True)
class Signs:
    """What tells an answer from the nearest noise, each 0 to 1.

    `nearest` is the best cosine of the question's plain vector; `covered` the share of the
    question's weight in words that one of the best passages holds; `unheard` the share in words
    that the library does not have; `missing` the weight of the rarest word that none of the best
    passages holds; `unnamed` half the number of names, two at most, that none of them holds;
    `names_unheld` whether a citation is named that is not held.
    """

    nearest: float
    covered: float
    unheard: float
    missing: float
    unnamed: float = 0.0
    names_unheld: bool = False

    @classmethod
    def nothing(cls) -> "Signs":
        """No passage was visible."""
        return cls(0.0, 0.0, 1.0, 1.0)

    @classmethod
    def of(
        cls,
        question: str,
        weights: Mapping[str, float],
        passages: int,
        best: Sequence[Ints],
        meaning: Floats,
    ) -> "Signs":
        """Read the signs off a search.

        `weights` are the idf of the question's stems, zero for those that no passage holds; `best`
        the stems of the best passages by number; `meaning` the plain cosines of all candidates.
        """
        rarest = log1p(passages)
        asked = {stem: weights.get(stem) or rarest for stem in terms_of(question)}
        everything = sum(asked.values()) or 1.0
        held = [set(words.tolist()) for words in best[:BEST]]
        shares = [
            sum(weight for stem, weight in asked.items() if stem_id(stem) in words)
            for words in held
        ]
        anywhere: set[int] = set().union(*held)
        absent = [weight for stem, weight in asked.items() if stem_id(stem) not in anywhere]
        near = np.nan_to_num(meaning, nan=0.0)
        return cls(
            nearest=float(near.max()) if len(near) else 0.0,
            covered=max(shares, default=0.0) / everything,
            unheard=sum(rarest for stem in asked if not weights.get(stem)) / everything,
            missing=min(1.0, max(absent, default=0.0) / rarest),
            unnamed=_unnamed(question, anywhere),
        )

    @property
    def vector(self) -> tuple[float, ...]:
        """The signs as numbers, in the order of the weights."""
        return (
            self.nearest,
            self.covered,
            self.unheard,
            self.missing,
            float(self.names_unheld),
            self.unnamed,
        )


def _unnamed(question: str, held: AbstractSet[int]) -> float:
    """Return half the number of names that no passage holds, two at most.

    A law or a country that the library knows by another name is none (`scope`).
    """
    for pattern, _ in NAMES:
        question = pattern.sub(" ", question)
    names = [found["name"] or found["acronym"] for found in PROPER.finditer(question)]
    lacking = [n for n in names if any(stem_id(stem) not in held for stem in terms_of(n))]
    return min(len(lacking), MOST_NAMES) / MOST_NAMES


def confidence(signs: Signs) -> float:
    """Return the probability, 0 to 1, that the library answers the question."""
    total = INTERCEPT + sum(w * x for w, x in zip(WEIGHTS, signs.vector, strict=True))
    return 1 / (1 + exp(-total))
