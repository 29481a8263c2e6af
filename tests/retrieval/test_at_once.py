"""Many at once: documents that come together, searches meanwhile, and a change of the model."""

import asyncio

import numpy as np
import pytest
from sqlalchemy import text

from app.embedded import postgres
from retrieval.ingest import BATCH
from retrieval.library import Library
from retrieval.periods import OverlappingPeriods
from retrieval.reembed import reembed
from retrieval.search import Engine
from retrieval.store import EmbeddingModelUnknown
from retrieval.terms import term_counts
from tests.retrieval.desk import TODAY, Desk, subject
from tests.retrieval.scripted import MODEL, WordsEmbedder, policy, sections


async def test_one_document_taken_in_twice_at_once_is_there_once(desk: Desk) -> None:
    word = subject()
    edition = policy(sections(word, 2 * BATCH), slug=word)
    outcomes = await asyncio.gather(*(desk.take(edition) for _ in range(3)))
    assert sorted(done.outcome for done in outcomes).count("unchanged") == 2
    assert len({done.version_id for done in outcomes}) == 1
    held = "select count(*) from policy_passages where version_id = :id and ordinal is not null"
    assert await desk.count(held, id=outcomes[0].version_id) == 2 * BATCH
    await check_postings(desk)


async def test_rival_versions_at_once_leave_one_in_force(desk: Desk) -> None:
    word = subject()
    rivals = [policy(f"# A\n\nVersion {n} on {word}.", slug=word) for n in range(4)]
    outcomes = await asyncio.gather(*(desk.take(r) for r in rivals), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, OverlappingPeriods)]
    assert len(refused) == 3
    assert len(await desk.texts(word, status="any")) == 1


async def test_documents_taken_in_at_once_are_numbered_without_gaps(desk: Desk) -> None:
    word = subject()
    editions = [policy(sections(f"{word} {subject()}", BATCH)) for _ in range(4)]
    await asyncio.gather(*(desk.take(edition) for edition in editions))
    await check_postings(desk)
    assert len(await desk.texts(word, limit=50)) == 50


async def check_postings(desk: Desk) -> None:
    """Ordinals run from 0 without a gap, and postings are what a recount of the texts gives."""
    async with desk.sessions.begin(desk.tenant) as tx:
        rows = (
            await tx.session.execute(
                text(
                    "select ordinal, context, heading, body, aids from policy_passages where "
                    "tenant_id = :tenant and ordinal is not null order by ordinal"
                ),
                {"tenant": desk.tenant},
            )
        ).all()
        held = (
            await tx.session.execute(
                text("select * from policy_postings where tenant_id = :tenant order by segment"),
                {"tenant": desk.tenant},
            )
        ).all()
        counted = await tx.session.execute(
            text("select passages from policy_collections where tenant_id = :tenant"),
            {"tenant": desk.tenant},
        )
    assert [row.ordinal for row in rows] == list(range(len(rows)))
    assert counted.scalar_one() == len(rows)
    stored: dict[str, dict[int, int]] = {}
    for row in held:
        ordinals = np.frombuffer(row.ordinals, dtype="<i4").tolist()
        assert sorted(set(ordinals)) == ordinals
        stored.setdefault(row.term, {}).update(zip(ordinals, row.counts, strict=True))
    recount: dict[str, dict[int, int]] = {}
    for row in rows:
        for term, often in term_counts((row.context, row.heading, row.body, *row.aids)).items():
            recount.setdefault(term, {})[row.ordinal] = often
    assert stored == recount


async def test_one_process_sees_what_another_took_in(desk: Desk) -> None:
    word = subject()
    reader = Desk(desk.sessions, desk.tenant)
    assert await reader.texts(word) == []
    await desk.take(policy(f"# A\n\nOn {word}.", slug=word))
    assert await reader.texts(word) == [f"On {word}."]
    await desk.end(word, TODAY)
    assert await reader.texts(word) == []


async def test_a_search_begun_before_a_publication_is_not_upset_by_it(desk: Desk) -> None:
    word = subject()
    await desk.take(policy(f"# A\n\nOn {word}."))
    library = Library()
    async with desk.sessions.begin(desk.tenant) as tx:
        view = await library.view(tx.session)
        await desk.take(policy(f"# A\n\nAlso on {word}."))
        postings = await library.postings(tx.session, view, [word])
        assert postings[word].ordinals.tolist() == [len(view.lengths) - 1]


async def test_a_cache_too_small_for_a_question_still_answers_it(desk: Desk) -> None:
    desk.engine = Engine(Library(cached_postings=10), WordsEmbedder())
    question = "creditor applicant notice of adverse action and specific reasons"
    first = await desk.ask(question)
    assert first.citations == (await desk.ask(question)).citations
    assert len(first.hits) == 10


async def test_searches_go_on_while_documents_come(desk: Desk) -> None:
    word = subject()

    async def search() -> None:
        for _ in range(6):
            assert (await desk.ask(f"{word} credit rule reasons")).hits

    async def write() -> None:
        for _ in range(6):
            await desk.take(policy(f"# A\n\nCredit rule on {word}."))

    await asyncio.gather(search(), write(), search())
    assert len(await desk.texts(word)) == 6


async def test_another_model_takes_over_at_once_while_searches_go_on(
    desk: Desk, server: dict[str, str], database: str
) -> None:
    word, late = subject(), subject()
    await desk.take(policy(f"# A\n\nOn {word}."))
    second = WordsEmbedder("second", 64)
    with pytest.raises(EmbeddingModelUnknown):
        await desk.take(policy("# A\n\nToo early."), embedder=second)
    came: list[int] = []

    async def meanwhile() -> None:
        while second.batches < 30:
            assert await desk.texts(word) == [f"On {word}."]
            await asyncio.sleep(0.05)
        await desk.take(policy(f"# A\n\nLate on {late}."))
        came.append(second.batches)

    url = postgres.url(server, "owner", database)
    done, _ = await asyncio.gather(reembed(url, second, heard := Heard()), meanwhile())
    assert heard.last == (done, done)
    assert came
    assert sum(late in embedded for embedded in second.embedded) == 1
    assert await desk.texts(word) == [f"On {word}."]  # by words, with the former embedder
    with pytest.raises(EmbeddingModelUnknown):
        await desk.take(policy("# A\n\nToo late."))
    desk.engine = Engine(Library(), second)
    assert await desk.texts(late) == [f"Late on {late}."]
    await desk.take(policy(f"# A\n\nAgain on {late}."), embedder=second)
    assert len(await desk.texts(late)) == 2
    back = WordsEmbedder(MODEL)
    await reembed(url, back)
    assert [text for text in back.embedded if late not in text] == []


class Heard:
    last: tuple[int, int] = (0, 0)

    def __call__(self, done: int, total: int) -> None:
        self.last = (done, total)
