"""Moves the library to another embedding model while it is being searched."""

from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from retrieval import store
from retrieval.embedding import Embedder
from retrieval.embedding_models import build_index, register_model, switch_to
from retrieval.passages import VersionId

BATCH = 64
VERSIONS = text(
    "select id, tenant_id from policy_versions where published_at is not null order by id"
)
TEXTS = text("select coalesce(sum(texts), 0) from policy_collections")


async def reembed(
    owner_url: str, embedder: Embedder, progress: Callable[[int, int], None] | None = None
) -> int:
    """Embed every text of every tenant that lacks a vector of this model, then search by it.

    Batches are committed as they come, so a run cut off goes on where it stopped. The former
    vectors stay, and the way back is another switch. What is published meanwhile is embedded in
    another round. Returns how many texts have a vector.
    """
    engine = create_async_engine(owner_url)
    begin = async_sessionmaker(engine).begin
    try:
        async with begin() as session:
            model = await register_model(session, embedder.model, embedder.dimensions)
        done = 0
        while True:
            async with begin() as session:
                versions = (await session.execute(VERSIONS)).all()
                total = int((await session.execute(TEXTS)).scalar_one())
            for version in versions:
                async with begin() as session:
                    wanted = await store.unembedded(session, VersionId(version.id), model.id)
                for at in range(0, len(wanted), BATCH):
                    batch = wanted[at : at + BATCH]
                    rows = await embedder.embed([unembedded.text for unembedded in batch])
                    async with begin() as session:
                        await store.add_vectors(
                            session, batch, rows, model_id=model.id, tenant_id=version.tenant_id
                        )
                    done += len(batch)
                    if progress is not None:
                        progress(done, total)
            async with begin() as session:
                await build_index(session, model)
            async with begin() as session:
                if await switch_to(session, model):
                    return total
    finally:
        await engine.dispose()
