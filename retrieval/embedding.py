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


class EmbedderUnavailable(Exception):
    """The embedding model cannot be used now; search goes on by words alone."""


def embedded_text(heading: str, text: str) -> str:
    """Return what of a passage is embedded: its heading gives a fragment its subject."""
    return f"{heading}. {text}" if heading else text
