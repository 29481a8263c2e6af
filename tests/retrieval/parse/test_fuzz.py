"""Whatever the bytes: a reading whose offsets are right, or a refusal."""

import io
import zipfile
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.parse.docx import read_docx
from retrieval.parse.html import read_html
from retrieval.parse.markdown import read_markdown_text
from retrieval.parse.pdf import read_pdf
from retrieval.parse.plain import read_plain
from retrieval.parse.reading import Reading, UnreadableDocument, read

FUZZ = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# A place in a file (in thousandths), how many bytes go there, and what comes instead.
CHANGES = st.lists(
    st.tuples(st.integers(0, 999), st.integers(0, 300), st.binary(max_size=20)), max_size=6
)
MARKUP_PIECES = (
    "<table> <tr> <td> </td> </table> <ul> <ol> <li> </ul> </ol> <h1> <h2> </h1> </h2> <p> <pre> "
    "</pre> <b> <br> <caption> <template> <svg> <select> <!-- --> <![CDATA[ text # ## - | --- === "
    "> ``` 1. a) \n \r\n \r \x0c \u2028 \x85 &#0; &#xD800; 🙂 \ufeff"
)
MARKUP = st.lists(st.sampled_from(MARKUP_PIECES.split(" ")), max_size=60).map("".join)


def changed(content: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for place, gone, instead in changes:
        at = len(content) * place // 1000
        content = content[:at] + instead + content[at + gone :]
    return content


def holds(reader: Callable[[bytes], Reading], content: bytes) -> None:
    try:
        reading = reader(content)
    except UnreadableDocument:
        return
    assert reading.text.strip()
    assert "\0" not in reading.text
    reading.text.encode()
    at = 0
    for heading in reading.headings:
        assert at <= heading.start < heading.end <= len(reading.text)
        assert heading.text
        line = " ".join(reading.text[heading.start : heading.end].replace(">", " ").split())
        assert heading.text.replace(">", "").split()[0] in line
        assert 1 <= heading.level <= 6
        at = heading.end


@FUZZ
@given(
    st.binary(max_size=300), st.sampled_from([None, "a.md", "a.txt", "a.html", "a.pdf", "a.docx"])
)
def test_any_bytes(content: bytes, name: str | None) -> None:
    for reader in (read_plain, read_markdown_text, read_html, read_docx, read_pdf):
        holds(reader, content)
    if not content.lstrip().startswith((b"<", b"%PDF", b"PK")) and name != "a.html":
        holds(lambda held: read(held, file_name=name), content)


@FUZZ
@given(MARKUP)
def test_any_markup(text: str) -> None:
    for reader in (read_plain, read_markdown_text, read_html):
        holds(reader, text.encode())


@FUZZ
@given(st.text(max_size=200), st.text(max_size=60))
def test_any_front_matter(front_matter: str, text: str) -> None:
    content = f"---\n{front_matter}\n---\n{text}\n# end".encode("utf-8", "surrogatepass")
    holds(read_markdown_text, content)


@FUZZ
@given(CHANGES)
def test_damaged_html(page: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    holds(read_html, changed(page, changes))


@FUZZ
@given(CHANGES)
def test_damaged_docx(word: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    holds(read_docx, changed(word, changes))


@FUZZ
@given(CHANGES, st.sampled_from(["document", "styles", "numbering", "_rels/document.xml"]))
def test_damaged_parts_of_docx(
    word: bytes, changes: list[tuple[int, int, bytes]], part: str
) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word)) as source, zipfile.ZipFile(file, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            hit = name in {f"word/{part}.xml", f"word/{part}.rels"}
            target.writestr(name, changed(content, changes) if hit else content)
    holds(read_docx, file.getvalue())


@settings(FUZZ, max_examples=20)
@given(CHANGES)
def test_damaged_pdf(pdf: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    holds(read_pdf, changed(pdf, changes))
