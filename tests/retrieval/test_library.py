"""The seed library: exact places, the right dates, and answers."""

import json
from collections.abc import AsyncIterator
from datetime import date

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.engine import Sessions
from app.domain.ids import TenantId
from retrieval.citations import enclosing, find_citations
from retrieval.library import Library
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.passages import Answer, Citation, Query, QueryRefused, Status
from retrieval.quotes import best_quote
from retrieval.search import Engine, check_query, find_passages
from retrieval.seed_library import seed_editions
from retrieval.seed_vectors import load_vectors, texts_of

TODAY = date(2026, 11, 24)
EDITIONS = seed_editions()
PASSAGES = [passage for edition in EDITIONS for passage in edition.passages]
ENGINE = Engine(Library(), OnnxEmbedder())


def test_every_passage_stands_at_its_offsets() -> None:
    for edition in EDITIONS:
        assert all(edition.source[p.start : p.end] == p.text for p in edition.passages)
    assert len(PASSAGES) > 7000


def test_paragraphs_amended_since_end_on_the_day() -> None:
    amended = {p.citation: p for p in PASSAGES if p.status is Status.AMENDED_TEXT_NOT_HELD}
    for citation in ("12 CFR 1002.4(b)", "12 CFR 1002.6(a)", "Reg B Comment 6(a)-2"):
        assert amended[Citation(citation)].effective_to == date(2026, 7, 21)
    assert "12 CFR 1002.9(b)(2)" not in amended


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("what does 1002.9(a)(2) require", ["12 CFR 1002.9(a)(2)"]),
        ("comment 9(b)(2)-5", ["Reg B Comment 9(b)(2)-5"]),
        ("Art. 22(3) GDPR", ["GDPR Art. 22(3)"]),
        ("UK GDPR Article 22C(2)", ["UK GDPR Art. 22C(2)"]),
        ("15 U.S.C. 1681m(h)(5) and 12 CFR 1022.73", ["15 USC 1681m(h)(5)", "12 CFR 1022.73"]),
        ("recital 71 of the GDPR", ["GDPR Recital 71"]),
        ("how many reasons", []),
    ],
)
def test_citations_are_read_out_of_questions(question: str, expected: list[str]) -> None:
    assert list(find_citations(question)) == expected


def test_a_paragraph_is_sought_in_its_parents_too() -> None:
    assert enclosing(Citation("12 CFR 1002.9(a)(2)")) == (
        "12 CFR 1002.9(a)(2)",
        "12 CFR 1002.9(a)",
        "12 CFR 1002.9",
    )


def test_the_shipped_vectors_are_those_of_the_embedder() -> None:
    vectors = load_vectors(EDITIONS, OnnxEmbedder.model)
    assert vectors is not None
    texts = texts_of(EDITIONS)
    sample = list(range(0, len(texts), len(texts) // 40))
    again = OnnxEmbedder().embed_now([texts[i][0] for i in sample])
    assert np.min(np.sum(vectors[sample] * again, axis=1)) > 0.999


def test_a_quote_is_a_sentence_of_the_passage() -> None:
    text = "Scope is wide. The statement of reasons must be specific and indicate the principal reasons."
    start, end = best_quote("specific principal reasons", text)
    assert text[start:end].startswith("The statement of reasons")


@pytest.fixture
async def library(sessions: Sessions, tenant: TenantId) -> AsyncIterator[AsyncSession]:
    async with sessions.begin(tenant) as tx:
        yield tx.session


async def ask(library: AsyncSession, text: str, **changes: object) -> Answer:
    query = Query(text, **{"as_of": TODAY, **changes})  # type: ignore[arg-type] # a test's shorthand
    prepared = await ENGINE.prepare(query)
    return await ENGINE.finish(query, await ENGINE.find(library, query, prepared))


async def citations(library: AsyncSession, text: str, **changes: object) -> list[str]:
    return list((await ask(library, text, **changes)).citations)


async def test_a_citation_is_answered_by_its_passage(library: AsyncSession) -> None:
    assert (await citations(library, "what does 1002.9(b)(2) require"))[0] == "12 CFR 1002.9(b)(2)"
    assert (await citations(library, "comment 9(b)(2)-5"))[0] == "Reg B Comment 9(b)(2)-5"


async def test_keywords_find_the_rule(library: AsyncSession) -> None:
    found = await citations(library, "incidental credit exceptions which provisions do not apply")
    assert "12 CFR 1002.3(c)(2)" in found


async def test_withdrawn_guidance_is_found_only_as_of_its_time_or_when_asked(
    library: AsyncSession,
) -> None:
    text = "Circular 2022-03 complex algorithms adverse action notification requirements"
    assert not any("Circular" in c for c in await citations(library, text))
    assert any("Circular" in c for c in await citations(library, text, as_of=date(2024, 1, 1)))
    assert any("Circular" in c for c in await citations(library, text, status="any"))


async def test_an_amended_paragraph_is_not_served_after_its_day(library: AsyncSession) -> None:
    citation = Citation("12 CFR 1002.6(a)")
    assert await find_passages(library, citation, Query("", date(2026, 7, 20)))
    assert not await find_passages(library, citation, Query("", date(2026, 7, 21)))


@pytest.mark.parametrize(
    "text",
    ["' OR 1=1; drop table policy_passages --", "credit & !| (:*", "🙂🙂", "שלום العربية", "%_\\"],
)
async def test_hostile_queries_get_an_answer(library: AsyncSession, text: str) -> None:
    assert isinstance(await citations(library, text), list)


@pytest.mark.parametrize("text", ["", "   ", "a\0b", "x" * 100_000, "half \ud83d"])
def test_what_cannot_be_searched_is_refused(text: str) -> None:
    with pytest.raises(QueryRefused):
        check_query(Query(text, TODAY))


async def test_development_questions_by_keyword_and_citation(library: AsyncSession) -> None:
    """A floor well under what was measured, so that a broken leg shows."""
    questions = [json.loads(line) for line in QUESTIONS.splitlines()]
    hits = 0
    for question in questions:
        found = await citations(library, question["question"])
        hits += any(f == g or f.startswith(f"{g}(") for f in found for g in question["gold"])
    assert hits >= len(questions) - 1


QUESTIONS = """\
{"question": "withdrawal of approved application applicant has not inquired within 30 days", "gold": ["12 CFR 1002.9(e)"]}
{"question": "automatic denial factor must be disclosed credit scoring", "gold": ["Reg B Comment 9(b)(2)-8"]}
{"question": "more than four reasons not likely to be helpful", "gold": ["Reg B Comment 9(b)(2)-1"]}
{"question": "12 CFR 1022.73(a)(1)", "gold": ["12 CFR 1022.73(a)(1)"]}
{"question": "meaningful information about the logic involved automated decision-making", "gold": ["GDPR Art. 15(1)", "GDPR Art. 13(2)", "GDPR Art. 14(2)", "UK GDPR Art. 15(1)"]}"""
