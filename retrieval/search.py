"""The whole search: by citation where one is named, and by words and meaning always.

Each leg is one statement with a total order; what combines them is pure. Embedding a question and
re-ranking the hits are slow, so they happen in `prepare` and `finish`, with no transaction open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from retrieval import cited, vectors
from retrieval.bm25 import Floats, Ints, idf, score_pairs, score_terms
from retrieval.confidence import BEST, Signs, confidence
from retrieval.decompose import parts_of
from retrieval.embedding import Embedder, EmbedderUnavailable, Vectors
from retrieval.fusion import LEXICAL_WEIGHT, Candidates, fuse, merge_parts, with_neighbours
from retrieval.library import Library, View
from retrieval.passages import (
    Answer,
    Caution,
    Citation,
    Hit,
    PassageId,
    Query,
    QueryRefused,
    Status,
    VersionId,
)
from retrieval.quotes import best_quote, highlights
from retrieval.rerank import Reranker
from retrieval.scope import PREFERENCE, preferences
from retrieval.terms import terms_of

LEXICAL_POOL = 200
SEMANTIC_POOL = 100
RERANKED = 16  # about a second on two cores
RANKED = 64  # more than anybody may ask for
REFERRING = 3  # hits whose cross-references are followed
REFERENCE_WEIGHT = 0.9  # of the score of the passage that refers
MAX_QUERY_CHARACTERS = 2000
MAX_TERMS = 64

HITS = text("""
    select p.id, p.citation, p.context, p.heading, p.body, p.start_offset, p.end_offset, p.status,
           p.jurisdiction, p.effective_from, p.effective_to, p.ended_recorded_at, p.version_id,
           v.slug, v.title, v.sha256, v.attribution
    from policy_passages as p join policy_versions as v on v.id = p.version_id
    where p.id = any(:ids)
""")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question with its parts, each with its vector where an embedder answered.

    `plain` is the whole question's vector as a text: it tells how near the nearest passage is.
    """

    parts: tuple[str, ...]
    embeddings: Vectors | None
    model: str
    plain: Vectors | None = None


@dataclass(frozen=True, slots=True)
class Engine:
    """What a process searches with; one per process."""

    library: Library
    embedder: Embedder
    reranker: Reranker | None = None
    lexical_weight: float = LEXICAL_WEIGHT  # 1 searches by words alone, 0 by meaning alone

    async def prepare(self, query: Query) -> Prepared:
        """Embed a question and its parts. Raises QueryRefused."""
        check_query(query)
        parts = parts_of(query.text)
        try:
            plain = await self.embedder.embed(parts)
        except EmbedderUnavailable:
            return Prepared(parts, None, self.embedder.model)  # words alone still find
        return Prepared(parts, self.embedder.map_questions(plain), self.embedder.model, plain[0])

    async def find(self, session: AsyncSession, query: Query, prepared: Prepared) -> Answer:
        """Return passages, best first, in one read transaction."""
        view = await self.library.view(session)
        return await _find(session, self, view, query, prepared)

    async def finish(self, query: Query, answer: Answer) -> Answer:
        """Re-rank the hits where the profile asks for it, and keep as many as were asked for."""
        if query.profile == "thorough" and self.reranker is not None:
            answer = await self.reranker.rerank(query, answer)
        return replace(answer, hits=answer.hits[: query.limit])


def check_query(query: Query) -> None:
    """Raises QueryRefused for what no search can answer."""
    if len(query.text) > MAX_QUERY_CHARACTERS:
        message = f"A query may have {MAX_QUERY_CHARACTERS} characters; this has {len(query.text)}."
        raise QueryRefused(message)
    if "\0" in query.text or not query.text.strip():
        message = "The query holds nothing to search for."
        raise QueryRefused(message)
    if any("\ud800" <= character <= "\udfff" for character in query.text):
        message = "The query holds half of a character (a lone surrogate)."
        raise QueryRefused(message)


async def find_passages(session: AsyncSession, citation: Citation, query: Query) -> tuple[Hit, ...]:
    """Return the parts of the passage with this citation, in order; empty when there is none."""
    found = await cited.parts_of_passage(session, citation, query)
    hits = await _hits(session, dict.fromkeys(found, 0.0), query)
    return tuple(hits[key] for key in found)


async def _find(
    session: AsyncSession, engine: Engine, view: View, query: Query, prepared: Prepared
) -> Answer:
    named = await cited.resolve(session, query, view.holds)
    ranked, signs = await _rank(session, engine, view, query, prepared)
    ranked = await _with_references(session, view, query, ranked)
    scores = dict.fromkeys(named.passages, 1.0)
    scores |= dict.fromkeys(named.related, cited.RELATED_SCORE)
    wanted = max(query.limit, RERANKED if query.profile == "thorough" else 0)
    for passage_id, score in ranked:
        if len(scores) >= wanted:
            break
        scores.setdefault(passage_id, score)
    hits = await _hits(session, scores, query)
    related = frozenset(named.passages)
    ordered = tuple(replace(hits[key], is_cited=key in related) for key in scores if key in hits)
    signs = replace(signs, names_unheld=named.names_unheld)
    sure = 1.0 if named.passages else confidence(signs)
    cautions = (*named.cautions, *_cautions(ordered))
    is_answered = sure >= 0.5  # noqa: PLR2004 -- even odds
    return Answer(ordered, is_answered, sure, tuple(dict.fromkeys(cautions)), signs.vector)


async def _rank(
    session: AsyncSession, engine: Engine, view: View, query: Query, prepared: Prepared
) -> tuple[list[tuple[PassageId, float]], Signs]:
    mask = view.visible(query)
    if not mask.any():
        return [], Signs.nothing()
    stems = [terms_of(part)[:MAX_TERMS] for part in prepared.parts]
    postings = await engine.library.postings(
        session, view, list(dict.fromkeys(t for part in stems for t in part))
    )
    lexical = [
        np.where(mask, score_terms({t: postings[t] for t in part}, view.lengths), 0.0)
        for part in stems
    ]
    embeddings = prepared.embeddings if view.model_name == prepared.model else None
    pools = [_best(scores, LEXICAL_POOL) for scores in lexical]
    if embeddings is not None:
        for embedding in embeddings:
            near = await vectors.nearest(session, view, mask, embedding, SEMANTIC_POOL)
            pools.append(near)
    at = np.unique(np.concatenate(pools)).astype(np.int32)
    compared = embeddings
    if embeddings is not None and prepared.plain is not None:
        compared = np.vstack([embeddings, prepared.plain[None]])
    known = await vectors.known_of(session, view, at, compared)
    weights = {
        term: idf(len(held.ordinals), len(view.lengths)) if len(held.ordinals) else 0.0
        for term, held in postings.items()
    }
    preferred = preferences(prepared.parts, view.documents[at])
    fused = []
    for number, part in enumerate(stems):
        words = lexical[number][at] + score_pairs(part, weights, known.stems, view.average_length)
        candidates = Candidates(at, words.astype(np.float32), known.meaning[number])
        combined = fuse(candidates, lexical_weight=engine.lexical_weight)
        fused.append(with_neighbours(combined, view.positions[at]) + preferred[number])
    total = merge_parts(fused)
    order = np.lexsort((at, -total))
    best = [known.stems[position] for position in order[:BEST]]
    signs = Signs.of(prepared.parts[0], weights, len(view.lengths), best, known.meaning[-1])
    ranked = islice(_best_parts(view, at[order], total[order] / (1 + PREFERENCE)), RANKED)
    return list(ranked), signs


def _best_parts(view: View, at: Ints, scores: Floats) -> Iterator[tuple[PassageId, float]]:
    """Yield one passage per address in a version, its best part, as far as is asked for."""
    seen: set[tuple[int, Citation]] = set()
    for place, score in zip(at.tolist(), scores.tolist(), strict=True):
        section = view.section(place)
        if section not in seen:
            seen.add(section)
            yield view.passage_id(place), score


async def _with_references(
    session: AsyncSession, view: View, query: Query, ranked: list[tuple[PassageId, float]]
) -> list[tuple[PassageId, float]]:
    """Put what the best passages refer to among them: the law answers by reference."""
    best = dict(ranked[:REFERRING])
    raised = dict(ranked)
    places = {_section(view, passage_id): passage_id for passage_id in raised}
    for passage_id, target in await cited.referred_to(session, query, list(best)):
        held = places.setdefault(_section(view, target), target)  # its best part, if found
        raised[held] = max(raised.get(held, 0.0), REFERENCE_WEIGHT * best[passage_id])
    return sorted(raised.items(), key=lambda item: (-item[1], str(item[0])))


def _section(view: View, passage_id: PassageId) -> tuple[int, Citation]:
    place = view.place(passage_id)
    return (-1, Citation(str(passage_id))) if place is None else view.section(place)


def _best(scores: np.ndarray, limit: int) -> np.ndarray:
    """Return the positions of the best scores above zero, in no order."""
    if len(scores) > limit:
        chosen = np.argpartition(-scores, limit)[:limit]
    else:
        chosen = np.arange(len(scores))
    return chosen[scores[chosen] > 0]


async def _hits(
    session: AsyncSession, scores: dict[PassageId, float], query: Query
) -> dict[PassageId, Hit]:
    if not scores:
        return {}
    found = await session.execute(HITS, {"ids": list(scores)})
    return {PassageId(row.id): _hit(row, scores[PassageId(row.id)], query) for row in found}


def _hit(row: Row[Any], score: float, query: Query) -> Hit:
    return Hit(
        id=PassageId(row.id),
        citation=Citation(row.citation),
        context=row.context,
        heading=row.heading,
        text=row.body,
        start=row.start_offset,
        end=row.end_offset,
        status=_standing(row, query),
        document=row.slug,
        title=row.title,
        document_sha256=row.sha256,
        version_id=VersionId(row.version_id),
        jurisdiction=row.jurisdiction,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        attribution=row.attribution,
        score=score,
        quote=best_quote(query.text, row.body),
        highlights=highlights(query.text, row.body),
    )


def _standing(row: Row[Any], query: Query) -> Status:
    """Return how a passage stood on the day asked about, as far as was known at the instant."""
    ended = cited.ended_on(row, query.known_at)
    return Status.IN_FORCE if ended is None or query.as_of < ended else Status(row.status)


def _cautions(hits: Sequence[Hit]) -> list[Caution]:
    return [
        Caution(hit.citation, hit.status, hit.effective_to, cited.CAUTION[hit.status])
        for hit in hits
        if hit.status is not Status.IN_FORCE
    ]
