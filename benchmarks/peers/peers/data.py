"""The data folder that every system under test reads: texts, their vectors and the judgements."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Text:
    """A passage or a query, with the vector made of it beforehand."""

    id: str
    text: str
    vector: Vectors

    def floats(self) -> list[float]:
        """Return the vector as the libraries take it."""
        floats: list[float] = self.vector.tolist()
        return floats


def passages(folder: Path) -> list[Text]:
    """Read `passages.jsonl` and `passages.npy`."""
    return list(_texts(folder, "passages"))


def queries(folder: Path) -> list[Text]:
    """Read `queries.jsonl` and `queries.npy`."""
    return list(_texts(folder, "queries"))


def _texts(folder: Path, name: str) -> Iterator[Text]:
    vectors = np.load(folder / f"{name}.npy").astype(np.float32, copy=False)
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    if len(rows) != len(vectors):
        message = f"{folder}: {len(rows)} {name}, but {len(vectors)} vectors."
        raise ValueError(message)
    for row, vector in zip(rows, vectors, strict=True):
        yield Text(id=str(row["id"]), text=row["text"], vector=vector)
