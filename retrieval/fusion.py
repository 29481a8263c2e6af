"""Combines what words and what meaning say of each candidate: pure, over arrays.

Normalised scores, weighted, rank better here than reciprocal ranks: docs/retrieval.md has the
figures of each part.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.bm25 import Floats, Ints

LEXICAL_WEIGHT = 0.42
PART_WEIGHT = 0.5  # of a part of the question; the rest is the whole, which gives it a subject
NEIGHBOUR_WEIGHT = 0.02
# A cosine as low as this tells that two texts have nothing to do with each other.
UNRELATED = -0.1


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages in question: numbered through, with their scores by words and by meaning.

    `meaning` is the best cosine of the passage's vectors with the question, NaN where no
    embedder answered.
    """

    at: Ints
    words: Floats
    meaning: Floats


def fuse(candidates: Candidates, *, lexical_weight: float = LEXICAL_WEIGHT) -> Floats:
    """Return one score from 0 to 1 per candidate."""
    if not len(candidates.at):
        return np.zeros(0, dtype=np.float32)
    words = _share(candidates.words, 0.0)
    if np.isnan(candidates.meaning).all():
        return words
    meaning = _share(np.nan_to_num(candidates.meaning, nan=UNRELATED), UNRELATED)
    fused: Floats = (lexical_weight * words + (1 - lexical_weight) * meaning).astype(np.float32)
    return fused


def with_neighbours(
    scores: Floats, positions: NDArray[np.int64], *, weight: float = NEIGHBOUR_WEIGHT
) -> Floats:
    """Raise what stands beside other good candidates in its document.

    An answer often runs over several paragraphs. `positions` of neighbours differ by one.
    """
    order = np.argsort(positions, kind="stable")
    raised = scores.copy()
    before, after = order[:-1], order[1:]
    beside = positions[after] - positions[before] == 1
    raised[after[beside]] += weight * scores[before[beside]]
    raised[before[beside]] += weight * scores[after[beside]]
    limited: Floats = raised / np.float32(1 + 2 * weight)
    return limited


def merge_parts(scores: Sequence[Floats]) -> Floats:
    """Combine the scores for a whole question, first, with those for its parts.

    A question that asks two things has two best answers, and neither is best for the whole.
    """
    whole, *parts = scores
    if not parts:
        return whole
    weight = np.float32(PART_WEIGHT)
    merged: Floats = np.maximum.reduce([whole, *((1 - weight) * whole + weight * p for p in parts)])
    return merged


def _share(scores: Floats, lowest: float) -> Floats:
    """Scale scores so that the best is 1 and `lowest` is 0."""
    best = float(scores.max())
    if best <= lowest:
        return np.zeros_like(scores)
    scaled: Floats = np.clip((scores - lowest) / (best - lowest), 0.0, None).astype(np.float32)
    return scaled
