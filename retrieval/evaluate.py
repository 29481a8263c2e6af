"""Runs the whole search over a test set, in a schema made for it and dropped afterwards."""

import gzip
import hashlib
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import text
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from retrieval import store
from retrieval.chunking import split
from retrieval.embedding import Embedder, Vectors
from retrieval.embedding_models import build_index, register_model
from retrieval.evaluation import Outcome, Question, report
from retrieval.fusion import LEXICAL_WEIGHT
from retrieval.ingest import Edition
from retrieval.library import Library
from retrieval.passages import Citation, Document, Passage, Profile, Query, Status
from retrieval.rerank import Reranker
from retrieval.search import Engine
from retrieval.seed_library import edition_of_seed
from retrieval.seed_vectors import load_vectors
from retrieval.tables import TABLES

BATCH = 256
LONG_AGO = date(2000, 1, 1)
Progress = Callable[[str, int, int], None]


class BadTestSet(Exception):
    """A file of passages or questions that does not have the documented shape."""


@dataclass(frozen=True, slots=True)
class TestSet:
    """What is searched, and what is asked of it."""

    editions: tuple[Edition, ...]
    are_consecutive: bool
    questions: tuple[Question, ...]


def read_test_set(passages: Path, questions: Path) -> TestSet:
    """Read passages (JSON lines, or a folder of policy documents) and questions.

    Raises BadTestSet naming the line.
    """
    is_folder = passages.is_dir()
    asked = tuple(_questions(questions, counts_below=is_folder))
    if is_folder:
        files = sorted(p for p in passages.glob("*.md") if p.read_bytes()[:4] == b"---\n")
        if not files:
            message = f"{passages} holds no policy document (*.md with front matter)."
            raise BadTestSet(message)
        return TestSet(
            tuple(edition_of_seed(p.read_bytes()) for p in files),
            are_consecutive=True,
            questions=asked,
        )
    grouped: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    has_documents = True
    for at, row in _lines(passages):
        if "id" not in row or not isinstance(row.get("text"), str):
            message = f"{passages}, line {at}: a passage needs an id and a text."
            raise BadTestSet(message)
        has_documents = has_documents and "doc" in row
        grouped[str(row.get("doc", ""))].append((str(row["id"]), row["text"]))
    editions = tuple(_edition(name, rows) for name, rows in grouped.items())
    return TestSet(editions, has_documents, asked)


def _questions(path: Path, *, counts_below: bool) -> Iterator[Question]:
    for at, row in _lines(path):
        name, words, gold = row.get("id", row.get("qid")), row.get("question"), row.get("gold")
        if name is None or not isinstance(words, str) or not isinstance(gold, list | dict):
            message = f"{path}, line {at}: a question needs id or qid, question and gold."
            raise BadTestSet(message)
        graded = gold if isinstance(gold, dict) else dict.fromkeys(gold, 1)
        limited = row.get("candidates")
        yield Question(
            str(name),
            words,
            {str(key): float(grade) for key, grade in graded.items()},
            str(row.get("kind", "")),
            None if limited is None else frozenset(map(str, limited)),
            counts_below,
        )


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        for at, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                message = f"{path}, line {at}: not JSON."
                raise BadTestSet(message) from error
            if not isinstance(row, dict):
                message = f"{path}, line {at}: not a JSON object."
                raise BadTestSet(message)
            yield at, row


def _edition(name: str, rows: Sequence[tuple[str, str]]) -> Edition:
    source = "\n\n".join(words for _, words in rows)
    passages = []
    at = 0
    for key, words in rows:
        for part, (start, end) in enumerate(split(words.replace("\0", " "))):
            passages.append(
                Passage(
                    Citation(key),
                    part,
                    "",
                    words[start:end].replace("\0", " "),
                    at + start,
                    at + end,
                    Status.IN_FORCE,
                    None,
                )
            )
        at += len(words) + 2
    document = Document(
        slug=f"test-{name}",
        title=f"test set {name}".strip(),
        jurisdiction="test",
        sha256=hashlib.sha256(source.encode()).hexdigest(),
        effective_from=LONG_AGO,
        effective_to=None,
        status=Status.IN_FORCE,
        currency_note="",
        licence="",
        attribution="",
    )
    return Edition(
        document, tuple(passages), source.replace("\0", " "), None, ((),) * len(passages)
    )


async def evaluate(
    test_set: TestSet,
    *,
    owner_url: str,
    embedder: Embedder,
    reranker: Reranker | None,
    cache: Path | None,
    new_id: Callable[[], UUID],
    profile: Profile = "interactive",
    k: int = 10,
    progress: Progress | None = None,
    outcomes_to: Path | None = None,
    lexical_weight: float | None = None,
    embedder_for: Callable[[Question], Embedder] | None = None,
) -> dict[str, object]:
    """Load the passages, ask the questions, and return the report that the command prints.

    `cache` is a folder that keeps vectors, so that the same passages are embedded once. Searches
    all statuses, since questions about withdrawn texts are among the questions. `outcomes_to`
    gets a line per question. `embedder_for` chooses who embeds a question, for figures out of
    fold; it shares the vectors of the passages.
    """
    say = progress or (lambda *_: None)
    schema = f"eval_{new_id().hex}"
    async with _schema(owner_url, schema) as engine:
        begin = async_sessionmaker(engine, expire_on_commit=False).begin
        async with begin() as session:
            await _load(session, test_set, embedder, cache, new_id, say)
        async with begin() as session:
            await session.execute(text("analyze policy_passages, policy_vectors, policy_postings"))
        weight = LEXICAL_WEIGHT if lexical_weight is None else lexical_weight
        searching = Engine(Library(), embedder, reranker, weight)
        asking = embedder_for or (lambda _: embedder)
        outcomes = []
        for at, question in enumerate(test_set.questions, start=1):
            asked = replace(searching, embedder=asking(question))
            outcomes.append(await _ask(asked, begin, question, profile, k))
            say("Asking", at, len(test_set.questions))
    if outcomes_to is not None:
        _write_outcomes(outcomes_to, test_set.questions, outcomes)
    return report(test_set.questions, outcomes, k)


def _write_outcomes(path: Path, questions: Sequence[Question], outcomes: Sequence[Outcome]) -> None:
    """Write a line per question: what was found, and the signs of its confidence."""
    with path.open("w", encoding="utf-8") as file:
        for question, outcome in zip(questions, outcomes, strict=True):
            row = {"id": question.id, "has_answer": bool(question.gold), **asdict(outcome)}
            file.write(json.dumps(row) + "\n")


async def _ask(
    searching: Engine,
    begin: Callable[[], Any],
    question: Question,
    profile: Profile,
    k: int,
) -> Outcome:
    query = Query(
        question.text,
        datetime.now(UTC).date(),
        limit=k,
        status="any",
        profile=profile,
        among=question.candidates,
    )
    began = time.perf_counter()
    prepared = await searching.prepare(query)
    async with begin() as session:
        answer = await searching.find(session, query, prepared)
    answer = await searching.finish(query, answer)
    took = 1000 * (time.perf_counter() - began)
    signs = () if any(hit.is_cited for hit in answer.hits) else answer.signs
    return Outcome(tuple(answer.citations), not answer.is_answered, took, signs)


async def _load(
    session: AsyncSession,
    test_set: TestSet,
    embedder: Embedder,
    cache: Path | None,
    new_id: Callable[[], UUID],
    say: Progress,
) -> None:
    model = await register_model(session, embedder.model, embedder.dimensions)
    now = datetime.now(UTC)
    versions = []
    wanted: list[store.Unembedded] = []
    for at, edition in enumerate(test_set.editions, start=1):
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
            are_consecutive=test_set.are_consecutive,
        )
        versions.append(staged.id)
        wanted += await store.unembedded(session, staged.id, model.id)
        say("Reading", at, len(test_set.editions))
    shipped = load_vectors(test_set.editions, embedder.model)
    if shipped is None:
        rows = await _embedded([w.text for w in wanted], embedder, cache, say)
    else:
        rows = shipped
    for first in range(0, len(wanted), BATCH):
        part = slice(first, first + BATCH)
        await store.add_vectors(
            session, wanted[part], rows[part], model_id=model.id, tenant_id=None
        )
    await store.publish(session, versions, tenant_id=None, now=now)
    await build_index(session, model)


async def _embedded(
    texts: Sequence[str], embedder: Embedder, cache: Path | None, say: Progress
) -> Vectors:
    digest = hashlib.sha256(json.dumps([embedder.model, *texts]).encode()).hexdigest()
    kept = None if cache is None else cache / f"{digest}.npy"
    if kept is not None and kept.is_file():
        held: Vectors = np.load(kept)
        return held
    rows = []
    for first in range(0, len(texts), BATCH):
        rows.append(await embedder.embed(texts[first : first + BATCH]))
        say("Embedding", min(first + BATCH, len(texts)), len(texts))
    made: Vectors = np.concatenate(rows) if rows else np.zeros((0, embedder.dimensions), np.float32)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.save(kept, made)
    return made


@asynccontextmanager
async def _schema(owner_url: str, schema: str) -> AsyncIterator[AsyncEngine]:
    """Make a schema with the library's tables, empty; drop it whatever happens."""
    settings = {"search_path": f"{schema}, public"}
    engine = create_async_engine(owner_url, connect_args={"server_settings": settings})
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f'create schema "{schema}"'))
            for table in TABLES:
                await connection.execute(
                    text(f'create table "{schema}".{table} (like public.{table} including all)')
                )
        yield engine
    finally:
        async with engine.begin() as connection:
            await connection.execute(text(f'drop schema if exists "{schema}" cascade'))
        await engine.dispose()
