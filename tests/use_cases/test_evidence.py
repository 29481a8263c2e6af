"""Evidence is kept for as long as the library stands as it did, and no longer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
import uuid_utils.compat
from sqlalchemy import text
from typing_extensions import override

from app.adapters.evidence import LibraryEvidence
from app.db.engine import Sessions
from app.domain.access import Actor, Role
from app.domain.ids import TenantId
from app.use_cases.ingest_policy_document import end_policy_document, ingest_policy_document
from retrieval.describing import Description
from retrieval.embedding import EmbedderUnavailable, Vectors
from retrieval.library import Library
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.passages import Status
from retrieval.search import Engine
from tests.conftest import NOW
from tests.domain.kinds_of_notice import CATALOGUE, decision

TODAY = NOW.date()
RULE = "12 CFR 1002.9(b)(2)"
POLICY = b"# House rules\n\n## 1 Debt\n\nTotal debt above three times assets is declined.\n"


class Counting(OnnxEmbedder):
    """The embedder, which counts what it is asked and can be down."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.is_down = False

    @override
    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += 1
        if self.is_down:
            raise EmbedderUnavailable
        return await super().embed(texts)


@pytest.fixture
def embedder() -> Counting:
    return Counting()


@pytest.fixture
def evidence(sessions: Sessions, embedder: Counting) -> LibraryEvidence:
    return LibraryEvidence(sessions, Engine(Library(), embedder))


async def test_the_same_reason_on_the_same_day_is_searched_for_once(
    evidence: LibraryEvidence, embedder: Counting
) -> None:
    first = await evidence.find(decision(), CATALOGUE)
    asked = embedder.asked
    assert asked > 0
    assert await evidence.find(decision(), CATALOGUE) == first
    assert embedder.asked == asked
    other_day = decision(decided_at=decision().decided_at.replace(year=2025))
    await evidence.find(other_day, CATALOGUE)
    assert embedder.asked == 2 * asked


async def test_what_was_found_without_the_embedder_is_not_kept(
    evidence: LibraryEvidence, embedder: Counting
) -> None:
    embedder.is_down = True
    await evidence.find(decision(), CATALOGUE)
    asked = embedder.asked
    embedder.is_down = False
    await evidence.find(decision(), CATALOGUE)
    assert embedder.asked == 2 * asked


async def test_a_change_of_the_library_is_seen_at_once(
    evidence: LibraryEvidence, embedder: Counting, sessions: Sessions, tenant: TenantId
) -> None:
    made = replace(decision(), tenant_id=tenant)
    await evidence.find(made, CATALOGUE)
    asked = embedder.asked
    actor = Actor("carla", tenant, frozenset({Role.COMPLIANCE}))
    await ingest_policy_document(
        POLICY,
        Description("house-rules", "House rules", "US-federal", date(2026, 1, 1)),
        file_name="house-rules.md",
        declared="text/markdown",
        actor=actor,
        sessions=sessions,
        embedder=OnnxEmbedder(),
        clock=lambda: NOW,
        new_id=uuid_utils.compat.uuid7,
    )
    await evidence.find(made, CATALOGUE)
    assert embedder.asked == 2 * asked

    async with sessions.begin(tenant) as tx:
        cited = (
            await tx.session.execute(
                text("select citation from policy_passages where body like '%three times assets%'")
            )
        ).scalar_one()

    async def read() -> set[str]:
        found = await evidence.read(tenant, [cited, RULE], jurisdiction="US-federal", on=TODAY)
        return {passage.citation for passage in found}

    assert await read() == {cited, RULE}
    assert await read() == {cited, RULE}
    await end_policy_document(
        "house-rules",
        on=date(2026, 2, 1),
        status=Status.WITHDRAWN,
        actor=actor,
        sessions=sessions,
        clock=lambda: NOW,
        new_id=uuid_utils.compat.uuid7,
    )
    assert await read() == {RULE}
