"""Writes of the policy library: a version is staged, embedded in batches, then published at once.

Every step may be cut off and run again. What is staged is not found; publishing numbers the
passages, writes their postings, ends the former version and raises the generation, all in one
transaction. Two versions of a document that are staged at once are judged when they are published.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from retrieval.citations import address_of, references_in
from retrieval.embedding import Vectors
from retrieval.generations import lock_collection, raise_generation
from retrieval.passages import Document, Passage, PassageId, VersionId
from retrieval.periods import refuse_overlap, take_place
from retrieval.tables import SEGMENT
from retrieval.terms import stem_ids, term_counts

NewId = Callable[[], UUID]
MOST_COUNTED = 255


class EmbeddingModelUnknown(Exception):
    """No vectors of this model are kept here: `rationale db upgrade` or `policies reembed`."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A version whose passages are stored; `is_published` if it was there, whole, before."""

    id: VersionId
    is_published: bool


@dataclass(frozen=True, slots=True)
class Unembedded:
    """One text that has no vector yet: a passage (number 0) or one of its finding aids."""

    passage_id: PassageId
    number: int
    text: str


async def stage(
    session: AsyncSession,
    document: Document,
    passages: Sequence[Passage],
    *,
    source: str,
    original: bytes | None,
    aids: Sequence[Sequence[str]],
    tenant_id: UUID | None,
    now: datetime,
    new_id: NewId,
    are_consecutive: bool = True,
) -> Staged:
    """Store a version and its passages, unless the same bytes are there. Raises OverlappingPeriods.

    `aids` are plain-language questions that each passage answers; they help to find it. Passages
    that are not consecutive, as a test set may hold them, are numbered with gaps.
    """
    key = f"{tenant_id}/{document.slug}"
    await session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key}
    )
    held = (
        await session.execute(
            text(
                "select id, sha256, effective_from, effective_to, published_at from "
                "policy_versions where slug = :slug and "
                "tenant_id is not distinct from cast(:tenant as uuid)"
            ),
            {"slug": document.slug, "tenant": tenant_id},
        )
    ).all()
    for row in held:
        if row.sha256 == document.sha256:
            return Staged(VersionId(row.id), row.published_at is not None)
    refuse_overlap(
        document.slug,
        (document.effective_from, document.effective_to),
        [(row.effective_from, row.effective_to) for row in held if row.published_at is not None],
    )
    version_id = VersionId(new_id())
    await session.execute(
        text(
            "insert into policy_versions (id, tenant_id, slug, title, jurisdiction, products, "
            "sha256, media_type, effective_from, effective_to, ended_recorded_at, status, "
            "currency_note, licence, attribution, source, original, recorded_at) values (:id, "
            ":tenant, :slug, :title, :jurisdiction, :products, :sha256, :media_type, "
            ":effective_from, :effective_to, :ended, :status, :currency_note, :licence, "
            ":attribution, :source, :original, :now)"
        ),
        {
            "id": version_id,
            "tenant": tenant_id,
            "slug": document.slug,
            "title": document.title,
            "jurisdiction": document.jurisdiction,
            "products": list(document.products),
            "sha256": document.sha256,
            "media_type": document.media_type,
            "effective_from": document.effective_from,
            "effective_to": document.effective_to,
            "ended": None if document.effective_to is None else now,
            "status": document.status.value,
            "currency_note": document.currency_note,
            "licence": document.licence,
            "attribution": document.attribution,
            "source": source,
            "original": original,
            "now": now,
        },
    )
    rows = [
        {
            "id": new_id(),
            "tenant": tenant_id,
            "version": version_id,
            "number": number if are_consecutive else 2 * number,
            "citation": passage.citation,
            "address": address_of(passage.citation),
            "part": passage.part,
            "context": passage.context,
            "heading": passage.heading,
            "body": passage.text,
            "start": passage.start,
            "end": passage.end,
            "aids": list(helping),
            "refers_to": list(
                references_in(passage.citation, f"{passage.heading}. {passage.text}")
            ),
            "stems": (numbers := stem_ids((*passage.fields, *helping))).astype("<i4").tobytes(),
            "terms": int(np.count_nonzero(numbers)),
            "status": passage.status.value,
            "jurisdiction": document.jurisdiction,
            "products": list(document.products),
            "effective_from": document.effective_from,
            "effective_to": passage.effective_to,
            "ended": None if passage.effective_to is None else now,
            "now": now,
        }
        for number, (passage, helping) in enumerate(zip(passages, aids, strict=True))
    ]
    await session.execute(
        text(
            "insert into policy_passages (id, tenant_id, version_id, number, citation, address, "
            "part, context, heading, body, start_offset, end_offset, aids, refers_to, stems, "
            "terms, status, "
            "jurisdiction, products, effective_from, effective_to, recorded_at, "
            "ended_recorded_at) values (:id, :tenant, :version, :number, :citation, :address, "
            ":part, :context, :heading, :body, :start, :end, :aids, :refers_to, :stems, "
            ":terms, :status, "
            ":jurisdiction, :products, :effective_from, :effective_to, :now, :ended)"
        ),
        rows,
    )
    return Staged(version_id, is_published=False)


async def unembedded(
    session: AsyncSession, version_id: VersionId, model_id: int
) -> list[Unembedded]:
    """Return what of a version has no vector of this model yet, in order."""
    rows = await session.execute(
        text(
            "select p.id, p.context, p.heading, p.body, p.aids, array(select v.number from "
            "policy_vectors as v where v.passage_id = p.id and v.model_id = :model) as there "
            "from policy_passages as p where p.version_id = :version order by p.number"
        ),
        {"version": version_id, "model": model_id},
    )
    wanted = []
    for row in rows:
        own = ". ".join(field for field in (row.context, row.heading, row.body) if field)
        for number, words in enumerate((own, *row.aids)):
            if number not in row.there:
                wanted.append(Unembedded(PassageId(row.id), number, words))
    return wanted


async def add_vectors(
    session: AsyncSession,
    embedded: Sequence[Unembedded],
    vectors: Vectors,
    *,
    model_id: int,
    tenant_id: UUID | None,
) -> None:
    """Store vectors; those that are there already stay."""
    await session.execute(
        text(
            "insert into policy_vectors (passage_id, model_id, number, tenant_id, embedding) "
            "select passage_id, :model, number, :tenant, vector::halfvec from unnest("
            "cast(:passages as uuid[]), cast(:numbers as smallint[]), cast(:vectors as text[])) "
            "as given (passage_id, number, vector) on conflict do nothing"
        ),
        {
            "model": model_id,
            "tenant": tenant_id,
            "passages": [text_.passage_id for text_ in embedded],
            "numbers": [text_.number for text_ in embedded],
            "vectors": [as_vector(row) for row in vectors],
        },
    )


def as_vector(row: Vectors) -> str:
    """Write a vector as pgvector reads it."""
    contiguous = np.ascontiguousarray(row, dtype=np.float32)
    return orjson.dumps(contiguous, option=orjson.OPT_SERIALIZE_NUMPY).decode()


async def publish(
    session: AsyncSession, versions: Sequence[VersionId], *, tenant_id: UUID | None, now: datetime
) -> int:
    """Make staged versions findable and end those they replace; return how many passages.

    What is published is recorded from now on, whenever it was staged. Raises OverlappingPeriods.
    """
    first = await lock_collection(session, tenant_id)
    rows = (
        await session.execute(
            text(
                "select p.id, p.context, p.heading, p.body, p.aids from policy_passages as p join "
                "policy_versions as v on v.id = p.version_id where v.id = any(:versions) and "
                "v.published_at is null order by array_position(:versions, v.id), p.number"
            ),
            {"versions": list(versions)},
        )
    ).all()
    ordinals = range(first, first + len(rows))
    await session.execute(
        text(
            "update policy_passages as p set ordinal = given.ordinal, recorded_at = :now, "
            "ended_recorded_at = case when effective_to is not null then cast(:now as timestamptz) "
            "end from unnest(cast(:ids as uuid[]), cast(:ordinals as integer[])) as given "
            "(id, ordinal) where p.id = given.id"
        ),
        {"ids": [row.id for row in rows], "ordinals": list(ordinals), "now": now},
    )
    await _add_postings(session, rows, first, tenant_id)
    new = await session.execute(
        text(
            "update policy_versions set published_at = :now, recorded_at = :now, "
            "ended_recorded_at = case when effective_to is not null then cast(:now as timestamptz) "
            "end where id = any(:versions) and published_at is null returning id"
        ),
        {"now": now, "versions": list(versions)},
    )
    for row in new.all():
        await take_place(session, VersionId(row.id), now)
    texts = sum(1 + len(row.aids) for row in rows)
    await raise_generation(session, tenant_id, passages=len(rows), texts=texts)
    return len(rows)


async def _add_postings(
    session: AsyncSession, rows: Sequence[Any], first: int, tenant_id: UUID | None
) -> None:
    """Append to each stem's row of the segment; ordinals only ever grow, so order is kept."""
    held: defaultdict[tuple[str, int], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for ordinal, row in enumerate(rows, start=first):
        counts = term_counts((row.context, row.heading, row.body, *row.aids))
        for term, count in counts.items():
            ordinals, how_often = held[term, ordinal // SEGMENT]
            ordinals.append(ordinal)
            how_often.append(min(count, MOST_COUNTED))
    keys = sorted(held)
    await session.execute(
        text(
            "insert into policy_postings as p (term, tenant_id, segment, ordinals, counts) "
            "select term, :tenant, segment, ordinals, counts from unnest(cast(:terms as text[]), "
            "cast(:segments as integer[]), cast(:ordinals as bytea[]), cast(:counts as bytea[])) "
            "as given (term, segment, ordinals, counts) "
            "on conflict (term, tenant_id, segment) do update set "
            "ordinals = p.ordinals || excluded.ordinals, counts = p.counts || excluded.counts"
        ),
        {
            "tenant": tenant_id,
            "terms": [term for term, _ in keys],
            "segments": [segment for _, segment in keys],
            "ordinals": [np.array(held[key][0], dtype="<i4").tobytes() for key in keys],
            "counts": [bytes(held[key][1]) for key in keys],
        },
    )
