"""An embedder whose vectors are the words of a text, and documents to take in."""

import asyncio
from collections.abc import Sequence
from datetime import date
from itertools import count

import numpy as np

from retrieval.describing import Description
from retrieval.embedding import EmbedderUnavailable, Vectors
from retrieval.ingest import Edition, edition_of
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.terms import stem_id, terms_of

MODEL = OnnxEmbedder.model


class WordsEmbedder:
    """Texts that share words lie near each other; fails after as many batches as it is told."""

    def __init__(
        self, model: str = MODEL, dimensions: int = 384, *, fails_after: int | None = None
    ) -> None:
        self.model = model
        self.dimensions = dimensions
        self.fails_after = fails_after
        self.embedded: list[str] = []
        self.batches = 0

    async def embed(self, texts: Sequence[str]) -> Vectors:
        if self.fails_after is not None and self.batches >= self.fails_after:
            raise EmbedderUnavailable("killed")
        self.batches += 1
        self.embedded += texts
        await asyncio.sleep(0)  # as a real one, it lets others go on meanwhile
        return np.stack([self._row(text) for text in texts])

    def map_questions(self, rows: Vectors) -> Vectors:
        return rows

    def _row(self, text: str) -> Vectors:
        row = np.zeros(self.dimensions, dtype=np.float32)
        for stem in terms_of(text):
            row[stem_id(stem) % self.dimensions] += 1
        row[0] += 1e-3
        scaled: Vectors = row / np.linalg.norm(row)
        return scaled


FIRST = date(2020, 1, 1)
_numbers = count()


def policy(
    body: str,
    *,
    slug: str | None = None,
    title: str = "House policy",
    begins: date = FIRST,
    ends: date | None = None,
    jurisdiction: str = "US-federal",
    products: tuple[str, ...] = (),
) -> Edition:
    """A Markdown policy; its name is its own where none is given."""
    said = Description(
        slug=slug or f"policy-{next(_numbers)}",
        title=title,
        jurisdiction=jurisdiction,
        effective_from=begins,
        effective_to=ends,
        products=products,
    )
    return edition_of(body.encode(), said, file_name="policy.md")


def sections(subject: str, number: int) -> str:
    """A document of many short sections that speak of one subject."""
    return "\n\n".join(f"## {n} Rule\n\nThe {subject} rule {n} holds." for n in range(number))
