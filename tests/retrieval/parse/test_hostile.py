"""Files made to hurt, and files that are not what they seem: each is refused for its reason."""

import io
import zipfile
from dataclasses import replace

import pypdf
import pytest
import typst

from retrieval.parse.reading import LIMITS, MediaType, Reason, UnreadableDocument, read

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
DOCUMENT = f"<w:document {SPACE}><w:body>{{}}</w:body></w:document>"
PARAGRAPH = "<w:p><w:r><w:t>text</w:t></w:r></w:p>"
ENTITIES = (
    '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM '
    '"file:///etc/hostname">]>'
)


def refused(content: bytes, **said: object) -> UnreadableDocument:
    with pytest.raises(UnreadableDocument) as error:
        read(content, **said)  # type: ignore[arg-type] # a test's shorthand
    assert str(error.value).endswith(".")
    return error.value


def archive(parts: dict[str, str | bytes], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packed) as target:
        for name, content in {"[Content_Types].xml": "<Types/>", **parts}.items():
            target.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.EMPTY),
        (b" \n\t ", Reason.EMPTY),
        ("\ufeff \u2003".encode(), Reason.EMPTY),
        (b"---\na: 1\n---\n \n", Reason.EMPTY),
        (b"a\0b", Reason.CONTROL_CHARACTERS),
        (b"a\x0bb", Reason.CONTROL_CHARACTERS),
        (b"a\x1b[31mb", Reason.CONTROL_CHARACTERS),
        ("Stra\xdfe".encode("latin-1"), Reason.NOT_UTF_8),
        ("a\ud800".encode("utf-8", "surrogatepass"), Reason.NOT_UTF_8),
        (b"\xff\xfea\0\0\xd8", Reason.NOT_UTF_8),
        (b"\xff\xfea", Reason.NOT_UTF_8),
        ("wide without a mark".encode("utf-16-le"), Reason.CONTROL_CHARACTERS),
        (b"\x89PNG\r\n\x1a\n...", Reason.WRONG_TYPE),
        (b"\x1f\x8b...", Reason.WRONG_TYPE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), Reason.WRONG_TYPE),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            Reason.ENCRYPTED,
        ),
    ],
)
def test_what_is_no_text(content: bytes, reason: Reason) -> None:
    assert refused(content).reason == reason


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", ["a.md", "a.txt"])
def test_byte_order_marks_are_understood(encoding: str, name: str) -> None:
    text = "# שלום 🙂\r\n\fرفض\u200f\r\n"
    assert read(text.encode(encoding), file_name=name).text == text


@pytest.mark.parametrize(
    ("content", "declared", "name"),
    [
        (b"\x89PNG\r\n\x1a\n", "application/pdf", "a.pdf"),
        (b"just text", "application/pdf", None),
        (b"just text", None, "a.docx"),
        (b"%PDF-1.7 ...", None, "a.docx"),
        (b"%PDF-1.7 ...", "text/plain", None),
        (b"PK\x03\x04...", None, "a.pdf"),
        (b"<!-- x --><!DOCTYPE html><p>a", "text/markdown", None),
        (b"<html><p>a", None, "a.txt"),
        (b"just text", "image/png", None),
        (b"just text", "nonsense", None),
    ],
)
def test_bytes_that_contradict_what_is_declared(
    content: bytes, declared: str | None, name: str | None
) -> None:
    assert refused(content, declared=declared, file_name=name).reason == Reason.WRONG_TYPE


@pytest.mark.parametrize(
    ("content", "declared", "name", "found"),
    [
        (b"text", None, None, MediaType.PLAIN),
        (b"text\n\n## Heading\n", None, None, MediaType.MARKDOWN),
        (b"# Heading\n", "text/plain", "a.txt", MediaType.PLAIN),
        (b"text", "text/plain; charset=utf-8", "a.md", MediaType.MARKDOWN),
        (b"text", "application/octet-stream", "a.unknown", MediaType.PLAIN),
        (b"Files begin with\n%PDF-1.7", None, "a.md", MediaType.MARKDOWN),
    ],
)
def test_kinds_of_text(content: bytes, declared: str | None, name: str | None, found: str) -> None:
    assert read(content, declared=declared, file_name=name).media_type == found


def test_a_hundred_megabytes_are_refused_unread() -> None:
    assert refused(b"a" * 100_000_000).reason == Reason.TOO_LARGE
    few = replace(LIMITS, max_characters=10)
    assert refused(b"a" * 11, limits=few).reason == Reason.TOO_LARGE
    assert refused(b"<html><p>" + b"a" * 11, limits=few).reason == Reason.TOO_LARGE


@pytest.mark.parametrize(
    "front_matter",
    [
        "a: [",
        "just words",
        "- a",
        "a: &x [1]\nb: *x",
        "a: &a [x]\nb: &b [*a, *a]",
        "a: 1\na: 2",
        "1: a",
        "? [a]\n: b",
        "a: !!python/object/apply:os.system [id]",
        "a: !!binary aGk=",
        "a: !!set {b}",
        "a: .nan",
        'a: "\\0"',
        'a: "\\ud800"',
        f"a: {'1' * 5000}",
        f"a: {'[' * 20_000}",
        f"a: {'b' * 70_000}",
    ],
)
def test_front_matter_that_is_broken_or_expands(front_matter: str) -> None:
    content = f"---\n{front_matter}\n---\n# A\n".encode()
    assert refused(content, file_name="a.md").reason == Reason.BAD_FRONT_MATTER


def test_html_nested_without_end() -> None:
    assert refused(b"<html>" + b"<div>" * 100_000 + b"x").reason == Reason.TOO_DEEP
    assert read(b"<html><script>'" + b"<div>" * 1000 + b"'</script><p>a").text == "a\n"


def test_html_with_a_large_attribute_and_no_text() -> None:
    huge = b'<html><p title="' + b"a" * 10_000_000 + b'">Text &#xD800; &#0;</p>'
    assert read(huge).text == "Text \N{REPLACEMENT CHARACTER} \N{REPLACEMENT CHARACTER}\n"
    assert refused(b"<html><img src='file:///etc/hostname'></html>").reason == Reason.NO_TEXT


def test_the_clock_and_the_memory_of_a_reader_are_limited() -> None:
    hurried = replace(LIMITS, seconds=0.001)
    assert refused(b"<html><p>a", limits=hurried).reason == Reason.TOOK_TOO_LONG
    many = b"<html>" + b"<p>a" * 1_000_000
    poor = replace(LIMITS, memory_bytes=150_000_000)
    assert refused(many, limits=poor).reason in {Reason.TOO_LARGE, Reason.CORRUPT}
    busy = replace(LIMITS, seconds=1)
    slow = b"".join(b"- a\n" for _ in range(3_000_000))
    assert refused(slow, file_name="a.md", limits=busy).reason == Reason.TOOK_TOO_LONG


def test_pdf_that_cannot_be_read(pdf: bytes) -> None:
    assert refused(b"%PDF-1.7\nnothing").reason == Reason.CORRUPT
    assert refused(pdf[:200]).reason == Reason.CORRUPT
    few = replace(LIMITS, max_pages=1)
    assert refused(pdf, limits=few).reason == Reason.TOO_LARGE


def test_pdf_under_a_password(pdf: bytes) -> None:
    for password, owner_only in (("secret", False), ("", True)):
        writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf))
        writer.encrypt(password, "owner", algorithm="AES-256")
        file = io.BytesIO()
        writer.write(file)
        if owner_only:
            assert "Eligibility" in read(file.getvalue()).text
        else:
            assert refused(file.getvalue()).reason == Reason.ENCRYPTED


def test_pdf_of_a_scan_has_no_text() -> None:
    scan = typst.compile(b"#rect(width: 5cm, height: 5cm, fill: black)", format="pdf")
    assert refused(scan).reason == Reason.NO_TEXT


def test_docx_that_cannot_be_read(word: bytes) -> None:
    assert refused(word[: len(word) // 2]).reason == Reason.CORRUPT
    assert refused(word.replace(b"PK\x01\x02", b"PK\x01\x03")).reason == Reason.CORRUPT
    assert refused(archive({"xl/workbook.xml": "<workbook/>"})).reason == Reason.WRONG_TYPE
    assert refused(archive({"word/document.xml": "<w:p"})).reason == Reason.CORRUPT
    empty = archive({"word/document.xml": DOCUMENT.format("")})
    assert refused(empty).reason == Reason.NO_TEXT
    bzip = archive({"word/document.xml": DOCUMENT.format(PARAGRAPH)}, zipfile.ZIP_BZIP2)
    assert refused(bzip).reason == Reason.CORRUPT
    locked = bytearray(archive({"word/document.xml": DOCUMENT.format(PARAGRAPH)}))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert refused(bytes(locked)).reason == Reason.ENCRYPTED


def test_zip_bombs() -> None:
    ratio = archive({"word/document.xml": b" " * 5_000_000})
    assert refused(ratio, file_name="a.docx").reason == Reason.ZIP_BOMB
    few = replace(LIMITS, max_unpacked_bytes=1000)
    total = archive({f"word/{n}.xml": b"a" * 500 for n in range(3)}, zipfile.ZIP_STORED)
    assert refused(total, limits=few).reason == Reason.ZIP_BOMB
    many = archive({f"word/{n}.xml": b"" for n in range(10_001)})
    assert refused(many).reason == Reason.ZIP_BOMB
    small, large = (5_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little")
    lying = ratio.replace(small, large)  # declares less than it unpacks to
    assert lying != ratio
    assert refused(lying).reason in {Reason.ZIP_BOMB, Reason.CORRUPT}


def test_xml_that_expands_or_refers_outside() -> None:
    for text in ("&b;", "&c;"):
        body = f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
        content = archive({"word/document.xml": ENTITIES + DOCUMENT.format(body)})
        assert refused(content).reason == Reason.CORRUPT


def test_docx_nested_without_end() -> None:
    for name in ("w:ins", "w:r"):
        depth = 100_000
        body = f"<w:p>{f'<{name}>' * depth}{f'</{name}>' * depth}</w:p>"
        content = archive({"word/document.xml": DOCUMENT.format(body)}, zipfile.ZIP_STORED)
        assert refused(content).reason == Reason.TOO_DEEP


def test_macros_and_outside_parts_are_left_alone() -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = "".join(
        f'<Relationship Id="r{index}" Type="{kind}/{name}" Target="{target}" TargetMode="External"/>'
        for index, (name, target) in enumerate(
            {
                "styles": "https://example.invalid/styles.xml",
                "numbering": "file:///etc/hostname",
                "attachedTemplate": "\\\\server\\share\\template.dotm",
            }.items()
        )
    )
    content = archive(
        {
            "word/document.xml": DOCUMENT.format(PARAGRAPH),
            "word/_rels/document.xml.rels": f"<Relationships>{relations}</Relationships>",
            "word/vbaProject.bin": b"\xd0\xcf\x11\xe0 Auto_Open",
        }
    )
    assert read(content, file_name="a.docm").text == "text\n"
