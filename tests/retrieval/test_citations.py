"""Citations as people write them, and text made to be slow."""

import re
import time
from collections.abc import AsyncIterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.engine import Sessions
from app.domain.ids import TenantId
from retrieval import cited
from retrieval.citations import (
    PATTERNS,
    address_of,
    enclosing,
    find_citations,
    find_mentions,
)
from retrieval.passages import Citation, Query
from retrieval.seed_library import seed_editions

WRITTEN = [
    # Code of Federal Regulations
    ("12 CFR 1002.9(b)(2)", "12 CFR 1002.9(b)(2)"),
    ("12 C.F.R. § 1002.9(a)(1)(i)", "12 CFR 1002.9(a)(1)(i)"),
    ("12 C.F.R. §1002.9", "12 CFR 1002.9"),
    ("12 CFR Part 1002.9 (a) (2)", "12 CFR 1002.9(a)(2)"),
    ("12cfr1002.9(b)", "12 CFR 1002.9(b)"),
    ("what does 1002.9(a)(2) require?", "12 CFR 1002.9(a)(2)"),
    ("§ 1022.73(a)(1)(ix)", "12 CFR 1022.73(a)(1)(ix)"),
    ("section 1026.43(c)(2)", "12 CFR 1026.43(c)(2)"),
    ("Regulation B, section 1002.4(a)", "12 CFR 1002.4(a)"),
    ("Reg. Z § 1026.41(e)(4)", "12 CFR 1026.41(e)(4)"),
    # Official comments
    ("comment 9(b)(2)-5", "Reg B Comment 9(b)(2)-5"),
    ("Comment 9(b)(2)\u20135", "Reg B Comment 9(b)(2)-5"),
    ("comment 9(b)(2) - 5", "Reg B Comment 9(b)(2)-5"),
    ("Reg B Comment 6(a)-2", "Reg B Comment 6(a)-2"),
    ("Regulation B official interpretation 9(a)(1)-1", "Reg B Comment 9(a)(1)-1"),
    ("official commentary on Reg Z 43(c)(2)(vi)-1.ii", "Reg Z Comment 43(c)(2)(vi)-1.ii"),
    ("comment 1022.72(b)-2", "Reg V Comment 72(b)-2"),
    ("Official Interpretation to § 1002.9(b)(2)-1", "Reg B Comment 9(b)(2)-1"),
    ("comment 2(p)-4 to Regulation B", "Reg B Comment 2(p)-4"),
    # United States Code and the acts
    ("15 USC 1681m(h)(5)", "15 USC 1681m(h)(5)"),
    ("15 U.S.C. § 1691(d)(2)(A)", "15 USC 1691(d)(2)(A)"),
    ("15 U.S.C. §§ 1681c-1(h)", "15 USC 1681c-1(h)"),
    ("FCRA § 615(a)", "15 USC 1681m(a)"),
    ("FCRA section 615(h)(5)", "15 USC 1681m(h)(5)"),
    ("FCRA 615(a)", "15 USC 1681m(a)"),
    ("section 615(a) of the FCRA", "15 USC 1681m(a)"),
    ("ECOA § 701(d)", "15 USC 1691(d)"),
    ("section 701(a)(1) of the Equal Credit Opportunity Act", "15 USC 1691(a)(1)"),
    ("Fair Credit Reporting Act section 623(a)", "15 USC 1681s-2(a)"),
    # European law
    ("Art. 22(3) GDPR", "GDPR Art. 22(3)"),
    ("GDPR Art 22", "GDPR Art. 22"),
    ("GDPR, Article 15(1)(h)", "GDPR Art. 15(1)(h)"),
    ("article 22 of the gdpr", "GDPR Art. 22"),
    ("Article 22 of the General Data Protection Regulation", "GDPR Art. 22"),
    ("Article 22(1) of Regulation (EU) 2016/679", "GDPR Art. 22(1)"),
    ("Article 22, paragraph 3, of the GDPR", "GDPR Art. 22(3)"),
    ("Art. 22 para. 3 GDPR", "GDPR Art. 22(3)"),
    ("UK GDPR Article 22C(2)", "UK GDPR Art. 22C(2)"),
    ("Art 22A UK GDPR", "UK GDPR Art. 22A"),
    ("AI Act Article 86(1)", "AI Act Art. 86(1)"),
    ("Article 6(2) of the EU AI Act", "AI Act Art. 6(2)"),
    ("Article 86 of the Artificial Intelligence Act", "AI Act Art. 86"),
    ("Article 86 of Regulation (EU) 2024/1689", "AI Act Art. 86"),
    ("recital 71", "GDPR Recital 71"),
    ("Recital (71) of the GDPR", "GDPR Recital 71"),
    ("AI Act recital 58", "AI Act Recital 58"),
    ("Annex III, point 5(b) of the AI Act", "AI Act Annex III(5)(b)"),
    ("annex iii", "AI Act Annex III"),
    # Forms, appendices, cases, guidance
    ("sample form C-1", "12 CFR 1002 App. C Form C-1"),
    ("Form C-1 Part II", "12 CFR 1002 App. C Form C-1 Part II"),
    ("model form H-3", "12 CFR 1022 App. H (form text) H-3"),
    ("Appendix A to Part 1002", "12 CFR 1002 App. A"),
    ("Regulation B, Appendix A paragraph 2", "12 CFR 1002 App. A ¶ 2"),
    ("C-634/21, para. 47", "CJEU C-634/21 para. 47"),
    ("case c-634/21 at paragraph 47", "CJEU C-634/21 para. 47"),
    ("SCHUFA (Scoring), para 47", "CJEU C-634/21 para. 47"),
    ("C-203/22 operative part", "CJEU C-203/22 Operative part"),
    ("SR 26-2", "SR 26-2"),
    ("SR letter 26-2 ¶ 3", "SR 26-2 ¶ 3"),
    ("NIST AI RMF MEASURE 2.9", "NIST AI RMF MEASURE 2.9"),
    ("CFPB Circular 2022-03", "CFPB Circular 2022-03"),
]


@pytest.mark.parametrize(("words", "citation"), WRITTEN, ids=[words for words, _ in WRITTEN])
def test_a_citation_is_read_as_it_is_written(words: str, citation: str) -> None:
    for words_around in (words, f"What does {words} say, and why?", f"({words})"):
        assert find_citations(words_around)[:1] == (citation,)
    assert len(find_mentions(words)) == 1


@pytest.mark.parametrize(
    "words",
    [
        "how many reasons",
        "a score of 620 and 43% of 1,002.9 dollars",
        "section 3 of our manual",
        "Article 18 of the Consumer Credit Directive",
        "Article 18(1) of the Consumer Credit Directive",
        "Article 18, paragraph 1, of Directive (EU) 2023/2225",
        "the reform C-1x",
        "comment on this",
        "annexation",
        "12 Main Street 1002",
        "artistic 22",
    ],
)
def test_what_is_no_citation_of_a_law_held_is_left_alone(words: str) -> None:
    assert find_mentions(words) == ()


def test_several_citations_are_read_in_order_each_once() -> None:
    asked = "Compare 12 CFR 1002.9(b)(2) with comment 9(b)(2)-5, Art. 22(3) GDPR and 12 CFR 1002.9(b)(2)."
    assert find_citations(asked) == (
        "12 CFR 1002.9(b)(2)",
        "Reg B Comment 9(b)(2)-5",
        "GDPR Art. 22(3)",
    )


SLOW = [
    "(", ")", "(a)", " ", "\t\n", "§", "§ ", "-", "1", "1002.9", "1002.9(a)", "12 C F R ", "12 CFR ",
    "comment ", "comment 9(a)", "reg b comment to ", "official interpretation of ", "FCRA ", "FCRA , ",
    "section ", "section 615(a)", "§ 615 (a) of the ", "art 1 ", "art. 1(a)", "article 22 of the ",
    "GDPR ", "GDPR, ", "UK GDPR art", "recital (", "annex iii ", "annex i, point (", "model form ",
    "app. A to part ", "appendix a ¶ ", "SCHUFA (", "SCHUFA (a) ", "Dun & Bradstreet ,", "C-1/2 ",
    "C-634/21 (x), ", "SR letter ", "SR 1-1 ", "MAP ", "circular 2022-03, ", "15 U S C ", "1681c-1",
    " ¶ 1", "a ¶ ", "-1.i", "aA", "é🙂", "\u017f\u212a", ". ", ",", "of the ", "Regulation (EU) ",
]  # fmt: skip
PREFIXES = ["", "FCRA", "art 22", "comment 9(b)(2)", "1002.9", "SCHUFA", "annex iii", "app. A", "§"]
LONGEST_MS = 50


@pytest.mark.parametrize("unit", SLOW)
def test_no_text_makes_a_pattern_slow(unit: str) -> None:
    for prefix in PREFIXES:
        made = (prefix + unit * 2000)[:2000]
        for pattern, _ in PATTERNS:
            took = min(_milliseconds(pattern, made) for _ in range(2))
            assert took < LONGEST_MS, (pattern.pattern[:40], prefix)
        began = time.perf_counter()
        for mention in find_mentions(made)[:3]:
            for meaning in mention.meanings:
                enclosing(meaning)
        enclosing(Citation(made))
        assert time.perf_counter() - began < 1


def _milliseconds(pattern: re.Pattern[str], made: str) -> float:
    began = time.perf_counter()
    for _ in pattern.finditer(made):
        pass
    return 1000 * (time.perf_counter() - began)


@given(st.text(max_size=300) | st.lists(st.sampled_from(SLOW + PREFIXES)).map("".join))
def test_any_text_has_mentions_in_order_that_do_not_overlap(made: str) -> None:
    at = 0
    for mention in find_mentions(made):
        assert at <= mention.start < mention.end <= len(made)
        at = mention.end
        assert all(address_of(meaning) for meaning in mention.meanings)


def test_parents_are_sought_from_the_nearest_up() -> None:
    assert enclosing(Citation("15 USC 1681c-1(h)(1)")) == (
        "15 USC 1681c-1(h)(1)",
        "15 USC 1681c-1(h)",
        "15 USC 1681c-1",
    )
    assert enclosing(Citation("Reg B Comment 9(b)(2)-5"))[1:3] == (
        "Reg B Comment 9(b)(2)",
        "Reg B Comment 9(b)",
    )


EDITIONS = seed_editions()
CITED = sorted({p.citation for edition in EDITIONS for p in edition.passages})


@pytest.fixture
async def session(sessions: Sessions, tenant: TenantId) -> AsyncIterator[AsyncSession]:
    async with sessions.begin(tenant) as tx:
        yield tx.session


async def test_every_citation_of_the_library_finds_its_passage(session: AsyncSession) -> None:
    lost = []
    by_id = {
        row.id: row.citation
        for row in await session.execute(text("select id, citation from policy_passages"))
    }
    for citation in CITED[::40]:
        named = await cited.resolve(session, Query(citation, date(2022, 6, 1), status="any"))
        later = await cited.resolve(session, Query(citation, date(2026, 11, 24), status="any"))
        found = [by_id[passage] for passage in (*named.passages, *later.passages)]
        if citation not in found:
            lost.append(citation)
    assert lost == []


FULLY_READ = re.compile(
    r"(?:12 CFR \d+\.\d+|15 USC \d+\w*(?:-\d+)?|(?:UK )?GDPR Art\. \d+[A-Z]?|AI Act Art\. \d+)(?:\(\w{1,5}\))*"
    r"|(?:GDPR|AI Act) Recital \d+|Reg [BCEVXZ] Comment \d+(?:\(\w{1,5}\))*-\d+(?:\.[ivx]+)?"
    r"|CJEU C-\d+/\d+ para\. \d+|SR [\d-]+|AI Act Annex [IVX]+|NIST AI RMF [A-Z]+ [\d.]+"
)


def test_a_citation_of_the_library_is_read_as_itself() -> None:
    whole = [citation for citation in CITED if FULLY_READ.fullmatch(citation)]
    assert len(whole) > 5000
    for citation in whole:
        meanings = {address_of(m) for found in find_mentions(citation) for m in found.meanings}
        assert address_of(citation) in meanings, (citation, meanings)
