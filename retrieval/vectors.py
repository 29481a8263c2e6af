"""The semantic leg: pgvector, exact where few passages are visible, else by the HNSW index.

An index starved by a filter loses what it should find; a filter that keeps few passages makes an
exact scan over them cheap. So the share that is visible decides.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import TextClause, text
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
    visible = int(np.count_nonzero(mask))
    texts = view.texts / max(len(mask), 1)  # of a passage
    # How deep the index is scanned; it returns only what row-level security shows.
    share = (visible / len(mask)) * min(1.0, view.texts / max(view.vectors_of_all, 1.0))
    depth = int(limit * texts / max(share, 1e-9) * MARGIN)
    parameters: dict[str, object] = {"embedding": as_vector(embedding)}
    if visible <= EXACT_UP_TO or depth > DEEPEST:
        statement = _exact(view.model_id, view.dimensions)
        parameters |= {"ids": view.passage_ids(np.flatnonzero(mask)), "limit": limit}
    else:
        statement = _by_index(view.model_id, view.dimensions)
        is_sure = visible == len(mask) == view.texts  # what the index returns is what is wanted
        asked = limit if is_sure else int(limit * texts * (len(mask) / visible) * MARGIN)
        parameters |= {"limit": asked}
    found = await session.execute(statement, parameters)
    places = [view.place(passage_id) for passage_id in found.scalars()]
    kept = dict.fromkeys(at for at in places if at is not None and mask[at])
    return np.array(list(kept)[:limit], dtype=np.int32)


@lru_cache(maxsize=16)
def _by_index(model_id: int, dimensions: int) -> TextClause:
    return text(
        f"select passage_id from policy_vectors where model_id = {model_id:d} "  # noqa: S608 -- numbers of ours
        f"order by {_distance(dimensions)} limit :limit"
    )


@lru_cache(maxsize=16)
def _exact(model_id: int, dimensions: int) -> TextClause:
    return text(
        f"select passage_id from policy_vectors where model_id = {model_id:d} "  # noqa: S608 -- see above
        "and passage_id = any(:ids) group by passage_id order by "
        f"min({_distance(dimensions)}), passage_id limit :limit"
    )


async def known_of(
    session: AsyncSession, view: View, at: Ints, embeddings: Vectors | None
) -> Known:
    """Return what fusion needs of each candidate, in the order of `at`, which ascends.

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
        # One product by a vector each: a product of matrices would wake BLAS's threads for it.
        products = np.stack([rows @ part for part in asked], axis=1)
        cosines = products / lengths / np.linalg.norm(asked, axis=1)
        begins = (np.cumsum(counts) - counts)[counts > 0]
        meaning[counts > 0] = np.maximum.reduceat(cosines, begins, axis=0)
    return Known(stems, list(np.ascontiguousarray(meaning.T)))


async def _contents(session: AsyncSession, view: View, at: Ints) -> list[Content]:
    held: list[Content | None] = []
    for collection, ordinals in view.split(at):
        contents = collection.contents.setdefault(view.model_id, {})
        held += map(contents.get, ordinals)
    missing = [number for number, content in enumerate(held) if content is None]
    if missing:
        ids = {view.passage_id(int(at[number])): number for number in missing}
        found = await session.execute(CONTENTS, {"ids": list(ids), "model": view.model_id})
        for row in found:
            number = ids[row.id]
            content = Content(_stems(row.stems), _halves(row.vectors, view))
            held[number] = content
            if len(content.vectors) or not view.model_id:  # else it may still be embedded
                collection, ordinal = view.locate(int(at[number]))
                contents = collection.contents[view.model_id]
                contents[ordinal] = content
                if len(contents) > CACHED_PASSAGES:
                    del contents[next(iter(contents))]
    return [content for content in held if content is not None]


def _distance(dimensions: int) -> str:
    return f"embedding::halfvec({dimensions:d}) <=> cast(:embedding as halfvec({dimensions:d}))"


def _stems(held: bytes) -> Ints:
    return np.frombuffer(held, dtype="<i4").astype(np.int32)


def _halves(held: bytes | None, view: View) -> NDArray[np.float16]:
    """Read vectors as pgvector sends them: two numbers before each, most significant byte first."""
    numbers = np.frombuffer(held or b"", dtype=">f2").reshape(-1, view.dimensions + 2)
    return numbers[:, 2:].astype(np.float16)
