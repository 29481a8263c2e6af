"""The semantic leg: pgvector, exact where few passages are visible, else by the HNSW index.

An index starved by a filter loses what it should find; a filter that keeps few passages makes an
exact scan over them cheap. So the share that is visible decides.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from retrieval.bm25 import Floats, Ints
from retrieval.embedding import Vectors
from retrieval.library import Content, Mask, View
from retrieval.store import as_vector

CONTENTS = text("""
    select p.id, p.stems, (
        select string_agg(halfvec_send(v.embedding), ''::bytea order by v.number)
        from policy_vectors as v where v.passage_id = p.id and v.model_id = :model
    ) as vectors
    from policy_passages as p where p.id = any(:ids)
""")
EXACT_UP_TO = 4_000  # passages: about the time of one deep index scan
EF_SEARCH = 100
DEEPEST = 1_000  # neighbours asked of the index before an exact scan is the better way
MARGIN = 1.5  # what is asked for beyond the expected need


CACHED_PASSAGES = 40_000  # of each collection, about 1.3 kB each with one vector


@dataclass(frozen=True, slots=True)
class Known:
    """Of each candidate: its stems, and per question part its best cosine (NaN if unknown)."""

    stems: list[Ints]
    meaning: list[Floats]


async def nearest(
    session: AsyncSession, view: View, mask: Mask, embedding: Vectors, limit: int
) -> NDArray[np.int32]:
    """Return the visible passages nearest to the question, numbered through, in no order."""
    visible = int(mask.sum())
    share = (visible / len(mask)) * min(1.0, view.texts / max(view.vectors_of_all, 1.0))
    asked = int(limit * (view.texts / len(mask)) / max(share, 1e-9) * MARGIN)
    if visible <= EXACT_UP_TO or asked > DEEPEST:
        ids = view.passage_ids(np.flatnonzero(mask).astype(np.int32))
        found = await session.execute(
            text(
                f"select passage_id from policy_vectors where model_id = {view.model_id:d} "  # noqa: S608 -- a number of ours
                "and passage_id = any(:ids) group by passage_id order by "
                f"min({_distance(view)}), passage_id limit :limit"
            ),
            {"ids": ids, "embedding": as_vector(embedding), "limit": limit},
        )
    else:
        # Without iterative scan ef_search caps what the index returns (pgvector's README).
        await session.execute(text("set local hnsw.iterative_scan = strict_order"))
        await session.execute(text(f"set local hnsw.ef_search = {EF_SEARCH}"))
        found = await session.execute(
            text(
                f"select passage_id from policy_vectors where model_id = {view.model_id:d} "  # noqa: S608 -- see above
                f"order by {_distance(view)} limit :limit"
            ),
            {"embedding": as_vector(embedding), "limit": asked},
        )
    places = [view.place(row.passage_id) for row in found]
    kept = dict.fromkeys(at for at in places if at is not None and mask[at])
    return np.array(list(kept)[:limit], dtype=np.int32)


async def known_of(
    session: AsyncSession, view: View, at: Ints, embeddings: Vectors | None
) -> Known:
    """Return what fusion needs of each candidate, in the order of `at`.

    Texts and their vectors never change, so what was read once is kept: the index and its
    distances stay PostgreSQL's, what is worked out here are the candidates that words found.
    """
    held = await _contents(session, view, at)
    stems = [content.stems for content in held]
    if embeddings is None:
        return Known(stems, [np.full(len(held), np.nan, dtype=np.float32)])
    meaning = np.full((len(held), len(embeddings)), np.nan, dtype=np.float32)
    counts = np.array([len(content.vectors) for content in held])
    if counts.any():
        rows = np.concatenate([c.vectors for c in held if len(c.vectors)]).astype(np.float32)
        asked = embeddings.astype(np.float16).astype(np.float32)  # as pgvector compares them
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
        cosines = (rows @ asked.T) / lengths / np.linalg.norm(asked, axis=1)
        begins = (np.cumsum(counts) - counts)[counts > 0]
        meaning[counts > 0] = np.maximum.reduceat(cosines, begins, axis=0)
    return Known(stems, list(np.ascontiguousarray(meaning.T)))


async def _contents(session: AsyncSession, view: View, at: Ints) -> list[Content]:
    held: dict[int, Content] = {}
    missing = []
    for place in at.tolist():
        collection, ordinal = view.locate(place)
        content = collection.contents.get((view.model_id, ordinal))
        if content is None:
            missing.append(place)
        else:
            held[place] = content
    if missing:
        found = await session.execute(
            CONTENTS, {"ids": [view.passage_id(place) for place in missing], "model": view.model_id}
        )
        read = {row.id: Content(_stems(row.stems), _halves(row.vectors, view)) for row in found}
        for place in missing:
            collection, ordinal = view.locate(place)
            held[place] = content = read[view.passage_id(place)]
            if len(content.vectors) or not view.model_id:  # else it may still be embedded
                collection.contents[view.model_id, ordinal] = content
            while len(collection.contents) > CACHED_PASSAGES:
                del collection.contents[next(iter(collection.contents))]
    return [held[place] for place in at.tolist()]


def _distance(view: View, name: str = "embedding") -> str:
    return (
        f"embedding::halfvec({view.dimensions:d}) <=> cast(:{name} as halfvec({view.dimensions:d}))"
    )


def _stems(held: bytes) -> Ints:
    return np.frombuffer(held, dtype="<i4").astype(np.int32)


def _halves(held: bytes | None, view: View) -> NDArray[np.float16]:
    """Read vectors as pgvector sends them: two numbers before each, most significant byte first."""
    numbers = np.frombuffer(held or b"", dtype=">f2").reshape(-1, view.dimensions + 2)
    return numbers[:, 2:].astype(np.float16)
