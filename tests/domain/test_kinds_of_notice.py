"""Every kind of notice holds every element its law requires, word for word as reviewed."""

import os
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdf
import pytest

from app.adapters.notice_renderer import NoticeRenderer
from app.adapters.typst_pdf import render_pdf
from app.domain.creditors import DEMO_CREDITOR
from app.domain.errors import AgencyNotConfirmed, NoticeUnprintable
from app.domain.notices.compose import addressees
from app.domain.notices.elements import REQUIRED, SOURCES, Element
from app.domain.notices.letters import Letter
from app.domain.notices.validate import missing_elements, required_elements
from tests.domain.kinds_of_notice import ANN, KINDS, compose, decision

CODE = "ABCD-EFGH"
GOLDEN = Path(__file__).parent / "golden"
HEADS = {
    Element.CREDITOR: "creditor_name",
    Element.ADDRESSEE: "addressee_address",
    Element.AGENCY: "agency_address",
}
CASES = [
    (kind, notice.addressee, element)
    for kind, make in KINDS.items()
    for notice, to in zip(compose(make()), addressees(make()), strict=True)
    for element in required_elements(notice, make(), to.applicant)
]


@pytest.mark.parametrize("kind", KINDS)
def test_the_letter_reads_as_it_was_reviewed(kind: str) -> None:
    """`UPDATE_GOLDEN=1` writes the files anew; read what changed before committing it."""
    text = "\n========\n".join(
        NoticeRenderer().render_text(Letter(notice, CODE)) for notice in compose(KINDS[kind]())
    )
    golden = GOLDEN / f"{kind}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text)

    assert text == golden.read_text()


@pytest.mark.parametrize(("kind", "addressee", "element"), CASES)
def test_a_notice_without_a_required_element_is_incomplete(
    kind: str, addressee: str, element: Element
) -> None:
    made = KINDS[kind]()
    notice = next(n for n in compose(made) if n.addressee == addressee)
    to = next(a.applicant for a in addressees(made) if a.key == addressee)
    assert missing_elements(notice, made, to) == ()

    if element in HEADS:
        blanked: dict[str, Any] = {HEADS[element]: " "}
        stripped = replace(notice, **blanked)
    else:
        kept = tuple(section for section in notice.sections if section.element is not element)
        stripped = replace(notice, sections=kept)

    assert any(element.value in lacking for lacking in missing_elements(stripped, made, to))


@pytest.mark.parametrize("kind", KINDS)
def test_the_pdf_is_tagged_and_says_what_the_letter_says(kind: str) -> None:
    for notice in compose(KINDS[kind]()):
        document = render_pdf(Letter(notice, CODE))
        folder = os.environ.get("KEEP_PDFS")
        if folder:
            Path(folder, f"{kind}-{notice.addressee}.pdf").write_bytes(document)
        reader = pypdf.PdfReader(BytesIO(document))
        root = reader.root_object
        marks = root["/MarkInfo"].get_object()
        text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())

        assert isinstance(marks, dict)
        assert marks["/Marked"]
        assert str(root["/Lang"]).startswith("en")
        assert b"pdfuaid" in document
        assert document == render_pdf(Letter(notice, CODE))
        assert notice.addressee_name in text
        assert text.count(CODE) == 2
        for section in notice.sections:
            for slot in section.slots:
                assert slot.value.split("\n")[0].split(" ")[0] in text


UNPRINTABLE = "\U000f0000"  # for private use: no font has it


def test_a_name_that_no_font_has_is_refused_as_a_pdf_and_never_printed_with_holes() -> None:
    (notice,) = compose(decision(applicants=(replace(ANN, name=UNPRINTABLE),)))
    with pytest.raises(NoticeUnprintable):
        render_pdf(Letter(notice, CODE))
    assert UNPRINTABLE in NoticeRenderer().render_html(Letter(notice))


def test_every_required_element_names_its_source_and_is_exercised() -> None:
    required = {element for elements in REQUIRED.values() for element in elements}
    assert required <= SOURCES.keys()
    assert set(SOURCES) == set(Element)
    exercised = {element for _, _, element in CASES}
    assert exercised == set(Element)


def test_every_form_is_exercised() -> None:
    assert {notice.form for make in KINDS.values() for notice in compose(make())} == set(REQUIRED)


def test_nobody_reads_anothers_score() -> None:
    ann, bob = compose(KINDS["joint"]())
    for notice, own, others in ((ann, "601", "655"), (bob, "655", "601")):
        text = NoticeRenderer().render_text(Letter(notice))
        assert own in text
        assert others not in text


def test_no_notice_names_an_agency_that_nobody_confirmed() -> None:
    unconfirmed = replace(DEMO_CREDITOR, agency_type="federal_credit_union", agency_confirmed_by="")
    with pytest.raises(AgencyNotConfirmed):
        compose(KINDS["c3-credit-scoring"](), unconfirmed)
    confirmed = replace(unconfirmed, agency_confirmed_by="counsel")
    assert "1775 Duke Street" in compose(KINDS["c3-credit-scoring"](), confirmed)[0].agency_address
