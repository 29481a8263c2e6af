"""Combines two rankings: normalised scores, weighted (better here than reciprocal ranks)."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

K = TypeVar("K")
LEXICAL_WEIGHT = 0.5


def min_max(scores: Mapping[K, float]) -> dict[K, float]:
    """Scale scores to 0..1 within their own list."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0)
    return {key: (score - low) / (high - low) for key, score in scores.items()}


def fuse(
    lexical: Mapping[K, float],
    semantic: Mapping[K, float],
    *,
    order: Mapping[K, str],
    lexical_weight: float = LEXICAL_WEIGHT,
) -> Sequence[tuple[K, float]]:
    """Return keys with their fused score, best first; ties by `order`, so that runs agree."""
    words, meanings = min_max(lexical), min_max(semantic)
    weight = lexical_weight if semantic else 1.0
    fused = {
        key: weight * words.get(key, 0.0) + (1 - weight) * meanings.get(key, 0.0)
        for key in {*words, *meanings}
    }
    return sorted(fused.items(), key=lambda item: (-item[1], order[item[0]]))
