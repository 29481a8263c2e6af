"""What is read out of a document of each format."""

import io
import zipfile

import pytest

from retrieval.parse.markdown import read_markdown_text
from retrieval.parse.numbering import heading_level
from retrieval.parse.reading import MediaType, Reading, read
from retrieval.parse.rendering import Rendering
from retrieval.parse.structure import LIMITS
from retrieval.seed_library import seed_editions
from retrieval.seed_vectors import MANIFEST, digest_of, texts_of
from seed.library import policy_files


def outline(reading: Reading) -> list[tuple[int, str]]:
    for heading in reading.headings:
        line = reading.text[heading.start : heading.end]
        assert heading.text in " ".join(line.split())
        assert line.endswith("\n") or heading.end == len(reading.text)
    return [(heading.level, heading.text) for heading in reading.headings]


def test_the_passages_of_the_seed_library_are_those_embedded() -> None:
    assert f'"{digest_of(texts_of(seed_editions()))}"' in MANIFEST.read_text()


def test_the_seed_library_is_read_by_the_general_reader_too() -> None:
    path = next(path for path in policy_files() if path.stem == "eu-gdpr-2016-679")
    reading = read_markdown_text(path.read_bytes())
    assert reading.text == path.read_text(encoding="utf-8")
    assert reading.front_matter["effective_date"] == "2018-05-25"
    assert outline(reading)[1:3] == [(2, "GDPR Recitals"), (3, "GDPR Recital 1")]


def test_markdown() -> None:
    source = (
        "---\r\ntitle: Policy\r\nfrom: 2024-01-31\r\nn: [1, true, ~]\r\n---\r\n# Policy\r\n\r\n"
        "Text\x85 with\u2028odd line ends\r\n\r\n```\r\n# no heading\r\n```\r\n"
        "Limits of\r\ncredit\r\n---------\r\n\r\n### Deep ##\r\nend"
    )
    reading = read(source.encode(), file_name="policy.md")
    assert reading.text == source
    assert outline(reading) == [(1, "Policy"), (2, "Limits of credit"), (3, "Deep")]
    assert reading.text[reading.headings[-1].end :] == "end"
    assert reading.front_matter == {"title": "Policy", "from": "2024-01-31", "n": [1, True, None]}
    assert reading.media_type == "text/markdown"


@pytest.mark.parametrize(
    "source", ["# A\n", "---\n\nText\n\n---\n\n# A\n", "--- \n# A\n", "\ufeff# A\n"]
)
def test_front_matter_is_optional(source: str) -> None:
    reading = read(source.encode(), declared="text/markdown")
    assert not reading.front_matter
    assert outline(reading) == [(1, "A")]


def test_plain_text() -> None:
    source = (
        "CREDIT POLICY\n\n1. Scope\n\nThis applies to 30 days\nand more. IT IS\nSO.\n\n"
        "2. Eligibility\n2.1 Age\nOf age. Bring:\n1. a passport\n2. a payslip\n\n"
        "Section 4: Limits\nText\n\nArticle 5\n\nText\n\n30 days is long\n\n1. First\n\n2. Second\n"
    )
    reading = read(source.encode(), file_name="policy.txt")
    assert reading.text == source
    assert outline(reading) == [
        (1, "CREDIT POLICY"),
        (2, "1. Scope"),
        (2, "2. Eligibility"),
        (3, "2.1 Age"),
        (2, "Section 4: Limits"),
        (2, "Article 5"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "30 days", "1. the applicant", "Section 4 applies to all", "SO.", "NOTE:", "ABC", "", "12",
        "Part of the loan", "שלום עולם", "This is 2.1 Title", "Section 4 Applies here.", "第一条",
    ],
)  # fmt: skip
def test_what_need_not_be_a_heading_is_none(line: str) -> None:
    assert heading_level(line) is None


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("1. Title", 2), ("2.1 Title", 3), ("2.1.3 Title", 4), ("Section 4", 2), ("Article 5", 2),
        ("Section 4.2: Title", 2), ("ALL CAPS", 1), ("ANNEX III", 1), ("Chapter 2 Limits", 1),
        ("Appendix A — Forms", 1), ("Part IV", 1), ("ÜBERSICHT", 1),
    ],
)  # fmt: skip
def test_headings_by_their_words(line: str, level: int) -> None:
    assert heading_level(line) == level


def test_html(page: bytes) -> None:
    reading = read(page, declared="text/html; charset=utf-8")
    assert reading.text == (
        "# Credit policy\n\nAn applicant must be of age.\nRésumé, עברית, 🙂.\n\n"
        "- one\n  - inner\n  more\n- two\n  still two\nc. third\nd. fourth\n\n## Limits\n\n"
        "Bands\n\n| Band | Limit |\n| --- | --- |\n| A\\|B | 9 |\n|  | 8 |\n| wide |  |\n\n"
        "Only placed\n\n  a\n    b\n\nThe end.\n"
    )
    assert outline(reading) == [(1, "Credit policy"), (2, "Limits")]
    assert reading.media_type == "text/html"


def test_docx(word: bytes) -> None:
    reading = read(word, file_name="Policy.DOCX")
    assert reading.text == (
        "# Credit policy\n\n# Eligibility\n\nAn applicant must be of age.\nRésumé, עברית, 🙂.\n\n"
        "- one\n- inner\n1. first\n2. second\n\n"
        "| Band | Limit |\n| --- | --- |\n| A\\|B | 9 |\n| wide |  |\n\n## Limits\n\nThe end.\n"
    )
    assert outline(reading) == [(1, "Credit policy"), (1, "Eligibility"), (2, "Limits")]
    assert reading.media_type == MediaType.DOCX


def test_docx_of_revisions_controls_notes_and_numbered_clauses() -> None:
    run = "<w:r><w:t>{}</w:t></w:r>"
    listed = (
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="{}"/><w:numId w:val="7"/></w:numPr></w:pPr>{}</w:p>'
    )
    body = (
        '<w:p><w:pPr><w:outlineLvl w:val="1"/><w:numPr><w:ilvl w:val="0"/><w:numId w:val="7"/>'
        f"</w:numPr></w:pPr>{run.format('Scope')}</w:p>"
        + listed.format(1, run.format("clause"))
        + listed.format(2, run.format("point"))
        + listed.format(2, run.format("point"))
        + listed.format(1, run.format("clause"))
        + f"<w:sdt><w:sdtContent><w:p>{run.format('Controlled')}"
        f"<w:del>{run.format('gone')}</w:del><w:ins>{run.format(' added')}</w:ins>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
        '<w:r><w:footnoteReference w:id="2"/></w:r></w:p></w:sdtContent></w:sdt>'
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>'
        f"</w:sdtPr><w:sdtContent><w:p>{run.format('Scope ... 1')}</w:p></w:sdtContent></w:sdt>"
    )
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:numFmt w:val="{style}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for at, (style, text) in enumerate(
            [("decimal", "%1."), ("decimal", "%1.%2"), ("lowerLetter", "(%3)")]
        )
    )
    numbering = (
        f'<w:abstractNum w:abstractNumId="3">{levels}</w:abstractNum>'
        '<w:num w:numId="7"><w:abstractNumId w:val="3"/></w:num>'
    )
    notes = f'<w:footnote w:id="2"><w:p>{run.format("See the annex.")}</w:p></w:footnote>'
    reading = read(docx_of(body, numbering=numbering, footnotes=notes))
    assert reading.text == (
        "## 1. Scope\n\n  1.1 clause\n    (a) point\n    (b) point\n  1.2 clause\n\n"
        "Controlled added[^1]\n\n[^1]: See the annex.\n"
    )


def docx_of(body: str, **related: str) -> bytes:
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = "".join(
        f'<Relationship Id="r{name}" Type="{kind}/{name}" Target="{name}.xml"/>' for name in related
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "word/document.xml", f"<w:document {space}><w:body>{body}</w:body></w:document>"
        )
        archive.writestr(
            "word/_rels/document.xml.rels", f"<Relationships>{relations}</Relationships>"
        )
        for name, content in related.items():
            archive.writestr(f"word/{name}.xml", f"<w:{name} {space}>{content}</w:{name}>")
    return file.getvalue()


def test_pdf(pdf: bytes) -> None:
    reading = read(pdf, declared="application/pdf", file_name="policy.pdf")
    assert outline(reading) == [
        (1, "Consumer credit policy"),
        (2, "1. Eligibility"),
        (2, "2. Limits"),
        (3, "Exceptions in bold"),
    ]
    assert "An applicant whose debt-to-income ratio is above 43% is declined. Lorem" in reading.text
    assert (
        "\n\n- First condition\n- Second condition\n  - Nested condition\n1. Step one\n2. Step two\n\n"
        "## 2. Limits\n\n"
        "| Band | Minimum score | Limit |\n| --- | --- | --- |\n| A | 720 | $20,000 |\n"
        "| B | 660 | $10,000 after a review by the credit officer on duty and by the committee |\n"
        "| C | 600 | $2,000 |\n\nAfter the table. Lorem ipsum"
    ) in reading.text
    assert "Example Bank" not in reading.text
    assert reading.text.endswith("The last words.\n")
    paragraph = reading.text[reading.text.index("After the table") :].split("\n")[0]
    assert len(paragraph.split()) > 700  # it crosses pages, and no line end cuts a word
    assert "- " not in paragraph.replace(" - ", "")


def test_extracted_text_never_holds_what_cannot_be_stored() -> None:
    rendering = Rendering(LIMITS)
    rendering.heading(9, "a\x00b\ud800c\n d")
    rendering.item("x\x01\n\ny", depth=40)
    rendering.preformatted("\x00")
    rendering.table([[], ["", " "]])
    assert rendering.reading("x").text == (
        f"###### a b\N{REPLACEMENT CHARACTER}c d\n\n{'  ' * 8}- x\n{'  ' * 9}y\n"
    )
