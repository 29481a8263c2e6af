"""Reads about whole documents: their versions, outlines, and what stood before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from retrieval.citations import address_of
from retrieval.passages import Citation, Document, Hit, Status, VersionId

VERSIONS = """
    select v.id, v.tenant_id, v.slug, v.title, v.jurisdiction, v.products, v.sha256, v.media_type,
           v.effective_from, v.effective_to, v.status, v.currency_note, v.licence, v.attribution,
           v.recorded_at,
           (select count(*) from policy_passages as p where p.version_id = v.id) as passages
    from policy_versions as v
    where v.published_at is not null
"""


@dataclass(frozen=True, slots=True)
class Version:
    """A published version, when it was recorded, and whether all tenants share it."""

    id: VersionId
    document: Document
    is_shared: bool
    recorded_at: datetime
    passages: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage stands in its document's stored source, in characters."""

    citation: Citation
    heading: str
    start: int
    end: int


async def versions(session: AsyncSession) -> tuple[Version, ...]:
    """Return what the transaction sees, newest recorded first, then by name."""
    found = await session.execute(text(f"{VERSIONS} order by v.recorded_at desc, v.slug"))
    return tuple(_version(row) for row in found)


async def find_version(session: AsyncSession, version_id: VersionId) -> Version | None:
    """Return one version."""
    found = await session.execute(text(f"{VERSIONS} and v.id = :id"), {"id": version_id})
    row = found.one_or_none()
    return None if row is None else _version(row)


async def outline(session: AsyncSession, version_id: VersionId) -> tuple[Place, ...]:
    """Return the places of a version's passages, in order."""
    found = await session.execute(
        text(
            "select citation, heading, start_offset, end_offset from policy_passages "
            "where version_id = :id order by number"
        ),
        {"id": version_id},
    )
    return tuple(
        Place(Citation(row.citation), row.heading, row.start_offset, row.end_offset)
        for row in found
    )


async def former_text(session: AsyncSession, parts: Sequence[Hit]) -> tuple[VersionId, str] | None:
    """Return the same passage in the version that the parts' version replaced."""
    if not parts:
        return None
    former = await session.execute(
        text(
            "select former.id from policy_versions as v join policy_versions as former on "
            "former.slug = v.slug and former.tenant_id is not distinct from v.tenant_id where "
            "v.id = :id and former.published_at is not null and former.effective_to = "
            "v.effective_from order by former.recorded_at desc limit 1"
        ),
        {"id": parts[0].version_id},
    )
    version_id = former.scalar_one_or_none()
    if version_id is None:
        return None
    held = await session.execute(
        text(
            "select body from policy_passages where version_id = :version and citation = :citation "
            "order by part"
        ),
        {"version": version_id, "citation": parts[0].citation},
    )
    return VersionId(version_id), "\n".join(row.body for row in held)


def _version(row: Row[Any]) -> Version:
    return Version(
        id=VersionId(row.id),
        document=Document(
            slug=row.slug,
            title=row.title,
            jurisdiction=row.jurisdiction,
            sha256=row.sha256,
            effective_from=row.effective_from,
            effective_to=row.effective_to,
            status=Status(row.status),
            currency_note=row.currency_note,
            licence=row.licence,
            attribution=row.attribution,
            products=tuple(row.products),
            media_type=row.media_type,
        ),
        is_shared=row.tenant_id is None,
        recorded_at=row.recorded_at,
        passages=row.passages,
    )


async def places_under(
    session: AsyncSession, citation: Citation, version_id: VersionId | None = None
) -> tuple[tuple[str, Place], ...]:
    """Return where a passage and those under it stand, each with its version's hash.

    In one version, or in every version held: what was quoted from an earlier one counts too.
    """
    address = address_of(citation)
    found = await session.execute(
        text(
            "select v.sha256, p.citation, p.heading, p.start_offset, p.end_offset "
            "from policy_passages as p join policy_versions as v on v.id = p.version_id "
            "where v.published_at is not null "
            "and (cast(:version as uuid) is null or v.id = cast(:version as uuid)) "
            "and left(p.address, char_length(:address)) = :address "
            "and substr(p.address, char_length(:address) + 1, 1) !~ :continued "
            "order by v.recorded_at desc, v.id, p.number"
        ),
        {
            "version": version_id,
            "address": address,
            # 12 CFR 1002.1 is no part of 12 CFR 1002.14; Appendix C of Part 1002 is one of it
            "continued": "[0-9]" if address[-1:].isdigit() else "[a-z0-9]",
        },
    )
    return tuple(
        (row.sha256, Place(Citation(row.citation), row.heading, row.start_offset, row.end_offset))
        for row in found
    )
