"""Vectors from an OpenAI-compatible `/embeddings` endpoint."""

from collections.abc import Sequence

import httpx
import numpy as np

from retrieval.embedding import EmbedderUnavailable, Vectors

TIMEOUT_S = 10.0
DIMENSIONS = 384  # asked of the endpoint: small vectors search fast, and models shorten well


class OpenAIEmbedder:
    """Asks the endpoint for vectors of the width that the library stores."""

    dimensions = DIMENSIONS

    def __init__(self, base_url: str, api_key: str, model: str) -> None:
        self.model = model
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._http = httpx.AsyncClient(
            base_url=base_url.rstrip("/"), headers=headers, timeout=TIMEOUT_S
        )

    def map_questions(self, rows: Vectors) -> Vectors:
        """Return them as they are: nothing was learned for this model."""
        return rows

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one normalised row per text. Raises EmbedderUnavailable."""
        body = {"model": self.model, "input": list(texts), "dimensions": self.dimensions}
        try:
            response = await self._http.post("/embeddings", json=body)
            response.raise_for_status()
            held = sorted(response.json()["data"], key=lambda row: row["index"])
            rows = np.array([row["embedding"] for row in held], dtype=np.float32)
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            message = f"The embeddings endpoint did not answer usefully: {type(error).__name__}"
            raise EmbedderUnavailable(message) from error
        if rows.shape != (len(texts), self.dimensions):
            message = (
                f"The model gives {rows.shape[-1]} dimensions; the library holds {DIMENSIONS}."
            )
            raise EmbedderUnavailable(message)
        normalised: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return normalised
