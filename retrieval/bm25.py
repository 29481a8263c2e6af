"""Okapi BM25 (Robertson and Zaragoza 2009) over postings, and what neighbouring words add.

PostgreSQL's ts_rank knows neither document frequency nor length, and `websearch_to_tsquery`
wants every word of a question: neither ranks a question (docs/decisions/0010). Here the postings
come from PostgreSQL and the arithmetic is numpy's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from retrieval.terms import stem_id

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

# Short passages of even length: small k1 and b did best on regulatory text.
K1 = 0.9
B = 0.4
# A pair of neighbouring words weighs this share of its words' idf together: measured to rank as
# well as the pair's own document frequency, which would need fifteen times the postings.
PAIR_WEIGHT = 0.6


@dataclass(frozen=True, slots=True)
class Postings:
    """The passages that hold a stem, by ordinal, and how often each holds it (at most 255).

    `impacts` are what the stem adds to their scores, kept where it was worked out before.
    """

    ordinals: Ints
    counts: NDArray[np.uint8]
    impacts: Floats | None = None


def idf(holding: int, passages: int) -> float:
    """Return how much a stem tells that `holding` of `passages` hold; never negative."""
    return float(np.log(1 + (passages - holding + 0.5) / (holding + 0.5)))


def saturate(counts: Floats, lengths: Floats, average: float) -> Floats:
    """Return the term-frequency part of BM25: more occurrences tell less and less."""
    weighed: Floats = (
        counts * np.float32(K1 + 1) / (counts + np.float32(K1) * (1 - B + B * lengths / average))
    ).astype(np.float32)
    return weighed


def impacts_of(held: Postings, lengths: Floats, average: float) -> Floats:
    """Return what a stem adds to the score of each passage that holds it."""
    weight = np.float32(idf(len(held.ordinals), len(lengths)))
    counts = held.counts.astype(np.float32)
    return weight * saturate(counts, lengths[held.ordinals], average)


def score_terms(postings: Mapping[str, Postings], lengths: Floats) -> Floats:
    """Return each passage's BM25 score for the stems whose postings are given."""
    scores = np.zeros(len(lengths), dtype=np.float32)
    for held in postings.values():
        impacts = held.impacts
        if impacts is None:
            impacts = impacts_of(held, lengths, mean_length(lengths))
        scores[held.ordinals] += impacts  # an ordinal stands once in a stem's postings
    return scores


def score_pairs(
    query: Sequence[str],
    weights: Mapping[str, float],
    passages: Sequence[Ints],
    average: float,
) -> Floats:
    """Return what pairs of neighbouring words of the query add to each passage's score.

    `passages` are stems by number in order, as `terms.stem_ids` makes them; `weights` are the
    stems' idf.
    """
    scores = np.zeros(len(passages), dtype=np.float32)
    pairs = dict.fromkeys(pairwise(query))
    if not pairs or not passages:
        return scores
    sizes = np.array([len(p) for p in passages])
    lengths = sizes.astype(np.float32)
    everything = np.concatenate(passages)
    # Only where a pair may begin is anything compared; 16 bits tell well enough where that is.
    begins = np.zeros(1 << 16, dtype=np.bool_)
    begins[[stem_id(first) & 0xFFFF for first, _ in pairs]] = True
    at = np.flatnonzero(begins[everything[:-1] & 0xFFFF])
    owners = np.searchsorted(np.cumsum(sizes), at, side="right")
    together = (everything[at].astype(np.int64) << 32) | everything[at + 1]
    for first, second in pairs:
        key = (stem_id(first) << 32) | stem_id(second)
        found = owners[together == key]
        if len(found):
            counts = np.bincount(found, minlength=len(passages)).astype(np.float32)
            weight = np.float32(PAIR_WEIGHT * (weights.get(first, 0.0) + weights.get(second, 0.0)))
            scores += weight * saturate(counts, lengths, average)
    return scores


def mean_length(lengths: Floats) -> float:
    """Return the average number of stems in a passage, 1 where there is none."""
    return float(lengths.mean()) if len(lengths) else 1.0
