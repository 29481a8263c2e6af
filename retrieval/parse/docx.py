"""Reads a DOCX document: its body in order, with headings, lists, tables and footnotes."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from retrieval.parse.docx_package import Package, attribute, child, local_name, number, value
from retrieval.parse.docx_styles import Numbering, Styles
from retrieval.parse.rendering import Rendering
from retrieval.parse.sniffing import MediaType
from retrieval.parse.structure import LIMITS, Limits, Reading, Reason, UnreadableDocument

# Deleted or moved away under revision marks, drawn twice, or no text of the document.
LEFT_OUT = frozenset({"del", "moveFrom", "Fallback", "pPr", "rPr", "instrText", "delText", "rt"})
THROUGH = frozenset({"ins", "moveTo", "customXml", "smartTag", "sdtContent", "AlternateContent"})
NOTES = {"footnoteReference": "footnotes", "endnoteReference": "endnotes"}
MAX_SPAN = 100


def read_docx(content: bytes, limits: Limits = LIMITS) -> Reading:
    """Read a DOCX file. Raises UnreadableDocument."""
    package = Package(content, limits)
    try:
        return _Writer(package, limits).write()
    except RecursionError as error:
        raise UnreadableDocument(
            Reason.TOO_DEEP, "The document nests its tables or fields too deeply; simplify it."
        ) from error


class _Writer:
    """Walks the body once; what is set aside (text boxes, notes) follows where it belongs."""

    def __init__(self, package: Package, limits: Limits) -> None:
        self._body = child(package.document(), "body")
        self._styles = Styles(package.related("styles"))
        self._numbering = Numbering(package.related("numbering"))
        self._notes = {kind: _notes(package.related(kind)) for kind in NOTES.values()}
        self._cited: list[tuple[str, str]] = []
        self._boxes: list[Element] = []
        self._rendering = Rendering(limits)

    def write(self) -> Reading:
        """Return the whole document as a reading."""
        self._blocks(self._body if self._body is not None else ())
        at = 0
        while at < len(self._cited):  # a note may cite another
            kind, note_id = self._cited[at]
            at += 1
            held = self._notes[kind].get(note_id)
            text = " ".join(self._inner_texts(held)) if held is not None else ""
            if text.strip():
                self._rendering.item(text, marker=f"[^{at}]:")
        return self._rendering.reading(MediaType.DOCX)

    def _blocks(self, elements: Iterator[Element] | Element | tuple[()]) -> None:
        for element in elements:
            name = local_name(element)
            if name == "p":
                self._paragraph(element)
                boxes, self._boxes = self._boxes, []
                for box in boxes:
                    self._blocks(box)
            elif name == "tbl":
                self._rendering.table(list(self._rows(element)))
            elif name == "sdt" and not _is_contents(element):
                self._blocks(child(element, "sdtContent") or ())
            elif name in THROUGH:
                self._blocks(element)

    def _paragraph(self, paragraph: Element) -> None:
        role = self._styles.role(child(paragraph, "pPr"))
        text = self._text(paragraph)
        if role.is_contents or not text.strip():
            return
        marker = None
        if role.list_id is not None:
            marker = self._numbering.next_marker(role.list_id, role.list_level)
        if role.heading is not None:
            counted = marker if marker and marker != "-" else ""
            self._rendering.heading(role.heading, f"{counted} {text}")
        elif marker:
            self._rendering.item(text, depth=role.list_level, marker=marker)
        else:
            self._rendering.paragraph(text)

    def _text(self, element: Element) -> str:
        return "".join(self._pieces(element))

    def _pieces(self, element: Element) -> Iterator[str]:
        for each in element:
            name = local_name(each)
            if name == "t":
                yield each.text or ""
            elif name in {"tab", "ptab"}:
                yield " "
            elif name in {"br", "cr"}:
                yield "\n"
            elif name == "noBreakHyphen":
                yield "-"
            elif name in NOTES:
                self._cited.append((NOTES[name], attribute(each, "id") or ""))
                yield f"[^{len(self._cited)}]"
            elif name == "txbxContent":
                self._boxes.append(each)
            elif name not in LEFT_OUT and not (name == "r" and _is_hidden(each)):
                yield from self._pieces(each)

    def _rows(self, table: Element) -> Iterator[list[str]]:
        for each in table:
            name = local_name(each)
            if name == "tr":
                yield list(self._cells(each))
            elif name in THROUGH or name == "sdt":
                yield from self._rows(each)

    def _cells(self, row: Element) -> Iterator[str]:
        for each in row:
            name = local_name(each)
            if name == "tc":
                properties = child(each, "tcPr")
                merged = child(properties, "vMerge")
                goes_on = merged is not None and attribute(merged, "val") != "restart"
                yield "" if goes_on else " ".join(self._inner_texts(each))
                yield from [""] * (min(number(properties, "gridSpan") or 1, MAX_SPAN) - 1)
            elif name in THROUGH or name == "sdt":
                yield from self._cells(each)

    def _inner_texts(self, element: Element) -> Iterator[str]:
        """Yield the text of each paragraph below, those of tables within tables too."""
        for each in element:
            if local_name(each) == "p":
                if text := self._text(each).strip():
                    yield text
            elif local_name(each) not in LEFT_OUT:
                yield from self._inner_texts(each)


def _notes(root: Element | None) -> dict[str, Element]:
    return {attribute(each, "id") or "": each for each in (root if root is not None else ())}


def _is_hidden(run: Element) -> bool:
    vanish = child(run, "rPr", "vanish")
    return vanish is not None and attribute(vanish, "val") not in {"0", "false", "off"}


def _is_contents(control: Element) -> bool:
    """Whether a content control is the table of contents, which repeats the headings."""
    return value(control, "sdtPr", "docPartObj", "docPartGallery") == "Table of Contents"
