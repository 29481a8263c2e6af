"""How good a ranking is, against graded judgements; needs the standard library alone."""

import math
from collections.abc import Mapping, Sequence


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """Return the discounted gain of the first `depth` over the best there could be, as trec_eval.

    The gain is the grade itself; a passage named twice counts once; 0 where nothing is relevant.

    >>> ndcg(["a", "b"], {"a": 1})
    1.0
    >>> round(ndcg(["x", "b", "a"], {"a": 1, "b": 2}), 4)
    0.6697
    """
    best = _discounted(sorted(grades.values(), reverse=True)[:depth])
    if best == 0:
        return 0.0
    return _discounted([grades.get(key, 0) for key in _first(ranked, depth)]) / best


def recall(ranked: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """Return which part of the relevant passages the first `depth` hold; 0 where none is.

    >>> recall(["a", "x", "a"], {"a": 1, "b": 1, "c": 0})
    0.5
    """
    relevant = {key for key, grade in grades.items() if grade > 0}
    if not relevant:
        return 0.0
    return len(relevant.intersection(_first(ranked, depth))) / len(relevant)


def _first(ranked: Sequence[str], depth: int) -> list[str]:
    return list(dict.fromkeys(ranked))[:depth]


def _discounted(gains: Sequence[int]) -> float:
    return sum(max(gain, 0) / math.log2(place + 2) for place, gain in enumerate(gains))
