"""The product as one of the systems that `search_beside_peers` measures: its load and its serve.

The protocol is that of the peers (peers/README.md). It searches as it is deployed: the migrated
tables, as the application role under row-level security, a transaction for each search.
"""

import argparse
import asyncio
import hashlib
import itertools
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from uuid import UUID

import asyncpg
import numpy as np
import uuid_utils.compat
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from app.adapters.vault import MasterKeyVault
from app.db.engine import Sessions, connect
from app.db.upgrade import run_alembic, to_asyncpg
from app.domain.ids import TenantId
from benchmarks.search_data import Data, read
from retrieval import store
from retrieval.embedding import EmbedderUnavailable, Vectors
from retrieval.embedding_models import build_index, register_model
from retrieval.library import Library
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.passages import Citation, Document, Passage, Query, Status
from retrieval.question_map import QuestionMap
from retrieval.search import Engine, Prepared
from retrieval.tables import TABLES

TENANT = TenantId(UUID("01900000-0000-7000-8000-0000000000aa"))
LONG_AGO = date(2000, 1, 1)
PER_VERSION = 500
VECTORS_AT_ONCE = 1000
WARM_UP = 50
Ask = Callable[[int], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Passages that make one document, by their rows, and what is filtered by."""

    rows: range
    tenant_id: UUID | None = None
    jurisdiction: str = "AE-AZ"
    effective_from: date = LONG_AGO


def new_id() -> UUID:
    """Return a UUIDv7 of the standard library's type."""
    return uuid_utils.compat.uuid7()


def whole(data: Data) -> list[Bundle]:
    """Return all passages as documents of the shared library."""
    size = len(data.ids)
    return [Bundle(range(at, min(at + PER_VERSION, size))) for at in range(0, size, PER_VERSION)]


async def load(owner_url: str, data: Data, bundles: Sequence[Bundle]) -> None:
    """Migrate an empty database, take the passages in, index them."""
    await asyncio.to_thread(run_alembic, owner_url, "head")
    connection = await asyncpg.connect(to_asyncpg(owner_url))
    await connection.execute("grant rationale_app to rationale_service")
    await connection.close()
    engine = create_async_engine(owner_url)
    begin = async_sessionmaker(engine).begin
    async with begin() as session:
        model = await register_model(session, OnnxEmbedder.model, OnnxEmbedder.dimensions)
    now = datetime.now(UTC)
    of_tenant: dict[UUID | None, list[Bundle]] = {}
    for bundle in bundles:
        of_tenant.setdefault(bundle.tenant_id, []).append(bundle)
    done = 0
    for tenant_id, held in of_tenant.items():
        versions = []
        for bundle in held:
            async with begin() as session:
                staged = await store.stage(
                    session,
                    _document(data, bundle),
                    list(_passages(data, bundle.rows)),
                    source="\n\n".join(data.texts[at] for at in bundle.rows),
                    original=None,
                    aids=[()] * len(bundle.rows),
                    tenant_id=tenant_id,
                    now=now,
                    new_id=new_id,
                    are_consecutive=True,
                )
                wanted = await store.unembedded(session, staged.id, model.id)
                await store.add_vectors(
                    session,
                    wanted,
                    data.vectors[bundle.rows.start : bundle.rows.stop],
                    model_id=model.id,
                    tenant_id=tenant_id,
                )
            versions.append(staged.id)
            done += len(bundle.rows)
            sys.stderr.write(f"\rrationale: {done} of {len(data.ids)} passages ")
        async with begin() as session:
            await store.publish(session, versions, tenant_id=tenant_id, now=now)
    async with begin() as session:
        await build_index(session, model)
    await engine.dispose()
    connection = await asyncpg.connect(to_asyncpg(owner_url))
    await connection.execute("vacuum (analyze) " + ", ".join(TABLES))
    await connection.close()
    sys.stderr.write("\n")


def _document(data: Data, bundle: Bundle) -> Document:
    words = "".join(data.ids[at] for at in bundle.rows)
    return Document(
        slug=f"bundle-{bundle.rows.start}",
        title=f"Passages from {bundle.rows.start}",
        jurisdiction=bundle.jurisdiction,
        sha256=hashlib.sha256(words.encode()).hexdigest(),
        effective_from=bundle.effective_from,
        effective_to=None,
        status=Status.IN_FORCE,
        currency_note="",
        licence="",
        attribution="",
    )


def _passages(data: Data, rows: range) -> Iterator[Passage]:
    at = 0
    for row in rows:
        words = data.texts[row].replace("\0", " ")
        yield Passage(
            Citation(data.ids[row]), 0, "", words, at, at + len(words), Status.IN_FORCE, None
        )
        at += len(words) + 2


def sessions_of(service_url: str, connections: int) -> Sessions:
    """Return sessions of the application role."""
    return Sessions(connect(service_url, pool_size=connections), MasterKeyVault(bytes(32)))


class Unused:
    """Stands where an embedder would: vectors are made before the clock starts."""

    model = OnnxEmbedder.model
    dimensions = OnnxEmbedder.dimensions

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Refuse: whoever asks would be timed for it."""
        message = f"{len(texts)} texts to embed while the clock runs"
        raise EmbedderUnavailable(message)

    def map_questions(self, rows: Vectors) -> Vectors:
        """Return them as they are."""
        return rows


async def serve(service_url: str, data: Data, question_map: Path | None, concurrency: int) -> None:
    """Answer the query ids on standard input, as the peers do.

    With a question map, questions are taken apart, embedded and mapped as the product does it.
    """
    queries = [Query(words, datetime.now(UTC).date()) for words in data.queries]
    if question_map is None:
        prepared = [
            Prepared((query.text,), data.query_vectors[at : at + 1], OnnxEmbedder.model)
            for at, query in enumerate(queries)
        ]
    else:
        mapped = QuestionMap(np.load(question_map).astype(np.float32))
        preparing = Engine(Library(), OnnxEmbedder(question_map=mapped))
        prepared = [await preparing.prepare(query) for query in queries]
    engine = Engine(Library(), Unused())
    sessions = sessions_of(service_url, concurrency)

    async def ask(at: int) -> list[str]:
        async with sessions.begin_session(TENANT) as session:
            answer = await engine.find(session, queries[at], prepared[at])
        return list((await engine.finish(queries[at], answer)).citations)

    for at in itertools.islice(itertools.cycle(range(len(queries))), WARM_UP):
        await ask(at)
    _say({"ready": "rationale", "distribution": "rationale", "version": version("rationale")})
    await _answer(ask, {qid: at for at, qid in enumerate(data.query_ids)}, concurrency)
    await sessions.engine.dispose()


async def _answer(ask: Ask, queries: dict[str, int], concurrency: int) -> None:
    asked: asyncio.Queue[str | None] = asyncio.Queue(maxsize=2 * concurrency)

    async def work() -> None:
        while (qid := await asked.get()) is not None:
            began = time.perf_counter()
            ids = await ask(queries[qid])
            ms = 1000 * (time.perf_counter() - began)
            _say({"qid": qid, "ms": round(ms, 3), "ids": ids})

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(work())
        while line := await asyncio.to_thread(sys.stdin.readline):
            await asked.put(line.strip())
        for _ in range(concurrency):
            await asked.put(None)


def _say(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--question-map", type=Path)
    parser.add_argument("--concurrency", type=int, default=1)
    options = parser.parse_args()
    asyncio.run(serve(options.dsn, read(options.data), options.question_map, options.concurrency))
