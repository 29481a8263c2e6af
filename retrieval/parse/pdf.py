"""Reads a PDF's text layer: headings by their font, paragraphs, lists and tables by their place."""

import unicodedata

import pypdfium2
import pypdfium2.raw as pdfium

from retrieval.parse.markers import BULLETS, DASHES
from retrieval.parse.pdf_blocks import Block, blocks_of, body_size, layout_of, text_of
from retrieval.parse.pdf_furniture import without_furniture
from retrieval.parse.pdf_tables import with_tables
from retrieval.parse.pdf_words import Line, lines_of_page
from retrieval.parse.rendering import Rendering
from retrieval.parse.sniffing import MediaType
from retrieval.parse.structure import LIMITS, Limits, Reading, Reason, UnreadableDocument

LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
NO_LETTER = dict.fromkeys((0xFFFE, 0xFFFF))  # what PDFium gives for glyphs without a meaning


def read_pdf(content: bytes, limits: Limits = LIMITS) -> Reading:
    """Read a PDF file. Raises UnreadableDocument.

    Nothing in the file is run and nothing outside it is opened. Text that stands oblique to its
    page (a watermark), repeated headers and footers, and page numbers are left out.
    """
    all_lines = _lines(content, limits)
    lines = without_furniture(all_lines, body_size(all_lines))
    layout = layout_of(lines)
    rendering = Rendering(limits)
    for block in blocks_of(list(with_tables(lines)), layout):
        match block:
            case Block(level=int(level)):
                rendering.heading(level, _clean(text_of(block, layout)))
            case Block(marker=str(marker)):
                shown = "-" if marker in BULLETS or marker in DASHES else marker
                text = _clean(text_of(block, layout))
                rendering.item(text, depth=block.depth, marker=shown)
            case Block():
                rendering.paragraph(_clean(text_of(block, layout)))
            case rows:
                rendering.table([[_clean(cell) for cell in row] for row in rows])
    return rendering.reading(MediaType.PDF)


def _lines(content: bytes, limits: Limits) -> list[Line]:
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise UnreadableDocument(
                Reason.ENCRYPTED, "The PDF is protected by a password; save it without one."
            ) from error
        raise _corrupt() from error
    with document:
        if len(document) > limits.max_pages:
            raise UnreadableDocument(
                Reason.TOO_LARGE, f"The PDF has more than {limits.max_pages:,} pages; split it."
            )
        lines: list[Line] = []
        try:
            for number in range(len(document)):
                page = document[number]
                lines += lines_of_page(page, number)
                page.close()
        except pypdfium2.PdfiumError as error:
            raise _corrupt() from error
        return lines


def _clean(text: str) -> str:
    return text.translate(LIGATURES).translate(NO_LETTER)


def _corrupt() -> UnreadableDocument:
    return UnreadableDocument(
        Reason.CORRUPT, "The PDF file is damaged; open it in a PDF reader and save it anew."
    )
