"""How sure it is that the passages found answer the question, rather than lie near it.

A logistic of a few signs, fitted by `retrieval.calibrate` on questions with and without an
answer; docs/retrieval.md has its figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np

from retrieval.bm25 import Floats, Postings, idf

# Fitted weights, in the order of Signs.vector: see the module's docstring.
INTERCEPT = -3.0
WEIGHTS = (8.0, 1.5, -4.0, 1.0, -4.0)
TOP = 10


@dataclass(frozen=True, slots=True)
class Signs:
    """What tells an answer from the nearest noise.

    `nearest` is the best cosine; `covered` the share of the question's weight in words that the
    best passage by words holds; `unheard` the share of it in words the library does not have;
    `lead` how far the best fused passage stands out; `names_unheld` whether a citation is named
    that is not held.
    """

    nearest: float
    covered: float
    unheard: float
    lead: float
    names_unheld: bool = False

    @classmethod
    def nothing(cls) -> "Signs":
        """No passage was visible."""
        return cls(0.0, 0.0, 1.0, 0.0)

    @classmethod
    def of(
        cls,
        stems: Sequence[str],
        weights: Mapping[str, float],
        postings: Mapping[str, Postings],
        words: Floats,
        meaning: Floats,
    ) -> "Signs":
        """Read the signs off a search; `words` and `meaning` in the order of the ranking."""
        asked = set(stems)
        unknown = idf(0, max(len(words), 1000))
        heard = sum(weights.get(stem, 0.0) for stem in asked if len(postings[stem].ordinals))
        unheard = unknown * sum(1 for stem in asked if not len(postings[stem].ordinals))
        everything = heard + unheard or 1.0
        near = np.nan_to_num(meaning, nan=0.0)
        top = float(near[:TOP].max()) if len(near) else 0.0
        return cls(
            nearest=top,
            covered=min(1.0, float(words[:TOP].max() if len(words) else 0.0) / everything),
            unheard=unheard / everything,
            lead=top - float(np.median(near)) if len(near) else 0.0,
        )

    @property
    def vector(self) -> tuple[float, ...]:
        """The signs as numbers, in the order of the weights."""
        return (self.nearest, self.covered, self.unheard, self.lead, float(self.names_unheld))


def confidence(signs: Signs) -> float:
    """Return the probability, 0 to 1, that the library answers the question."""
    total = INTERCEPT + sum(w * x for w, x in zip(WEIGHTS, signs.vector, strict=True))
    return 1 / (1 + exp(-total))
