"""Learns the question map from questions and the passages that answer them.

`uv run python -m retrieval.train_question_map --obliqa DIR` makes the shipped map in a few
minutes on two cores, from ObliQA's development questions and the seed library's finding aids.
`--leave-out N` leaves out one fifth of ObliQA's questions, for figures out of fold; see
`benchmarks/retrieval.py`.

The loss is the cross-entropy of the softmax over all passages, at temperature 0.05, of the cosines
with a question's mapped vector, against its gold passages: multi-positive InfoNCE (van den Oord et
al. 2018) with every passage as a negative. Passages' vectors stay as they are. Adam (Kingma and Ba
2015), weights drawn towards the identity.
"""

import argparse
import gzip
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.embedding import Vectors
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.question_map import IDENTITY, MANIFEST, MAP
from retrieval.seed_library import seed_editions
from retrieval.seed_vectors import load_vectors, texts_of

FOLDS = 5
EPOCHS = 6
BATCH = 64
RATE = 0.002
TEMPERATURE = 0.05
DECAY = 0.01
WARM_UP = 0.1
CHUNK = 512


@dataclass(frozen=True, slots=True)
class Pairs:
    """Questions' vectors, the rows of the passages that answer each, and all passages' vectors."""

    questions: Vectors
    gold: Sequence[Sequence[int]]
    passages: Vectors


def fold_of(question_id: str) -> int:
    """Return which fifth a question belongs to: fixed by its id, whatever the order."""
    return int(hashlib.sha256(question_id.encode()).hexdigest(), 16) % FOLDS


def learn(sets: Sequence[Pairs], *, seed: int = 0) -> Vectors:
    """Return the map's weights, (dimensions, dimensions); the same inputs give the same map."""
    rng = np.random.default_rng(seed)
    size = sets[0].questions.shape[1]
    identity = np.eye(size, dtype=np.float32)
    weights, first, second = identity.copy(), np.zeros_like(identity), np.zeros_like(identity)
    total = EPOCHS * sum(len(pairs.questions) // BATCH for pairs in sets)
    step = 0
    for _ in range(EPOCHS):
        batches = [
            (pairs, chosen)
            for pairs in sets
            for chosen in _batches(rng.permutation(len(pairs.questions)))
        ]
        for at in rng.permutation(len(batches)):
            gradient = _gradient(weights, *batches[at])
            step += 1
            first = 0.9 * first + 0.1 * gradient
            second = 0.999 * second + 0.001 * gradient**2
            move = (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
            weights -= _rate(step / total) * (move + DECAY * (weights - identity))
        sys.stderr.write(f"\r{step} of {total} steps")
    return weights


def _batches(order: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for at in range(len(order) // BATCH):
        yield order[at * BATCH : (at + 1) * BATCH]


def _rate(progress: float) -> float:
    """Rise linearly at first, then fall along a cosine."""
    if progress < WARM_UP:
        return RATE * progress / WARM_UP
    return float(RATE * 0.5 * (1 + np.cos(np.pi * (progress - WARM_UP) / (1 - WARM_UP))))


def _gradient(weights: Vectors, pairs: Pairs, chosen: NDArray[np.int64]) -> Vectors:
    questions = pairs.questions[chosen]
    mapped = questions @ weights
    norms = np.linalg.norm(mapped, axis=1, keepdims=True)
    unit = mapped / norms
    logits = unit @ pairs.passages.T / TEMPERATURE
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, logits)
    logits /= logits.sum(axis=1, keepdims=True)
    for row, question in enumerate(chosen):
        gold = list(pairs.gold[question])
        logits[row, gold] -= 1 / len(gold)
    towards = (logits @ pairs.passages) / (TEMPERATURE * len(chosen))
    tangent = (towards - (towards * unit).sum(axis=1, keepdims=True) * unit) / norms
    gradient: Vectors = questions.T @ tangent
    return gradient


def finding_aid_pairs() -> Pairs:
    """Return the seed library's finding aids with the passages they were written for."""
    editions = seed_editions()
    rows = load_vectors(editions, OnnxEmbedder.model)
    if rows is None:
        message = "seed/vectors is of other texts; run `python -m retrieval.seed_vectors` first"
        raise SystemExit(message)
    numbers = np.array([number for _, number in texts_of(editions)])
    parts: dict[str, list[int]] = {}
    owners: list[str] = []
    at = -1
    for edition in editions:
        for passage, aids in zip(edition.passages, edition.aids, strict=True):
            at += 1
            parts.setdefault(passage.citation, []).append(at)
            owners += [passage.citation] * len(aids)
    return Pairs(rows[numbers > 0], [parts[owner] for owner in owners], rows[numbers == 0])


def obliqa_pairs(folder: Path, leave_out: int | None, embedder: OnnxEmbedder) -> Pairs:
    """Return ObliQA's development questions, less one fold, with their gold passages."""
    passages = list(_lines(folder / "passages.jsonl.gz"))
    questions = [row for row in _lines(folder / "dev.jsonl.gz") if fold_of(row["qid"]) != leave_out]
    rows = {row["id"]: at for at, row in enumerate(passages)}
    return Pairs(
        _embed(embedder, [row["question"] for row in questions], "questions"),
        [[rows[gold] for gold in row["gold"]] for row in questions],
        _embed(embedder, [row["text"] for row in passages], "passages"),
    )


def _embed(embedder: OnnxEmbedder, texts: Sequence[str], what: str) -> Vectors:
    """Embed, or take what an earlier run kept: a run cut off goes on where it stopped."""
    digest = hashlib.sha256(json.dumps([embedder.model, *texts]).encode()).hexdigest()[:16]
    kept = Path(".cache") / "question-map"
    kept.mkdir(parents=True, exist_ok=True)
    rows = []
    for at in range(0, len(texts), CHUNK):
        file = kept / f"{what}-{digest}-{at}.npy"
        if not file.is_file():
            np.save(file, embedder.embed_now(texts[at : at + CHUNK]))
            sys.stderr.write(f"\r{min(at + CHUNK, len(texts))} of {len(texts)} {what}")
        rows.append(np.load(file))
    return np.concatenate(rows)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def main() -> None:
    """Learn the map and write it, with a manifest of what it was learned from."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--obliqa", type=Path, required=True)
    parser.add_argument("--leave-out", type=int, choices=range(FOLDS))
    parser.add_argument("--out", type=Path, default=MAP)
    options = parser.parse_args()
    embedder = OnnxEmbedder(question_map=IDENTITY)
    aids = finding_aid_pairs()
    obliqa = obliqa_pairs(options.obliqa, options.leave_out, embedder)
    weights = learn([obliqa, aids])
    np.save(options.out, weights.astype(np.float16))
    if options.out == MAP:
        manifest = {
            "model": embedder.model,
            "obliqa_dev_questions": len(obliqa.questions),
            "finding_aids": len(aids.questions),
            "epochs": EPOCHS,
            "sha256": hashlib.sha256(MAP.read_bytes()).hexdigest(),
        }
        MANIFEST.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
