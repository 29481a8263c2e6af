"""What turns text into vectors: a port with two implementations."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Embeds text; `model` names model and revision, and is stored with each vector."""

    model: str
    dimensions: int

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one L2-normalised row per text. Raises EmbedderUnavailable."""
        ...

    def map_questions(self, rows: Vectors) -> Vectors:
        """Turn the rows of questions towards those of the passages that answer them."""
        ...


class EmbedderUnavailable(Exception):
    """The embedding model cannot be used now; search goes on by words alone."""
