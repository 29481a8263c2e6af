"""pgvector-haystack: an embedding and a keyword retriever, joined by reciprocal rank fusion."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

from haystack import Document, Pipeline, component
from haystack.components.joiners import DocumentJoiner
from haystack.document_stores.types import DuplicatePolicy
from haystack.utils import Secret
from haystack_integrations.components.retrievers.pgvector import (
    PgvectorEmbeddingRetriever,
    PgvectorKeywordRetriever,
)
from haystack_integrations.document_stores.pgvector import PgvectorDocumentStore

from peers.data import Text
from peers.peer import (
    ANSWERS,
    HNSW_EF_CONSTRUCTION,
    HNSW_M,
    LANGUAGE,
    TABLE,
    Progress,
    Search,
    batches,
    ef_search,
    off_the_loop,
    with_driver,
)


@component
class Precomputed:
    """Stands where a text embedder would: vectors made beforehand, looked up by their text."""

    def __init__(self, queries: Sequence[Text]) -> None:
        self._vectors = {query.text: query.floats() for query in queries}

    @component.output_types(embedding=list[float])
    def run(self, text: str) -> dict[str, Any]:
        """Look it up."""
        return {"embedding": self._vectors[text]}


class Haystack:
    """The pipeline of the documentation; a store has one connection, so each worker has its own."""

    distribution = "pgvector-haystack"
    candidates = 10  # the retrievers' own number; each more is copied between components

    def __init__(self) -> None:
        self._stores: list[PgvectorDocumentStore] = []

    async def load(self, dsn: str, passages: Sequence[Text], progress: Progress) -> None:
        """Write to a store that searches exactly; one that asks for HNSW then makes the index."""
        dimensions = len(passages[0].vector)
        store = _store(dsn, dimensions, "exact_nearest_neighbor", ANSWERS, recreate=True)
        for batch in batches(passages):
            store.write_documents(
                [
                    Document(id=passage.id, content=passage.text, embedding=passage.floats())
                    for passage in batch
                ],
                policy=DuplicatePolicy.FAIL,
            )
            progress(len(batch))
        store.close()
        indexed = _store(dsn, dimensions, "hnsw", ANSWERS)
        indexed.count_documents()  # the first use makes the index
        indexed.close()

    async def open(
        self, dsn: str, queries: Sequence[Text], *, candidates: int, connections: int
    ) -> Search:
        """Build a pipeline for each worker."""
        idle: asyncio.Queue[Pipeline] = asyncio.Queue()
        for _ in range(connections):
            store = _store(dsn, len(queries[0].vector), "hnsw", candidates)
            self._stores.append(store)
            idle.put_nowait(_pipeline(store, Precomputed(queries), candidates))

        async def search(query: Text) -> list[str]:
            pipeline = await idle.get()
            try:
                return await off_the_loop(partial(_run, pipeline), query, connections)
            finally:
                idle.put_nowait(pipeline)

        return search

    async def close(self) -> None:
        """Close the connections."""
        for store in self._stores:
            store.close()


def _run(pipeline: Pipeline, query: Text) -> list[str]:
    found = pipeline.run({"embedder": {"text": query.text}, "by_words": {"query": query.text}})
    return [document.id for document in found["joiner"]["documents"]]


def _pipeline(store: PgvectorDocumentStore, embedder: Precomputed, candidates: int) -> Pipeline:
    pipeline = Pipeline()
    pipeline.add_component("embedder", embedder)
    pipeline.add_component(
        "by_meaning", PgvectorEmbeddingRetriever(document_store=store, top_k=candidates)
    )
    pipeline.add_component(
        "by_words", PgvectorKeywordRetriever(document_store=store, top_k=candidates)
    )
    pipeline.add_component(
        "joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=ANSWERS)
    )
    pipeline.connect("embedder.embedding", "by_meaning.query_embedding")
    pipeline.connect("by_meaning", "joiner")
    pipeline.connect("by_words", "joiner")
    return pipeline


def _store(
    dsn: str,
    dimensions: int,
    strategy: Literal["exact_nearest_neighbor", "hnsw"],
    candidates: int,
    *,
    recreate: bool = False,
) -> PgvectorDocumentStore:
    return PgvectorDocumentStore(
        connection_string=Secret.from_token(with_driver(dsn, None)),
        table_name=TABLE,
        language=LANGUAGE,
        embedding_dimension=dimensions,
        vector_function="cosine_similarity",
        recreate_table=recreate,
        search_strategy=strategy,
        hnsw_index_creation_kwargs={"m": HNSW_M, "ef_construction": HNSW_EF_CONSTRUCTION},
        hnsw_ef_search=ef_search(candidates),
    )
