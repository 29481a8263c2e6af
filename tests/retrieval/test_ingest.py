"""Documents taken in on PostgreSQL: once, whole, in their time, and for their tenant alone."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from retrieval import documents
from retrieval.changes import Change, compare
from retrieval.embedding import EmbedderUnavailable
from retrieval.ingest import BATCH
from retrieval.passages import Citation, Query, Status
from retrieval.periods import EndBeforeBeginning, OverlappingPeriods
from retrieval.search import find_passages
from tests.retrieval.desk import DAY, NOW, TODAY, Desk, subject
from tests.retrieval.scripted import WordsEmbedder, policy, sections


async def test_the_same_bytes_twice_change_nothing(desk: Desk) -> None:
    word = subject()
    edition = policy(f"# A\n\nOn {word}.", slug="twice")
    first = await desk.take(edition)
    generation = "select generation from policy_collections where tenant_id = :tenant"
    before = await desk.count(generation, tenant=desk.tenant)
    again = await desk.take(edition, at=NOW + DAY)
    assert (first.outcome, again.outcome) == ("added", "unchanged")
    assert again.version_id == first.version_id
    assert await desk.texts(word) == [f"On {word}."]
    assert await desk.count(generation, tenant=desk.tenant) == before


async def test_a_new_version_ends_the_former_on_its_day(desk: Desk) -> None:
    word, turn = subject(), date(2026, 6, 1)
    await desk.take(policy(f"# A\n\nOn {word}, 43%.", slug=word), at=NOW)
    known_before = NOW + DAY
    await desk.take(policy(f"# A\n\nOn {word}, 40%.", slug=word, begins=turn), at=NOW + 2 * DAY)
    old, new = [f"On {word}, 43%."], [f"On {word}, 40%."]
    assert await desk.texts(word, as_of=turn - DAY) == old
    assert await desk.texts(word, as_of=turn) == new
    assert await desk.texts(word, as_of=turn, known_at=known_before) == old
    assert await desk.texts(word, as_of=turn, known_at=NOW - DAY) == []
    assert await desk.texts(word, as_of=turn, status=Status.SUPERSEDED) == old
    assert sorted(await desk.texts(word, as_of=turn, status="any")) == sorted(old + new)
    former = [h for h in (await desk.ask(word, status="any")).hits if h.text == old[0]]
    assert (former[0].status, former[0].effective_to) == (Status.SUPERSEDED, turn)


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (date(2020, 1, 1), None),
        (date(2019, 1, 1), None),
        (date(2019, 1, 1), date(2020, 1, 2)),
        (date(2020, 1, 1), date(2020, 6, 1)),
    ],
)
async def test_overlapping_periods_are_refused_and_nothing_is_stored(
    desk: Desk, begins: date, ends: date | None
) -> None:
    word = subject()
    await desk.take(policy(f"# A\n\nOn {word}.", slug=word))
    with pytest.raises(OverlappingPeriods):
        await desk.take(policy(f"# A\n\nElse on {word}.", slug=word, begins=begins, ends=ends))
    stored = "select count(*) from policy_versions where slug = :slug"
    assert await desk.count(stored, slug=word) == 1
    assert await desk.texts(word, status="any") == [f"On {word}."]


async def test_a_time_before_the_first_version_can_be_filled(desk: Desk) -> None:
    word = subject()
    await desk.take(policy(f"# A\n\nOn {word}.", slug=word))
    early = policy(f"# A\n\nEarly on {word}.", slug=word, begins=date(2018, 1, 1), ends=date(2020, 1, 1))  # fmt: skip
    await desk.take(early)
    assert await desk.texts(word, as_of=date(2019, 6, 1)) == [f"Early on {word}."]
    assert await desk.texts(word) == [f"On {word}."]


async def test_what_was_cut_off_goes_on_where_it_stopped(desk: Desk) -> None:
    word, number = subject(), 3 * BATCH
    edition = policy(sections(word, number), slug=word)
    killed = WordsEmbedder(fails_after=1)
    with pytest.raises(EmbedderUnavailable):
        await desk.take(edition, embedder=killed)
    assert await desk.texts(word, status="any") == []
    assert not [v for v in await desk.versions() if v.document.slug == word]
    shown: list[tuple[int, int]] = []
    rest = WordsEmbedder()
    done = await desk.take(
        edition, at=NOW + DAY, embedder=rest, progress=lambda a, b: shown.append((a, b))
    )
    assert done.outcome == "resumed"
    assert shown[-1] == (number, number)
    assert len(killed.embedded) == BATCH
    assert len(rest.embedded) == number - BATCH
    assert not set(killed.embedded) & set(rest.embedded)
    held = "select count(*) from policy_passages as p join policy_vectors as v on v.passage_id = p.id where p.version_id = :id"
    assert await desk.count(held, id=done.version_id) == number


async def test_what_was_resumed_is_known_from_its_publication_on(desk: Desk) -> None:
    word = subject()
    edition = policy(f"# A\n\nOn {word}.", slug=word)
    with pytest.raises(EmbedderUnavailable):
        await desk.take(edition, embedder=WordsEmbedder(fails_after=0))
    await desk.take(edition, at=NOW + 2 * DAY)
    assert await desk.texts(word, known_at=NOW + DAY) == []
    assert await desk.texts(word, known_at=NOW + 2 * DAY) == [f"On {word}."]


async def test_a_version_left_half_done_keeps_no_other_out(desk: Desk) -> None:
    word = subject()
    broken = policy(f"# A\n\nBroken on {word}.", slug=word)
    with pytest.raises(EmbedderUnavailable):
        await desk.take(broken, embedder=WordsEmbedder(fails_after=0))
    await desk.take(policy(f"# A\n\nMended on {word}.", slug=word))
    assert await desk.texts(word) == [f"Mended on {word}."]
    with pytest.raises(OverlappingPeriods):
        await desk.take(broken)
    assert await desk.texts(word, status="any") == [f"Mended on {word}."]


async def test_the_end_of_a_document_is_recorded_when_it_is_learnt(desk: Desk) -> None:
    word, day = subject(), date(2026, 3, 1)
    await desk.take(policy(f"# A\n\nOn {word}.", slug=word))
    with pytest.raises(EndBeforeBeginning):
        await desk.end(word, date(2019, 1, 1))
    assert await desk.end(word, day, at=NOW + DAY) == 1
    assert await desk.end(word, day) == 0
    assert await desk.texts(word) == []
    assert await desk.texts(word, as_of=day - DAY) == [f"On {word}."]
    assert await desk.texts(word, known_at=NOW) == [f"On {word}."]
    assert await desk.texts(word, status=Status.WITHDRAWN) == [f"On {word}."]
    assert await desk.texts(word, status=Status.SUPERSEDED) == []
    marked = await desk.ask(word, status=Status.WITHDRAWN)
    assert (Status.WITHDRAWN, day) in [(c.status, c.since) for c in marked.cautions]


async def test_an_end_before_a_version_to_come_is_refused(desk: Desk) -> None:
    word = subject()
    await desk.take(policy(f"# A\n\nOn {word}.", slug=word))
    await desk.take(policy(f"# A\n\nNext on {word}.", slug=word, begins=date(2027, 1, 1)))
    with pytest.raises(EndBeforeBeginning):
        await desk.end(word, TODAY)


async def test_tenants_see_and_end_their_own_alone(desk: Desk, other: Desk) -> None:
    word = subject()
    taken = await desk.take(policy(f"# A\n\nOn {word}.", slug=word))
    assert await other.texts(word, status="any") == []
    assert await other.end(word, TODAY) == 0
    assert await desk.texts(word) == [f"On {word}."]
    async with other.sessions.begin(other.tenant) as tx:
        assert await documents.find_version(tx.session, taken.version_id) is None
        assert await documents.outline(tx.session, taken.version_id) == ()
        found = await find_passages(tx.session, Citation("House policy"), Query("", TODAY))
        assert not [hit for hit in found if word in hit.text]
    await other.take(policy(f"# A\n\nTheirs on {word}.", slug=word))
    assert await other.texts(word) == [f"Theirs on {word}."]


@pytest.mark.parametrize(
    "statement",
    [
        "update policy_versions set status = 'withdrawn' where tenant_id is null",
        "update policy_passages set effective_to = '2026-01-01' where tenant_id is null",
        "update policy_postings set counts = '' where tenant_id is null",
        "update policy_collections set generation = 0 where tenant_id is null",
    ],
)
async def test_shared_law_cannot_be_changed_by_the_service(desk: Desk, statement: str) -> None:
    async with desk.sessions.begin(desk.tenant) as tx:
        changed = await tx.session.execute(text(statement))
        assert changed.rowcount == 0  # type: ignore[attr-defined] # of an update


@pytest.mark.parametrize(
    "statement",
    [
        "update policy_passages set body = 'x'",
        "update policy_versions set source = 'x'",
        "delete from policy_passages",
        "delete from policy_versions",
        "update policy_embedding_models set is_searched = false",
        "insert into policy_collections (tenant_id) values (null)",
        "insert into policy_collections (tenant_id) values (gen_random_uuid())",
        "insert into policy_postings values ('x', null, 99, '', '')",
    ],
)
async def test_texts_and_what_others_own_cannot_be_written(desk: Desk, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|row-level security"):
        async with desk.sessions.begin(desk.tenant) as tx:
            await tx.session.execute(text(statement))


async def test_filters_keep_what_they_name(desk: Desk) -> None:
    word = subject()
    await desk.take(policy(f"# A\n\nCards and {word}.", products=("card",)))
    await desk.take(policy(f"# A\n\nLoans and {word}.", products=("loan",), jurisdiction="EU"))
    await desk.take(policy(f"# A\n\nEverything and {word}.", jurisdiction="UK"))
    assert len(await desk.texts(word)) == 3
    assert sorted(await desk.texts(word, product="card")) == [f"Cards and {word}.", f"Everything and {word}."]  # fmt: skip
    assert await desk.texts(word, jurisdiction="EU") == [f"Loans and {word}."]
    assert await desk.texts(word, jurisdiction="EU", product="card") == []
    assert await desk.texts(word, jurisdiction="") == []


async def test_filters_hold_for_what_is_cited_too(desk: Desk) -> None:
    assert [h.is_cited for h in (await desk.ask("1002.9(b)(2)", limit=1)).hits] == [True]
    elsewhere = await desk.ask("1002.9(b)(2)", jurisdiction="EU")
    assert {hit.jurisdiction for hit in elsewhere.hits} <= {"EU"}
    assert not any(hit.is_cited for hit in elsewhere.hits)
    limited = await desk.ask("1002.9(b)(2)", among=frozenset({"12 CFR 1002.9(e)"}))
    assert set(limited.citations) <= {"12 CFR 1002.9(e)"}


async def test_an_amended_passage_shows_what_changed(desk: Desk) -> None:
    word, turn = subject(), date(2026, 6, 1)
    title = f"Limits {word}"
    for limit, begins in (("43%", date(2020, 1, 1)), ("40%", turn)):
        body = f"# {title}\n\n## 1 Ratio\n\nAbove {limit} is declined.\n"
        await desk.take(policy(body, slug=word, title=title, begins=begins))
    async with desk.sessions.begin(desk.tenant) as tx:
        parts = await find_passages(tx.session, Citation(f"{title} § 1"), Query("", turn))
        former = await documents.former_text(tx.session, parts)
    assert [part.text for part in parts] == ["Above 40% is declined."]
    assert former is not None
    assert compare(former[1], parts[0].text)[1:3] == (
        Change("removed", "43%"),
        Change("added", "40%"),
    )


async def test_own_policy_is_found_beside_the_law(desk: Desk) -> None:
    word = subject()
    body = f"# House rules\n\nOur {word} statement of specific reasons for adverse action."
    await desk.take(policy(body, title="House rules"))
    found = await desk.ask(f"{word} statement of specific reasons for adverse action", limit=20)
    assert found.hits[0].document.startswith("policy-")
    assert any(hit.citation.startswith("12 CFR 1002") for hit in found.hits)
    both = await desk.ask("House rules and 12 CFR 1002.9(b)(2)")
    assert both.hits[0].citation == "12 CFR 1002.9(b)(2)"


async def test_what_goes_with_a_publication_stands_or_falls_with_it(desk: Desk) -> None:
    word = subject()
    edition = policy(f"# A\n\nOn {word}.", slug=word)

    async def fail(_: object, __: object) -> None:
        message = "no audit"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError):
        await desk.take(edition, published=fail)
    assert await desk.texts(word, status="any") == []
    await desk.take(edition)
    assert await desk.texts(word) == [f"On {word}."]
