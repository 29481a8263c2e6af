"""Takes a policy document into the library: read, cut, stage, embed in batches, publish."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from retrieval import store
from retrieval.chunking import passages_of
from retrieval.describing import NOTHING_SAID, Description, describe
from retrieval.embedding import Embedder
from retrieval.embedding_models import EmbeddingModel, hold_searched, searched_model
from retrieval.parse.reading import read
from retrieval.parse.structure import Reading, Reason, UnreadableDocument
from retrieval.passages import Document, Passage, VersionId

BATCH = 64
Begin = Callable[[], AbstractAsyncContextManager[AsyncSession]]
Progress = Callable[[int, int], None]
Published = Callable[[AsyncSession, VersionId], Awaitable[None]]
TEXT_TYPES = ("text/markdown", "text/plain")


@dataclass(frozen=True, slots=True)
class Edition:
    """A document read and cut: what it says of itself, its passages, and their finding aids."""

    document: Document
    passages: tuple[Passage, ...]
    source: str
    original: bytes | None
    aids: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a document: new, gone on with after a cut, or there already."""

    version_id: VersionId
    outcome: Literal["added", "resumed", "unchanged"]
    passages: int


def edition_of(
    content: bytes,
    said: Description = NOTHING_SAID,
    *,
    file_name: str = "",
    declared: str | None = None,
    aids: Mapping[str, Sequence[str]] | None = None,
) -> Edition:
    """Read and cut a document. Blocks. Raises UnreadableDocument.

    `aids` are questions in plain words by the citation of the passage that answers them.
    """
    reading = read(content, declared=declared, file_name=file_name or None)
    return cut(content, reading, describe(content, reading, said, file_name=file_name), aids)


def cut(
    content: bytes,
    reading: Reading,
    document: Document,
    aids: Mapping[str, Sequence[str]] | None = None,
) -> Edition:
    """Cut a reading into passages, each first part with its finding aids."""
    passages = tuple(passages_of(reading, document))
    if not passages:
        raise UnreadableDocument(Reason.NO_TEXT, "The document has headings but no text.")
    helping = aids or {}
    return Edition(
        document,
        passages,
        reading.text,
        None if reading.media_type in TEXT_TYPES else content,
        tuple(tuple(helping.get(p.citation, ())) if p.part == 0 else () for p in passages),
    )


async def ingest(
    edition: Edition,
    *,
    begin: Begin,
    embedder: Embedder,
    tenant_id: UUID | None,
    clock: Callable[[], datetime],
    new_id: store.NewId,
    progress: Progress | None = None,
    published: Published | None = None,
) -> Ingested:
    """Store, embed and publish a document; the same bytes twice change nothing.

    Cut off anywhere, another call goes on where this one stopped. No transaction is open while
    texts are embedded. `published` writes beside the publication, in its transaction.
    Raises OverlappingPeriods, EmbedderUnavailable, EmbeddingModelUnknown.
    """
    async with begin() as session:
        model = _of_embedder(await searched_model(session), embedder)
        staged = await store.stage(
            session,
            edition.document,
            edition.passages,
            source=edition.source,
            original=edition.original,
            aids=edition.aids,
            tenant_id=tenant_id,
            now=clock(),
            new_id=new_id,
        )
        wanted = await store.unembedded(session, staged.id, model.id)
    if staged.is_published:
        return Ingested(staged.id, "unchanged", len(edition.passages))
    texts = sum(1 + len(helping) for helping in edition.aids)
    for at in range(0, len(wanted), BATCH):
        batch = wanted[at : at + BATCH]
        rows = await embedder.embed([unembedded.text for unembedded in batch])
        async with begin() as session:
            await store.add_vectors(session, batch, rows, model_id=model.id, tenant_id=tenant_id)
        if progress is not None:
            progress(texts - len(wanted) + at + len(batch), texts)
    async with begin() as session:
        _of_embedder(await hold_searched(session), embedder)
        count = await store.publish(session, [staged.id], tenant_id=tenant_id, now=clock())
        if count and published is not None:
            await published(session, staged.id)
    if not count:  # another call took in the same document meanwhile
        return Ingested(staged.id, "unchanged", len(edition.passages))
    outcome: Literal["added", "resumed"] = "added" if len(wanted) == texts else "resumed"
    return Ingested(staged.id, outcome, len(edition.passages))


async def read_edition(
    content: bytes,
    said: Description = NOTHING_SAID,
    *,
    file_name: str = "",
    declared: str | None = None,
) -> Edition:
    """Read and cut a document off the event loop. Raises UnreadableDocument."""
    return await asyncio.to_thread(
        edition_of, content, said, file_name=file_name, declared=declared
    )


def _of_embedder(searched: EmbeddingModel | None, embedder: Embedder) -> EmbeddingModel:
    if searched is None or searched.name != embedder.model:
        message = (
            f"The library is searched by vectors of {searched.name if searched else 'no model'}, "
            f"and {embedder.model} is set; run `rationale policies reembed`."
        )
        raise store.EmbeddingModelUnknown(message)
    return searched
