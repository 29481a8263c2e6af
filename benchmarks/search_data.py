"""The data folder that every system of `search_beside_peers` reads: its form is in peers/README.md.

Passages are ObliQA's. What is wanted beyond them is made of them: two to four sentences from
passages of one document, and as vector the normalised mean of those passages' vectors, moved along
the difference of two others. Such vectors lie where real ones lie; vectors drawn at random would
be all alike far from each other, and an index over them would measure nothing.
"""

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from retrieval.embedding import Vectors
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.question_map import IDENTITY
from retrieval.train_question_map import _embed, fold_of

HELD_OUT = 0  # the fold whose questions are asked: a map may be learned from the others
FEWEST, MOST = 2, 4  # sentences of a made passage
MOVED = 0.35
SENTENCE = re.compile(r"(?<=[.;:])\s+")
SHORTEST = 20


@dataclass(frozen=True, slots=True)
class Data:
    """What a data folder holds."""

    ids: list[str]
    texts: list[str]
    documents: list[str]
    vectors: Vectors
    query_ids: list[str]
    queries: list[str]
    query_vectors: Vectors
    grades: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    document: str
    text: str


def make(folder: Path, obliqa: Path, passages: int, queries: int) -> None:
    """Write the folder, unless it is there. The same arguments give the same data."""
    if (folder / "qrels.json").is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    embedder = OnnxEmbedder(question_map=IDENTITY)
    held = list(_lines(obliqa / "passages.jsonl.gz"))
    embedded = _embed(embedder, [row["text"] for row in held], "passages")
    said = [at for at, row in enumerate(held) if row["text"].strip()][:passages]
    rows = [_Row(held[at]["id"], str(held[at]["doc"]), held[at]["text"]) for at in said]
    made, made_vectors = _distractors(rows, embedded[said], passages - len(rows))
    rows += made
    asked, query_vectors = _questions(obliqa, {row.id for row in rows}, queries, embedder)
    _write(
        folder / "passages",
        [{"id": row.id, "doc": row.document, "text": row.text} for row in rows],
        np.concatenate([embedded[said], made_vectors]),
    )
    _write(
        folder / "queries",
        [{"id": row["qid"], "text": row["question"]} for row in asked],
        query_vectors,
    )
    grades = {row["qid"]: dict.fromkeys(row["gold"], 1) for row in asked}
    (folder / "qrels.json").write_text(json.dumps(grades))


def read(folder: Path) -> Data:
    """Read a data folder."""
    passages = [json.loads(line) for line in (folder / "passages.jsonl").open(encoding="utf-8")]
    queries = [json.loads(line) for line in (folder / "queries.jsonl").open(encoding="utf-8")]
    return Data(
        [row["id"] for row in passages],
        [row["text"] for row in passages],
        [row["doc"] for row in passages],
        np.load(folder / "passages.npy"),
        [row["id"] for row in queries],
        [row["text"] for row in queries],
        np.load(folder / "queries.npy"),
        json.loads((folder / "qrels.json").read_text()),
    )


def _questions(
    obliqa: Path, held: set[str], wanted: int, embedder: OnnxEmbedder
) -> tuple[list[dict[str, Any]], Vectors]:
    every = list(_lines(obliqa / "dev.jsonl.gz"))
    vectors = _embed(embedder, [row["question"] for row in every], "questions")
    chosen = [
        at
        for at, row in enumerate(every)
        if fold_of(row["qid"]) == HELD_OUT and held.issuperset(row["gold"])
    ][:wanted]
    return [every[at] for at in chosen], vectors[chosen]


def _distractors(rows: Sequence[_Row], vectors: Vectors, wanted: int) -> tuple[list[_Row], Vectors]:
    rng = np.random.default_rng(0)
    of_document: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        of_document.setdefault(row.document, []).append(at)
    sentences = [[s for s in SENTENCE.split(row.text) if len(s) >= SHORTEST] for row in rows]
    speaking = {
        document: np.array([at for at in held if sentences[at]])
        for document, held in of_document.items()
    }
    names = [name for name, held in speaking.items() if len(held) > MOST + 2]
    shares = np.array([len(speaking[name]) for name in names], dtype=float)
    chosen = np.sort(rng.choice(len(names), wanted, p=shares / shares.sum()))
    made: list[_Row] = []
    mixed = np.zeros((wanted, vectors.shape[1]), dtype=np.float32)
    for number, name in enumerate(chosen):
        document = names[int(name)]
        sources: NDArray[np.int64] = rng.choice(
            speaking[document], int(rng.integers(FEWEST, MOST + 1)) + 2, replace=False
        )
        said = [str(rng.choice(sentences[at])) for at in sources[:-2]]
        weights = rng.dirichlet(np.ones(len(said))).astype(np.float32)
        vector = weights @ vectors[sources[:-2]]
        vector /= np.linalg.norm(vector)
        vector += MOVED * (vectors[sources[-2]] - vectors[sources[-1]])
        mixed[number] = vector / np.linalg.norm(vector)
        key = str(UUID(bytes=rng.bytes(16), version=4))
        made.append(_Row(key, f"{document} recombined", " ".join(said)))
    return made, mixed


def _write(at: Path, rows: Sequence[dict[str, Any]], vectors: Vectors) -> None:
    with at.with_suffix(".jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    np.save(at.with_suffix(".npy"), vectors.astype(np.float32))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)
