"""When the versions of a document are in force: never two at once, and ended once."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from retrieval.generations import lock_collection, raise_generation
from retrieval.passages import VersionId

Period = tuple[date, date | None]


class OverlappingPeriods(Exception):
    """A version that would be in force while a later or equal one of its document is."""


class EndBeforeBeginning(Exception):
    """A document would end before the version that counts begins."""


def refuse_overlap(slug: str, new: Period, held: Sequence[Period]) -> None:
    """A version may follow the last one, or fill a time in which none was in force."""
    starts, stops = new
    for begins, ends in held:
        follows_open = starts > begins and ends is None
        is_after = ends is not None and starts >= ends
        is_before = stops is not None and stops <= begins
        if follows_open or is_after or is_before:
            continue
        message = (
            f"{slug} already has a version in force from {begins} to "
            f"{ends or 'further notice'}; this one, from {starts}, overlaps it."
        )
        raise OverlappingPeriods(message)


async def take_place(session: AsyncSession, version_id: VersionId, now: datetime) -> None:
    """End the version that was in force when this one begins. Raises OverlappingPeriods.

    The collection is locked, so what is published now is all that counts.
    """
    rows = (
        await session.execute(
            text(
                "select other.id, other.effective_from, other.effective_to, new.slug, "
                "new.effective_from as starts, new.effective_to as stops from policy_versions as "
                "new join policy_versions as other on other.slug = new.slug and other.tenant_id "
                "is not distinct from new.tenant_id and other.id <> new.id "
                "where new.id = :version and other.published_at is not null"
            ),
            {"version": version_id},
        )
    ).all()
    for row in rows:
        held = (row.effective_from, row.effective_to)
        refuse_overlap(row.slug, (row.starts, row.stops), [held])
        if row.effective_to is None and row.effective_from < row.starts:
            await _end(session, VersionId(row.id), row.starts, "superseded", now)


async def withdraw(
    session: AsyncSession,
    slug: str,
    *,
    on: date,
    status: str,
    tenant_id: UUID | None,
    now: datetime,
) -> int:
    """Record that a document ended on a day; return how many versions that concerns.

    Raises EndBeforeBeginning.
    """
    await lock_collection(session, tenant_id)
    found = (
        await session.execute(
            text(
                "select id, effective_from from policy_versions where slug = :slug and "
                "effective_to is null and published_at is not null and "
                "tenant_id is not distinct from cast(:tenant as uuid)"
            ),
            {"slug": slug, "tenant": tenant_id},
        )
    ).all()
    for row in found:
        if on < row.effective_from:
            message = f"The version that counts is in force from {row.effective_from} on."
            raise EndBeforeBeginning(message)
        await _end(session, VersionId(row.id), on, status, now)
    if found:
        await raise_generation(session, tenant_id)
    return len(found)


async def _end(
    session: AsyncSession, version_id: VersionId, on: date, status: str, now: datetime
) -> None:
    for table, key in (("policy_versions", "id"), ("policy_passages", "version_id")):
        await session.execute(
            text(
                f"update {table} set effective_to = :on, ended_recorded_at = :now, "  # noqa: S608 -- our own names
                f"status = :status where {key} = :version and effective_to is null"
            ),
            {"on": on, "now": now, "status": status, "version": version_id},
        )
