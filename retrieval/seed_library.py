"""Loads the seed library into an empty database, with its shipped vectors."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np
from pgvector.asyncpg import register_vector

from retrieval.embedding import embedded_text
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.seed_vectors import load_vectors, seed_documents
from retrieval.terms import term_counts

Progress = Callable[[int, int], None]


async def load_seed(
    connection: asyncpg.Connection,
    *,
    now: datetime,
    new_id: Callable[[], UUID],
    progress: Progress | None = None,
) -> int:
    """Load what is not there yet, all in one transaction; return how many passages were new.

    Takes the owner's connection. Two processes at once: the second waits and finds all there.
    """
    await register_vector(connection)
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(hashtext('seed-library'))")
        if await connection.fetchval("select exists (select from policy_versions)"):
            return 0
        documents = seed_documents()
        passages = [passage for _, _, held in documents for passage in held]
        vectors = load_vectors(passages, OnnxEmbedder.model)
        if vectors is None:  # made from other bytes than those shipped: embed again, slowly
            texts = [embedded_text(p.heading, p.text) for p in passages]
            vectors = await OnnxEmbedder().embed(texts)
        done = 0
        for document, content, held in documents:
            version_id = new_id()
            await connection.execute(
                "insert into policy_versions (id, tenant_id, slug, title, jurisdiction, sha256, "
                "effective_from, effective_to, currency_note, licence, attribution, source, "
                "recorded_at) values ($1, null, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                version_id,
                document.slug,
                document.title,
                document.jurisdiction,
                document.sha256,
                document.effective_from,
                document.effective_to,
                document.currency_note,
                document.licence,
                document.attribution,
                content.decode(),
                now,
            )
            rows: list[tuple[Any, ...]] = []
            postings: list[tuple[Any, ...]] = []
            for passage, vector in zip(held, vectors[done : done + len(held)], strict=True):
                passage_id = new_id()
                counts = term_counts(embedded_text(passage.heading, passage.text))
                rows.append(
                    (
                        passage_id,
                        None,
                        version_id,
                        passage.citation,
                        passage.part,
                        passage.heading,
                        passage.text,
                        passage.start,
                        passage.end,
                        counts.total(),
                        passage.status.value,
                        document.jurisdiction,
                        document.effective_from,
                        passage.effective_to,
                        OnnxEmbedder.model,
                        np.asarray(vector, dtype=np.float32),
                    )
                )
                postings.extend(
                    (term, passage_id, None, min(tf, 32_000)) for term, tf in counts.items()
                )
            await connection.copy_records_to_table(
                "policy_passages",
                records=rows,
                columns=[
                    "id",
                    "tenant_id",
                    "version_id",
                    "citation",
                    "part",
                    "heading",
                    "body",
                    "start_offset",
                    "end_offset",
                    "terms",
                    "status",
                    "jurisdiction",
                    "effective_from",
                    "effective_to",
                    "embedding_model",
                    "embedding",
                ],
            )
            await connection.copy_records_to_table(
                "policy_postings",
                records=postings,
                columns=["term", "passage_id", "tenant_id", "tf"],
            )
            done += len(held)
            if progress is not None:
                progress(done, len(passages))
    await connection.execute("analyze policy_passages, policy_postings")
    return done
