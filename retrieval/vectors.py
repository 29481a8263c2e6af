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
from retrieval.library import Mask, View
from retrieval.store import as_vector

EXACT_UP_TO = 4_000  # passages: about the time of one deep index scan
EF_SEARCH = 100
DEEPEST = 1_000  # neighbours asked of the index before an exact scan is the better way
MARGIN = 1.5  # what is asked for beyond the expected need


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
        ids = [view.passage_id(int(at)) for at in np.flatnonzero(mask)]
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
    """Return what fusion needs of each candidate, in the order of `at`, in one statement."""
    ids = [view.passage_id(int(place)) for place in at]
    parameters: dict[str, object] = {"ids": ids}
    columns = []
    for number, embedding in enumerate(() if embeddings is None else embeddings):
        parameters[f"embedding{number}"] = as_vector(embedding)
        columns.append(f"1 - min({_distance(view, f'embedding{number}')}) as meaning{number}")
    if not columns:
        found = await session.execute(
            text("select id, stems from policy_passages where id = any(:ids)"), parameters
        )
        held = {row.id: row for row in found}
        nothing = np.full(len(ids), np.nan, dtype=np.float32)
        return Known([_stems(held[i].stems) for i in ids], [nothing])
    found = await session.execute(
        text(
            f"select p.id, p.stems, near.* from policy_passages as p left join lateral (select "  # noqa: S608 -- see above
            f"{', '.join(columns)} from policy_vectors as v where v.passage_id = p.id and "
            f"v.model_id = {view.model_id:d}) as near on true where p.id = any(:ids)"
        ),
        parameters,
    )
    held = {row.id: row for row in found}
    meaning = [
        np.array([getattr(held[i], f"meaning{number}") for i in ids], dtype=np.float32)
        for number in range(len(columns))
    ]
    return Known([_stems(held[i].stems) for i in ids], meaning)


def _distance(view: View, name: str = "embedding") -> str:
    return (
        f"embedding::halfvec({view.dimensions:d}) <=> cast(:{name} as halfvec({view.dimensions:d}))"
    )


def _stems(held: bytes) -> Ints:
    return np.frombuffer(held, dtype="<i4").astype(np.int32)
