"""llama-index-vector-stores-postgres: `PGVectorStore` with `hybrid_search=True`.

Its blocking methods, which are several times as fast here as the asynchronous ones: those hand
the words to PostgreSQL as a parameter, whose plan for every query then parses them once per row.
"""

from collections.abc import Callable, Sequence

import psycopg
from llama_index.core import MockEmbedding, VectorStoreIndex
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.retrievers.fusion_retriever import FUSION_MODES
from llama_index.core.schema import QueryBundle, TextNode
from llama_index.core.vector_stores.types import VectorStoreQuery, VectorStoreQueryMode
from llama_index.vector_stores.postgres import PGVectorStore

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


class LlamaIndex:
    """The store's own hybrid mode, or the two retrievers that the documentation prefers to it."""

    distribution = "llama-index-vector-stores-postgres"
    candidates = 60

    def __init__(self, *, is_fused: bool) -> None:
        self._is_fused = is_fused

    async def load(self, dsn: str, passages: Sequence[Text], progress: Progress) -> None:
        """Add the nodes to a store without an HNSW index, then have it made by one that asks."""
        with psycopg.connect(with_driver(dsn, None), autocommit=True) as connection:
            connection.execute(f"drop table if exists data_{TABLE}")
        dimensions = len(passages[0].vector)
        store = _store(dsn, dimensions, hnsw=None, connections=1)
        for batch in batches(passages):
            store.add(
                [
                    TextNode(id_=passage.id, text=passage.text, embedding=passage.floats())
                    for passage in batch
                ]
            )
            progress(len(batch))
        await store.close()
        indexed = _store(dsn, dimensions, hnsw=ef_search(ANSWERS), connections=1)
        indexed.query(VectorStoreQuery(query_embedding=passages[0].floats(), similarity_top_k=1))
        await indexed.close()

    async def open(
        self, dsn: str, queries: Sequence[Text], *, candidates: int, connections: int
    ) -> Search:
        """Open the store, with a connection for each worker."""
        self._opened = _store(
            dsn, len(queries[0].vector), hnsw=ef_search(candidates), connections=connections
        )
        blocking = self._fused(queries, candidates) if self._is_fused else self._joined(queries)
        return lambda query: off_the_loop(blocking, query, connections)

    async def close(self) -> None:
        """Close the connections."""
        await self._opened.close()

    def _joined(self, queries: Sequence[Text]) -> Callable[[Text], list[str]]:
        """Half of the answers by meaning, half by words, as the documentation's example has it.

        What is found by words stands after all that is found by meaning, unfused, so that the
        first ten of two longer halves would hold nothing found by words.
        """
        vectors = {query.id: query.floats() for query in queries}
        half = ANSWERS // 2

        def search(query: Text) -> list[str]:
            found = self._opened.query(
                VectorStoreQuery(
                    query_embedding=vectors[query.id],
                    query_str=query.text,
                    mode=VectorStoreQueryMode.HYBRID,
                    similarity_top_k=half,
                    sparse_top_k=half,
                )
            )
            return list(found.ids or ())

        return search

    def _fused(self, queries: Sequence[Text], candidates: int) -> Callable[[Text], list[str]]:
        """Retrieve by meaning and by words, and fuse by the scores relative to the best."""
        vectors = {query.id: query.floats() for query in queries}
        index = VectorStoreIndex.from_vector_store(
            self._opened, embed_model=MockEmbedding(embed_dim=len(queries[0].vector))
        )
        retriever = QueryFusionRetriever(
            [
                index.as_retriever(vector_store_query_mode="default", similarity_top_k=candidates),
                index.as_retriever(vector_store_query_mode="sparse", similarity_top_k=candidates),
            ],
            llm=MockLLM(),  # never asked: one query is the query itself
            num_queries=1,
            mode=FUSION_MODES.RELATIVE_SCORE,
            similarity_top_k=ANSWERS,
            use_async=False,
        )

        def search(query: Text) -> list[str]:
            found = retriever.retrieve(
                QueryBundle(query_str=query.text, embedding=vectors[query.id])
            )
            return [node.node_id for node in found]

        return search


def _store(dsn: str, dimensions: int, *, hnsw: int | None, connections: int) -> PGVectorStore:
    """Open the store; its HNSW settings are made anew each time, for the store empties them."""
    return PGVectorStore(
        connection_string=with_driver(dsn, "psycopg2"),
        async_connection_string=with_driver(dsn, "asyncpg"),
        table_name=TABLE,
        embed_dim=dimensions,
        hybrid_search=True,
        text_search_config=LANGUAGE,
        cache_ok=True,
        use_jsonb=True,
        initialization_fail_on_error=True,
        hnsw_kwargs=None
        if hnsw is None
        else {
            "hnsw_m": HNSW_M,
            "hnsw_ef_construction": HNSW_EF_CONSTRUCTION,
            "hnsw_ef_search": hnsw,
            "hnsw_dist_method": "vector_cosine_ops",
        },
        create_engine_kwargs={"pool_size": connections},
    )
