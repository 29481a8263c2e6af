"""A linear map that turns a question's vector towards the passages that answer such questions.

Learned on the questions' side alone: the stored vectors of passages stay as they are, so that
another map needs no re-embedding. `retrieval.train_question_map` makes the shipped one.
"""

import json
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from retrieval.embedding import Vectors
from seed.library import SEED

MAP = SEED / "vectors" / "question_map.float16.npy"
MANIFEST = SEED / "vectors" / "question_map.json"


@dataclass(frozen=True, slots=True)
class QuestionMap:
    """`weights` has the shape (dimensions, dimensions); None leaves questions as they are."""

    weights: Vectors | None

    def apply(self, questions: Vectors) -> Vectors:
        """Return mapped and L2-normalised rows, one per question."""
        if self.weights is None or not len(questions):
            return questions
        mapped = questions @ self.weights
        turned: Vectors = mapped / np.linalg.norm(mapped, axis=1, keepdims=True)
        return turned


IDENTITY = QuestionMap(None)


@lru_cache(maxsize=1)
def shipped_map() -> QuestionMap:
    """Return the map that ships, made for the embedder its manifest names."""
    return QuestionMap(np.load(MAP).astype(np.float32))


def shipped_manifest() -> dict[str, object]:
    """Return what is known of the shipped map: model, training sets, figures."""
    held: dict[str, object] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return held
