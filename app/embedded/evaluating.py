"""Evaluations that need the database and the embedder."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, cast

import numpy as np

from app.embedded.home import home
from app.embedded.library import owner_url
from app.embedded.start import Started
from app.settings import Settings
from retrieval.evaluate import evaluate, read_test_set
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.question_map import IDENTITY, QuestionMap


async def evaluate_retrieval(
    started: Started,
    settings: Settings,
    passages: Path,
    questions: Path,
    k: int,
    profile: str,
    question_map: Path | None,
    outcomes: Path | None,
    progress: Callable[[str, int, int], None],
) -> dict[str, object]:
    """Measure the search on a test set; the vectors of its passages are kept for the next time."""
    searching = started.resources.searching
    embedder = searching.embedder
    if question_map is not None and isinstance(embedder, OnnxEmbedder):
        embedder = OnnxEmbedder(question_map=_read_map(question_map))
    return await evaluate(
        read_test_set(passages, questions),
        owner_url=owner_url(started, settings),
        embedder=embedder,
        reranker=searching.reranker,
        cache=home(settings.home) / "cache" / "evaluation",
        new_id=started.resources.new_id,
        profile=cast("Literal['interactive', 'thorough']", profile),
        k=k,
        progress=progress,
        outcomes_to=outcomes,
    )


def _read_map(path: Path) -> QuestionMap:
    return IDENTITY if path.name == "none" else QuestionMap(np.load(path).astype(np.float32))
