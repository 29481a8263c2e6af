"""A collection's row: locked by whoever changes the collection, and raised with every change."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def lock_collection(session: AsyncSession, tenant_id: UUID | None) -> int:
    """Keep others from changing a collection until this transaction ends; return its passages."""
    await session.execute(
        text("insert into policy_collections (tenant_id) values (:tenant) on conflict do nothing"),
        {"tenant": tenant_id},
    )
    found = await session.execute(
        text(
            "select passages from policy_collections where tenant_id is not distinct from "
            "cast(:tenant as uuid) for update"
        ),
        {"tenant": tenant_id},
    )
    return int(found.scalar_one())


async def raise_generation(
    session: AsyncSession, tenant_id: UUID | None, *, passages: int = 0, texts: int = 0
) -> None:
    """Tell readers that what they cached is old; count what was added."""
    await session.execute(
        text(
            "update policy_collections set generation = generation + 1, passages = passages + "
            ":passages, texts = texts + :texts "
            "where tenant_id is not distinct from cast(:tenant as uuid)"
        ),
        {"passages": passages, "texts": texts, "tenant": tenant_id},
    )
