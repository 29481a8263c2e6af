"""Loads the seed library into an empty database, with its shipped vectors."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from retrieval import store
from retrieval.describing import describe
from retrieval.embedding_models import build_index, register_model
from retrieval.ingest import Edition, cut
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.parse.markdown import read_markdown_text
from retrieval.seed_vectors import load_vectors
from seed.library import SEED, policy_files

Progress = Callable[[int, int], None]
ROWS_AT_ONCE = 1024


def seed_editions() -> list[Edition]:
    """Read and cut every document of the seed library, with its finding aids."""
    return [edition_of_seed(path.read_bytes()) for path in policy_files()]


def edition_of_seed(content: bytes) -> Edition:
    """Cut a trusted document in this process; one that ships gets the finding aids that ship."""
    reading = read_markdown_text(content)
    document = describe(content, reading)
    return cut(content, reading, document, finding_aids(document.slug, document.sha256))


def finding_aids(slug: str, sha256: str) -> dict[str, list[str]]:
    """Return the shipped questions in plain words, by citation, for these very bytes."""
    path = SEED / "policies" / f"{slug}.md"
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        return {}
    return {row["citation"]: row["questions"] for row in _rows(slug)}


def _rows(slug: str) -> Iterator[dict[str, Any]]:
    path: Path = SEED / "policies" / "finding-aids" / f"{slug}.jsonl"
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


async def load_seed(
    session: AsyncSession,
    *,
    now: datetime,
    new_id: store.NewId,
    progress: Progress | None = None,
) -> int:
    """Load what is not there yet in this transaction; return how many passages were new.

    Takes the owner's session. Two processes at once: the second waits and finds all there.
    """
    await session.execute(text("select pg_advisory_xact_lock(hashtext('seed-library'))"))
    there = await session.execute(
        text("select exists (select from policy_versions where tenant_id is null)")
    )
    if there.scalar_one():
        return 0
    editions = seed_editions()
    model = await register_model(session, OnnxEmbedder.model, OnnxEmbedder.dimensions)
    vectors = load_vectors(editions, OnnxEmbedder.model)
    done, total = 0, sum(len(edition.passages) for edition in editions)
    versions = []
    at = 0
    for edition in editions:
        staged = await store.stage(
            session,
            edition.document,
            edition.passages,
            source=edition.source,
            original=None,
            aids=edition.aids,
            tenant_id=None,
            now=now,
            new_id=new_id,
        )
        versions.append(staged.id)
        wanted = await store.unembedded(session, staged.id, model.id)
        if vectors is None:  # made from other bytes than those shipped: embed again, slowly
            rows = await OnnxEmbedder().embed([unembedded.text for unembedded in wanted])
        else:
            rows = vectors[at : at + len(wanted)]
        for first in range(0, len(wanted), ROWS_AT_ONCE):
            part = slice(first, first + ROWS_AT_ONCE)
            await store.add_vectors(
                session, wanted[part], rows[part], model_id=model.id, tenant_id=None
            )
        at += len(wanted)
        done += len(edition.passages)
        if progress is not None:
            progress(done, total)
    await store.publish(session, versions, tenant_id=None, now=now)
    await build_index(session, model)
    return total
