"""What a process keeps of the library between searches: who is visible when, and hot postings.

PostgreSQL holds everything; this is a cache of it. A collection's generation rises with every
change, in the transaction that makes it, so a search reads the generation in its own snapshot
and never mixes two states. Row-level security decides which collections a transaction sees.
"""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from retrieval.bm25 import Floats, Ints, Postings, impacts_of, mean_length
from retrieval.passages import Citation, PassageId, Query, Status

CACHED_COLLECTIONS = 64
CACHED_POSTINGS = 12_000_000  # occurrences kept per collection, 5 bytes each
CACHED_VIEWS = 16  # combinations of collections: tenants that search at the same time
CACHED_IMPACTS = 4_000_000  # occurrences kept per view, 9 bytes each
CACHED_MASKS = 16  # filters kept per view, a byte per passage each
NEVER = np.iinfo(np.int32).max
NOT_YET = np.iinfo(np.int64).max
Mask = NDArray[np.bool_]

# What the semantic leg is set to rides along, to spare a round trip: without iterative scan
# ef_search caps what the index returns (pgvector's README).
EF_SEARCH = "100"
STATE = text("""
    select set_config('hnsw.iterative_scan', 'strict_order', true),
           set_config('hnsw.ef_search', cast(:ef_search as text), true),
           c.tenant_id, c.generation, c.texts, model.id as model_id, model.name as model_name,
           model.dimensions,
           (select reltuples from pg_class where oid = to_regclass('policy_vectors')) as vectors
    from policy_collections as c
    left join policy_embedding_models as model on model.is_searched
""")
COLUMNS = """
    select p.id, p.version_id, p.number, p.citation, p.address, p.effective_from, p.effective_to,
           p.recorded_at, p.ended_recorded_at, p.status, p.jurisdiction, p.products, p.terms, v.slug
    from policy_passages as p join policy_versions as v on v.id = p.version_id
    where p.ordinal is not null and
"""
# Two statements, since no index serves "is not distinct from".
SHARED = text(f"{COLUMNS} p.tenant_id is null order by p.ordinal")
OWN = text(f"{COLUMNS} p.tenant_id = :tenant order by p.ordinal")
POSTINGS = text("""
    select term, tenant_id, segment, ordinals, counts from policy_postings
    where term = any(:terms) order by segment
""")


@dataclass(frozen=True, slots=True)
class Content:
    """A passage's stems in order, and its vectors of one model: its own and its finding aids'."""

    stems: Ints
    vectors: NDArray[np.float16]


@dataclass(slots=True)
class Collection:
    """One collection at one generation: a row per passage, by ordinal, and the postings read."""

    tenant_id: UUID | None
    generation: int
    texts: int
    ids: list[PassageId]
    versions: NDArray[np.int32]
    numbers: NDArray[np.int32]
    citations: list[Citation]
    effective_from: NDArray[np.int32]
    effective_to: NDArray[np.int32]
    recorded_at: NDArray[np.int64]
    ended_recorded_at: NDArray[np.int64]
    statuses: NDArray[np.str_]
    jurisdictions: NDArray[np.str_]
    documents: NDArray[np.str_]
    products: list[frozenset[str]]
    lengths: Floats
    postings: OrderedDict[str, Postings] = field(default_factory=OrderedDict)
    occurrences: int = 0
    addresses: list[str] = field(default_factory=list)
    contents: dict[int, dict[int, Content]] = field(default_factory=dict)
    places: dict[UUID, int] = field(default_factory=dict)

    def visible(self, query: Query) -> Mask:
        """Which passages the query may find, by both times, status, jurisdiction and product.

        Raises nothing; mirrors the standing that `standing` gives a single passage.
        """
        as_of = query.as_of.toordinal()
        seen = self.effective_from <= as_of
        ends = self.effective_to
        if query.known_at is not None:
            known = _micros(query.known_at)
            seen &= self.recorded_at <= known
            ends = np.where(self.ended_recorded_at <= known, ends, NEVER)
        if query.status is Status.IN_FORCE:
            seen &= ends > as_of
        elif query.status != "any":
            seen &= (self.statuses == query.status.value) & (ends <= as_of)
        if query.jurisdiction is not None:
            seen &= self.jurisdictions == query.jurisdiction
        if query.product is not None:
            wanted = query.product
            seen &= np.array([not p or wanted in p for p in self.products], dtype=np.bool_)
        if query.among is not None:
            among = query.among
            seen &= np.array([citation in among for citation in self.citations], dtype=np.bool_)
        return np.asarray(seen)

    def remember(self, held: Mapping[str, Postings], at_most: int) -> None:
        """Keep stems' postings, and forget those longest unused beyond the limit."""
        for term, postings in held.items():
            if term not in self.postings:
                self.postings[term] = postings
                self.occurrences += len(postings.ordinals)
            self.postings.move_to_end(term)
        while self.occurrences > at_most and self.postings:
            _, dropped = self.postings.popitem(last=False)
            self.occurrences -= len(dropped.ordinals)


@dataclass(frozen=True, slots=True)
class View:
    """The collections that one transaction sees, numbered through: shared first, then own.

    `positions` say where each passage stands: those of neighbours in a document differ by one.
    A view that nothing has changed since serves the next transaction, with what it keeps.
    """

    collections: tuple[Collection, ...]
    offsets: tuple[int, ...]
    ids: NDArray[np.object_]
    lengths: Floats
    positions: NDArray[np.int64]
    documents: NDArray[np.str_]
    average_length: float
    model_id: int = 0
    model_name: str = ""
    dimensions: int = 0
    vectors_of_all: float = 0.0
    masks: OrderedDict[Query, Mask] = field(default_factory=OrderedDict)
    postings: OrderedDict[str, Postings] = field(default_factory=OrderedDict)

    @classmethod
    def over(cls, collections: Sequence[Collection], state: Row[Any] | None) -> "View":
        """Number collections through, in their order."""
        sizes = [len(collection.ids) for collection in collections]
        lengths = np.concatenate(
            [np.zeros(0, dtype=np.float32), *(collection.lengths for collection in collections)]
        )
        positions = [
            (np.int64(n) << 56) + (c.versions.astype(np.int64) << 32) + c.numbers
            for n, c in enumerate(collections)
        ]
        return cls(
            tuple(collections),
            tuple(sum(sizes[:at]) for at in range(len(sizes))),
            np.array([key for collection in collections for key in collection.ids], dtype=object),
            lengths,
            np.concatenate([np.zeros(0, dtype=np.int64), *positions]),
            np.concatenate([np.zeros(0, dtype=np.str_), *(c.documents for c in collections)]),
            mean_length(lengths),
            (state.model_id if state else None) or 0,
            (state.model_name if state else None) or "",
            (state.dimensions if state else None) or 0,
            float((state.vectors if state else None) or 0),
        )

    @property
    def texts(self) -> int:
        """How many texts of the view have a vector: passages and their finding aids."""
        return sum(collection.texts for collection in self.collections)

    def visible(self, query: Query) -> Mask:
        """Which passages the query may find. Not to be written to: it serves the next query too."""
        if not self.collections:
            return np.zeros(0, dtype=np.bool_)
        filters = replace(query, text="", limit=0, profile="interactive")
        if filters in self.masks:
            self.masks.move_to_end(filters)
            return self.masks[filters]
        mask: Mask = np.concatenate([c.visible(query) for c in self.collections])
        mask.setflags(write=False)
        self.masks[filters] = mask
        if len(self.masks) > CACHED_MASKS:
            self.masks.popitem(last=False)
        return mask

    def merge(self, parts: Sequence[Postings]) -> Postings:
        """Return a stem's postings over the whole view, with what it adds to scores.

        `parts` are its postings in each collection, in their order.
        """
        merged = Postings(
            np.concatenate(
                [
                    np.zeros(0, dtype=np.int32),
                    *(p.ordinals + at for p, at in zip(parts, self.offsets, strict=True)),
                ]
            ).astype(np.int32),
            np.concatenate([np.zeros(0, dtype=np.uint8), *(p.counts for p in parts)]),
        )
        return replace(merged, impacts=impacts_of(merged, self.lengths, self.average_length))

    def remember(self, held: Mapping[str, Postings]) -> None:
        """Keep stems' postings, and forget those longest unused beyond the limit."""
        for term, postings in held.items():
            self.postings[term] = postings
            self.postings.move_to_end(term)
        occurrences = sum(len(postings.ordinals) for postings in self.postings.values())
        while occurrences > CACHED_IMPACTS and len(self.postings) > 1:
            _, dropped = self.postings.popitem(last=False)
            occurrences -= len(dropped.ordinals)

    def holds(self, low: str, high: str) -> bool:
        """Whether any passage's address is `low` or above and below `high`."""
        for collection in self.collections:
            at = bisect_left(collection.addresses, low)
            if at < len(collection.addresses) and collection.addresses[at] < high:
                return True
        return False

    def locate(self, at: int) -> tuple[Collection, int]:
        """Return the collection and the ordinal in it of a passage numbered through."""
        for collection, offset in zip(
            reversed(self.collections), reversed(self.offsets), strict=True
        ):
            if at >= offset:
                return collection, at - offset
        raise IndexError(at)

    def split(self, at: Ints) -> Iterator[tuple[Collection, list[int]]]:
        """Yield each collection with the ordinals in it of passages numbered through, ascending."""
        ends = np.searchsorted(at, [*self.offsets[1:], len(self.lengths)])
        begin = 0
        for collection, offset, end in zip(self.collections, self.offsets, ends, strict=True):
            yield collection, (at[begin:end] - offset).tolist()
            begin = end

    def passage_id(self, at: int) -> PassageId:
        """Return the id of a passage numbered through."""
        found: PassageId = self.ids[at]
        return found

    def passage_ids(self, at: NDArray[np.integer[Any]]) -> list[PassageId]:
        """Return the ids of passages numbered through."""
        found: list[PassageId] = self.ids[at].tolist()
        return found

    def place(self, passage_id: UUID) -> int | None:
        """Return where a passage is numbered through, None for one that is not seen here."""
        for collection, offset in zip(self.collections, self.offsets, strict=True):
            if passage_id in collection.places:
                return offset + collection.places[passage_id]
        return None

    def section(self, at: int) -> tuple[int, Citation]:
        """Return the citation of a passage numbered through, and a number for its version."""
        collection, ordinal = self.locate(at)
        return int(self.positions[at]) >> 32, collection.citations[ordinal]


class Library:
    """Keeps collections between searches; one per process, shared by all its tasks."""

    def __init__(self, *, cached_postings: int = CACHED_POSTINGS) -> None:
        self._cached_postings = cached_postings
        self._held: OrderedDict[UUID | None, Collection] = OrderedDict()
        self._views: OrderedDict[tuple[object, ...], View] = OrderedDict()

    async def view(self, session: AsyncSession) -> View:
        """Return what this transaction sees, read again where it has changed."""
        rows = (await session.execute(STATE, {"ef_search": EF_SEARCH})).all()
        seen = []
        for row in sorted(rows, key=lambda row: (row.tenant_id is not None, str(row.tenant_id))):
            held = self._held.get(row.tenant_id)
            if held is None or held.generation != row.generation:
                if held is not None:
                    self._forget_views_of(held)
                held = await _read_collection(session, row)
                self._held[row.tenant_id] = held
            self._held.move_to_end(row.tenant_id)
            seen.append(held)
        while len(self._held) > CACHED_COLLECTIONS:
            self._held.popitem(last=False)
        first = rows[0] if rows else None
        model = first and (first.model_id, first.model_name, first.dimensions, first.vectors)
        key = (model, *(id(collection) for collection in seen))
        if key not in self._views:
            self._views[key] = View.over(seen, first)
            if len(self._views) > CACHED_VIEWS:
                self._views.popitem(last=False)
        self._views.move_to_end(key)
        return self._views[key]

    def _forget_views_of(self, changed: Collection) -> None:
        for key, view in list(self._views.items()):
            if any(collection is changed for collection in view.collections):
                del self._views[key]

    async def postings(
        self, session: AsyncSession, view: View, terms: Sequence[str]
    ) -> dict[str, Postings]:
        """Return the postings of these stems over the whole view, read where not yet held."""
        held = {term: view.postings[term] for term in terms if term in view.postings}
        wanted = [term for term in terms if term not in held]
        parts = [{t: c.postings[t] for t in wanted if t in c.postings} for c in view.collections]
        missing = [t for t in wanted if any(t not in part for part in parts)]
        if missing:
            for part, read in zip(parts, await _read_postings(session, view, missing), strict=True):
                part.update(read)
        for collection, part in zip(view.collections, parts, strict=True):
            collection.remember(part, self._cached_postings)
        for term in wanted:
            held[term] = view.merge([part[term] for part in parts])
        view.remember(held)
        return {term: held[term] for term in terms}


async def _read_collection(session: AsyncSession, state: Row[Any]) -> Collection:
    if state.tenant_id is None:
        rows = (await session.execute(SHARED)).all()
    else:
        rows = (await session.execute(OWN, {"tenant": state.tenant_id})).all()
    numbers: dict[UUID, int] = {}
    return Collection(
        tenant_id=state.tenant_id,
        generation=state.generation,
        texts=state.texts,
        ids=[PassageId(row.id) for row in rows],
        versions=np.array(
            [numbers.setdefault(row.version_id, len(numbers)) for row in rows], dtype=np.int32
        ),
        numbers=np.array([row.number for row in rows], dtype=np.int32),
        citations=[Citation(row.citation) for row in rows],
        effective_from=np.array([row.effective_from.toordinal() for row in rows], dtype=np.int32),
        effective_to=np.array([_day(row.effective_to) for row in rows], dtype=np.int32),
        recorded_at=np.array([_micros(row.recorded_at) for row in rows], dtype=np.int64),
        ended_recorded_at=np.array(
            [_micros(row.ended_recorded_at) for row in rows], dtype=np.int64
        ),
        statuses=np.array([row.status for row in rows], dtype=np.str_),
        jurisdictions=np.array([row.jurisdiction for row in rows], dtype=np.str_),
        documents=np.array([row.slug for row in rows], dtype=np.str_),
        products=[frozenset(row.products) for row in rows],
        lengths=np.array([row.terms for row in rows], dtype=np.float32),
        addresses=sorted({row.address for row in rows}),
        places={row.id: ordinal for ordinal, row in enumerate(rows)},
    )


async def _read_postings(
    session: AsyncSession, view: View, terms: Sequence[str]
) -> list[dict[str, Postings]]:
    """Read stems' postings per collection, no newer than the collection.

    Each statement sees what is committed when it begins: what was published since the view was
    read has ordinals, always higher ones, that the view does not know.
    """
    found: dict[tuple[UUID | None, str], list[tuple[bytes, bytes]]] = {}
    for row in await session.execute(POSTINGS, {"terms": list(terms)}):
        found.setdefault((row.tenant_id, row.term), []).append((row.ordinals, row.counts))
    read: list[dict[str, Postings]] = []
    for collection in view.collections:
        held = {}
        for term in terms:
            parts = found.get((collection.tenant_id, term), [])
            ordinals = np.frombuffer(b"".join(p[0] for p in parts), dtype="<i4").astype(np.int32)
            counts = np.frombuffer(b"".join(p[1] for p in parts), dtype=np.uint8)
            known = int(np.searchsorted(ordinals, len(collection.ids)))
            held[term] = Postings(ordinals[:known], counts[:known])
        read.append(held)
    return read


def _day(day: date | None) -> int:
    return NEVER if day is None else day.toordinal()


def _micros(instant: datetime | None) -> int:
    return NOT_YET if instant is None else int(instant.astimezone(UTC).timestamp() * 1_000_000)
