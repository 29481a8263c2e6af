"""langchain-postgres: `PGVectorStore` with a `HybridSearchConfig`, over its async engine."""

from collections.abc import Sequence

from langchain_core.embeddings import Embeddings
from langchain_postgres import Column, PGEngine, PGVectorStore
from langchain_postgres.v2.hybrid_search_config import HybridSearchConfig, reciprocal_rank_fusion
from langchain_postgres.v2.indexes import HNSWIndex, HNSWQueryOptions
from sqlalchemy.ext.asyncio import create_async_engine
from typing_extensions import override

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
    with_driver,
)

WORDS = "content_tsv"


class Precomputed(Embeddings):
    """Vectors made beforehand, looked up by the text they were made of."""

    def __init__(self, texts: Sequence[Text]) -> None:
        self._vectors = {text.text: text.floats() for text in texts}

    @override
    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Look each up."""
        return [self._vectors[text] for text in texts]

    @override
    def embed_query(self, text: str) -> list[float]:
        """Look it up."""
        return self._vectors[text]

    @override
    async def aembed_query(self, text: str) -> list[float]:
        """Look it up here: the base class would send it through a thread."""
        return self._vectors[text]


class LangChain:
    """Both halves of the search fused by their ranks."""

    distribution = "langchain-postgres"
    candidates = 20

    async def load(self, dsn: str, passages: Sequence[Text], progress: Progress) -> None:
        """Insert with the library's own method, then build both indexes."""
        engine = _engine(dsn, connections=1)
        await engine.ainit_vectorstore_table(
            TABLE,
            vector_size=len(passages[0].vector),
            id_column=Column("langchain_id", "TEXT", nullable=False),
            overwrite_existing=True,
            hybrid_search_config=_hybrid(candidates=ANSWERS),
        )
        store = await PGVectorStore.create(
            engine,
            Precomputed([]),
            TABLE,
            hybrid_search_config=_hybrid(candidates=ANSWERS),
        )
        for batch in batches(passages):
            await store.aadd_embeddings(
                [passage.text for passage in batch],
                [passage.floats() for passage in batch],
                ids=[passage.id for passage in batch],
            )
            progress(len(batch))
        await store.aapply_hybrid_search_index()
        await store.aapply_vector_index(HNSWIndex(m=HNSW_M, ef_construction=HNSW_EF_CONSTRUCTION))
        await engine.close()

    async def open(
        self, dsn: str, queries: Sequence[Text], *, candidates: int, connections: int
    ) -> Search:
        """Open the store; each search gets a configuration of its own (see `_hybrid`)."""
        self._opened = _engine(dsn, connections)
        store = await PGVectorStore.create(
            self._opened,
            Precomputed(queries),
            TABLE,
            index_query_options=HNSWQueryOptions(ef_search=ef_search(candidates)),
        )

        async def search(query: Text) -> list[str]:
            found = await store.asimilarity_search(
                query.text, k=ANSWERS, hybrid_search_config=_hybrid(candidates)
            )
            return [str(document.id) for document in found]

        return search

    async def close(self) -> None:
        """Close the connections."""
        await self._opened.close()


def _engine(dsn: str, connections: int) -> PGEngine:
    return PGEngine.from_engine(
        create_async_engine(with_driver(dsn, "asyncpg"), pool_size=connections)
    )


def _hybrid(candidates: int) -> HybridSearchConfig:
    """Return a new configuration.

    A search writes its query into the configuration it is given and later searches read it from
    there, so that a shared one looks for the first query's words for ever.
    """
    return HybridSearchConfig(
        tsv_column=WORDS,
        tsv_lang=f"pg_catalog.{LANGUAGE}",
        fusion_function=reciprocal_rank_fusion,
        primary_top_k=candidates,
        secondary_top_k=candidates,
    )
