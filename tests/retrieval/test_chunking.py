"""Passages: every word of a document, each once, at its exact place and under a name of its own."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.chunking import (
    LONGEST_CITATION,
    MAX_CHARACTERS,
    passages_of,
    sections_of,
    short_name,
    split,
)
from retrieval.parse.markdown import read_markdown_text
from retrieval.passages import Document, Passage, Status

LINE = st.builds(
    lambda words, times: " ".join(words * times),
    st.lists(
        st.sampled_from(["abc", "é🙂.", "a;", "b:", "x" * 90, "|", "-"]), min_size=1, max_size=4
    ),
    st.integers(1, 30),
)
BREAK = st.sampled_from(["\n", "\n\n", "\r\n", "\r\n\r\n", "\n- ", "\n  - ", "\n| a | b |\n", " "])
TEXT = st.lists(st.tuples(LINE, BREAK).map("".join), max_size=8).map("".join)
HEADING = st.builds(
    "{} {}\n\n".format,
    st.sampled_from(["#", "##", "###"]),
    st.sampled_from(["1. Scope", "Scope", "Scope (2)", "GDPR duties", "12 CFR 1002.9", "A. Aim"]),
)
DOCUMENT = st.lists(st.tuples(HEADING, TEXT).map("".join), max_size=4).map("".join)


def document(title: str = "Credit policy") -> Document:
    return Document(
        "policy", title, "US-federal", "0" * 64, date(2026, 1, 1), None, Status.IN_FORCE, "", "", ""
    )


def passages(text: str, title: str = "Credit policy") -> list[Passage]:
    return passages_of(read_markdown_text(text.encode()), document(title))


def citations(text: str, title: str = "Credit policy") -> list[str]:
    return [passage.citation for passage in passages(text, title)]


@given(TEXT)
def test_spans_are_in_order_short_and_leave_no_word_out(text: str) -> None:
    spans = split(text)
    at = 0
    for start, end in spans:
        assert not text[at:start].strip()
        assert 0 < end - start <= MAX_CHARACTERS
        assert text[start:end] == text[start:end].strip()
        at = end
    assert not text[at:].strip()


@given(TEXT, DOCUMENT)
def test_passages_hold_every_word_below_a_heading_and_cross_none(opening: str, rest: str) -> None:
    text = f"Begins. {opening}\n\n{rest}"
    reading = read_markdown_text(text.encode())
    made = passages_of(reading, document())
    assert all(reading.text[p.start : p.end] == p.text for p in made)
    held = [" "] * len(reading.text)
    for p in made:
        assert not any(
            p.start < heading.end and heading.start < p.end for heading in reading.headings
        )
        held[p.start : p.end] = p.text
    for heading in reading.headings:
        held[heading.start : heading.end] = reading.text[heading.start : heading.end]
    if any(not h.text.startswith("12 CFR") for h in reading.headings[1:]) or not reading.headings:
        assert "".join("".join(held).split()) == "".join(reading.text.split())


@given(DOCUMENT)
def test_every_section_has_a_name_of_its_own(text: str) -> None:
    reading = read_markdown_text(f"Begins.\n\n{text}".encode())
    names = [section.citation for section in sections_of(reading, document())]
    assert len(set(names)) == len(names)
    assert all(name.strip() and len(name) <= LONGEST_CITATION + 10 for name in names)


def test_sections_are_cited_by_number_or_title() -> None:
    text = "# Credit policy\n\nIntro.\n\n## 2.1 Limits\n\nLow.\n\n### Appeals\n\nOpen.\n\n## § 7(b) End\n\nx"
    assert citations(text) == [
        "Credit policy",
        "Credit policy § 2.1",
        "Credit policy § Appeals",
        "Credit policy § 7(b)",
    ]
    context = {p.citation: p.context for p in passages(text)}
    assert context["Credit policy § Appeals"] == "Credit policy > Limits"  # type: ignore[index] # a name


def test_sections_of_the_first_level_keep_their_names() -> None:
    text = "# 1. Eligibility\n\nAdults.\n\n# 2. Limits\n\nLow.\n\n## Appeals\n\nOpen."
    assert citations(text, "Policy") == ["Policy § 1", "Policy § 2", "Policy § Appeals"]
    assert passages(text, "Policy")[2].context == "Policy > Limits"
    titled = "# Policy\n\nIntro.\n\n# Limits\n\nLow."
    assert citations(titled, "Policy") == ["Policy", "Policy § Limits"]


def test_a_text_without_headings_is_one_section() -> None:
    assert citations("Text alone.") == ["Credit policy"]


def test_a_heading_that_speaks_of_a_law_is_no_citation_and_loses_nothing() -> None:
    text = "# Policy\n\nIntro.\n\n## GDPR duties\n\nOurs.\n\n## NIST controls\n\nTheirs.\n\n## Limits\n\nLow."
    assert [p.text for p in passages(text)] == ["Intro.", "Ours.", "Theirs.", "Low."]
    mixed = "# Policy\n\nIntro.\n\n## 12 CFR 1002.9 — Notices\n\nLaw.\n\n## Limits\n\nLow."
    assert [p.text for p in passages(mixed)] == ["Intro.", "Law.", "Low."]


def test_where_all_headings_are_citations_what_stands_outside_is_a_note() -> None:
    text = "# Regulation B\n\n> A note.\n\n## 12 CFR 1002.9 — Notices\n\nLaw."
    assert citations(text, "Regulation B") == ["12 CFR 1002.9"]


def test_a_heading_too_long_for_an_index_is_no_citation() -> None:
    text = f"# Policy\n\n## Reg B Comment {'9é' * 3000}\n\nText.\n\n## 1{'.1' * 3000} Deep\n\nText."
    assert all(len(citation) <= LONGEST_CITATION for citation in citations(text))


def test_paragraphs_are_cut_apart_whatever_ends_a_line() -> None:
    for line_end in ("\n", "\r\n", "\r"):
        paragraphs = [f"{letter * 300} {letter * 300}" for letter in "abcd"]
        text = (line_end * 2).join(paragraphs)
        assert [text[start:end] for start, end in split(text)] == paragraphs


def test_lists_and_tables_stay_whole_where_they_fit() -> None:
    table = "\n".join(
        ["| Band | Limit |", "|---|---|", *(f"| {n} | {n * 'x'} |" for n in range(1, 30))]
    )
    text = f"{'Words. ' * 100}\n\n{table}\n\nAfter."
    assert any(table in text[start:end] for start, end in split(text))
    items = "\n".join(f"- item {n} {'y' * 90}" for n in range(30))
    for start, end in split(items):
        assert items[start:end].startswith("- item")


def test_words_without_a_boundary_are_still_cut() -> None:
    text = "x" * 5000
    assert [end - start for start, end in split(text)] == [1200, 1200, 1200, 1200, 200]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Credit policy", "Credit policy"),
        ("Regulation B — Equal Credit Opportunity Act (12 CFR Part 1002)", "Regulation B"),
        ("Regulation (EU) 2016/679 — General Data Protection Regulation (GDPR)", "General Data Protection Regulation"),
        ("Regulation B, Supplement I to Part 1002", "Regulation B"),
        (", Supplement", ", Supplement"),
        ("x" * 200, "x" * 80),
    ],
)  # fmt: skip
def test_a_document_has_a_short_name(title: str, name: str) -> None:
    assert short_name(title) == name
