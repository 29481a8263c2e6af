"""Which model's vectors are searched, and how another takes its place without an interruption."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

M, EF_CONSTRUCTION = 16, 64
SWITCH = 7_203_518_811  # the advisory lock of whoever publishes vectors, or changes the model


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """A model and revision that vectors were made with; `id` is ours, small and fixed."""

    id: int
    name: str
    dimensions: int


async def searched_model(session: AsyncSession) -> EmbeddingModel | None:
    """Return the model whose vectors are searched, None before the first is registered."""
    found = await session.execute(
        text("select id, name, dimensions from policy_embedding_models where is_searched")
    )
    row = found.one_or_none()
    return None if row is None else EmbeddingModel(row.id, row.name, row.dimensions)


async def register_model(session: AsyncSession, name: str, dimensions: int) -> EmbeddingModel:
    """Return the model's row, made where there is none; the first is searched. Owner's right."""
    await session.execute(text("lock table policy_embedding_models in exclusive mode"))
    await session.execute(
        text(
            "insert into policy_embedding_models (id, name, dimensions, is_searched) select "
            "coalesce(max(id), 0) + 1, :name, :dimensions, count(*) = 0 "
            "from policy_embedding_models on conflict (name) do nothing"
        ),
        {"name": name, "dimensions": dimensions},
    )
    found = await session.execute(
        text("select id, name, dimensions from policy_embedding_models where name = :name"),
        {"name": name},
    )
    row = found.one()
    return EmbeddingModel(row.id, row.name, row.dimensions)


async def build_index(session: AsyncSession, model: EmbeddingModel) -> None:
    """Make the model's HNSW index over its own rows; quicker once they are there."""
    await session.execute(text("set local maintenance_work_mem = '512MB'"))
    await session.execute(
        text(
            f"create index if not exists ix_policy_vectors_model_{model.id:d} on policy_vectors "
            f"using hnsw ((embedding::halfvec({model.dimensions:d})) halfvec_cosine_ops) "
            f"with (m = {M}, ef_construction = {EF_CONSTRUCTION}) where model_id = {model.id:d}"
        )
    )


async def hold_searched(session: AsyncSession) -> EmbeddingModel | None:
    """Return the model that is searched, and keep it so until the transaction ends."""
    await session.execute(text(f"select pg_advisory_xact_lock_shared({SWITCH:d})"))
    return await searched_model(session)


async def switch_to(session: AsyncSession, model: EmbeddingModel) -> bool:
    """Search this model's vectors from now on; False while a published passage lacks one."""
    await session.execute(text(f"select pg_advisory_xact_lock({SWITCH:d})"))
    lacking = await session.execute(
        text(
            "select exists (select from policy_passages as p where p.ordinal is not null and not "
            "exists (select from policy_vectors as v where v.passage_id = p.id and v.number = 0 "
            "and v.model_id = :model))"
        ),
        {"model": model.id},
    )
    if lacking.scalar_one():
        return False
    await session.execute(
        text("update policy_embedding_models set is_searched = false where is_searched")
    )
    await session.execute(
        text("update policy_embedding_models set is_searched = true where id = :model"),
        {"model": model.id},
    )
    return True
