"""Reads an HTML page as a person sees it; nothing the page refers to is ever fetched."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from retrieval.parse.decoding import decode
from retrieval.parse.markers import marker_text
from retrieval.parse.rendering import Rendering
from retrieval.parse.structure import LIMITS, Limits, Reading, Reason, UnreadableDocument

# Browsers cap the depth of a page at 512 too; the parser walks all open elements for each new
# one, so that depth is what makes a page slow.
MAX_DEPTH = 512
OPTIONAL_END = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr", "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option",
    "optgroup", "colgroup", "rb", "rt", "rp",
})  # fmt: skip
TAG = re.compile(r"<(?:(/?)([a-zA-Z][a-zA-Z0-9]*)|!--)")
# What stands in these is no markup.
RAW = {
    name: re.compile(f"</{name}", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp")
}

NOT_SHOWN = frozenset({
    "script", "style", "nav", "footer", "head", "template", "noscript", "iframe", "object",
    "embed", "svg", "canvas", "audio", "video", "button", "select", "input", "textarea",
    "datalist", "dialog", "rp", "rt",
})  # fmt: skip
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
BLOCKS = frozenset({
    "html", "body", "p", "div", "section", "article", "main", "header", "aside", "address",
    "blockquote", "figure", "figcaption", "details", "summary", "fieldset", "legend", "form",
    "hr", "dl", "dt", "dd", "center", "hgroup", "search", "caption", "ul", "ol", "li", "menu",
    "table",
})  # fmt: skip
FORMATS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman"} | {
    "I": "upperRoman"
}
MAX_SPAN = 50


@dataclass(slots=True)
class _List:
    """An open list: whether its items are numbered, and the next number."""

    style: str | None
    number: int = 1


@dataclass(slots=True)
class _Table:
    """An open table: its finished rows, and the columns that cells above still cover."""

    rows: list[list[str]] = field(default_factory=list)
    covered: dict[int, int] = field(default_factory=dict)


def read_html(content: bytes, limits: Limits = LIMITS) -> Reading:
    """Read an HTML file. Raises UnreadableDocument."""
    source = decode(content, limits)
    if _deepest(source) > MAX_DEPTH:
        raise UnreadableDocument(
            Reason.TOO_DEEP,
            f"The page nests elements deeper than {MAX_DEPTH} (an element may lack its end tag).",
        )
    root = LexborHTMLParser(source).root
    writer = _Writer(limits)
    if root is not None:
        for node, leaving in _walk(root):
            if leaving:
                writer.leave(node)
            else:
                writer.enter(node)
        writer.flush()
    return writer.rendering.reading("text/html")


def _deepest(source: str) -> int:
    """Return how deep elements nest at most, counted by tags before any tree is built."""
    depth = deepest = at = 0
    while found := TAG.search(source, at):
        at = found.end()
        name = (found[2] or "").lower()
        if not name:
            comment_end = source.find("-->", at)
            at = len(source) if comment_end < 0 else comment_end
        elif name not in OPTIONAL_END:
            depth = max(0, depth + (-1 if found[1] else 1))
            deepest = max(deepest, depth)
            if name in RAW and not found[1]:
                end = RAW[name].search(source, at)
                at = end.start() if end else len(source)
    return deepest


def _walk(root: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Yield each shown node on entering and on leaving it, without recursion."""
    pending = [(root, False)]
    while pending:
        node, leaving = pending.pop()
        if leaving:
            yield node, True
        elif _shown(node):
            yield node, False
            pending.append((node, True))
            child = node.last_child
            while child is not None:
                pending.append((child, False))
                child = child.prev


def _shown(node: LexborNode) -> bool:
    tag = node.tag or ""
    if tag.startswith(("-", "_", "!")):
        return tag == "-text"
    if tag in NOT_SHOWN:
        return False
    held = node.attributes
    return "hidden" not in held and not HIDDEN.search(held.get("style") or "")


class _Writer:
    """Turns the walk into blocks: text gathers until a block begins or ends."""

    def __init__(self, limits: Limits) -> None:
        self.rendering = Rendering(limits)
        self._gathered: list[str] = []
        self._lists: list[_List] = []
        self._marker: str | None = None
        self._in_item = False
        self._heading: int | None = None
        self._table: _Table | None = None
        self._inside_table = 0
        self._pre = 0

    def enter(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag == "-text":
            text = node.text_content or ""
            self._gathered.append(text if self._pre else re.sub(r"\s+", " ", text))
        elif tag == "br":
            self._gathered.append("\n")
        elif self._table is not None:
            self._enter_in_table(tag)
        elif tag in HEADINGS:
            self.flush()
            self._heading = HEADINGS[tag]
        elif tag == "table" and not _is_layout(node):
            self.flush()
            self._table = _Table()
            self._inside_table = 1
        else:
            self._enter_block(node, tag)

    def leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if self._table is not None:
            self._leave_in_table(node, tag, self._table)
        elif tag in HEADINGS:
            self.flush()
            self._heading = None
        elif tag in {"ul", "ol", "menu"}:
            self.flush()
            if self._lists:
                self._lists.pop()
        elif tag == "li":
            self.flush()
            self._marker, self._in_item = None, bool(self._lists[:-1])
        elif tag == "pre":
            self.flush()
            self._pre -= 1
        elif tag in BLOCKS or tag in {"td", "th", "tr"}:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered as the block it stands in."""
        text = "".join(self._gathered)
        self._gathered.clear()
        depth = max(0, len(self._lists) - 1)
        if not text.strip():
            return
        if self._heading is not None:
            self.rendering.heading(self._heading, text)
        elif self._marker is not None:
            self.rendering.item(text, depth=depth, marker=self._marker)
            self._marker, self._in_item = None, True
        elif self._in_item and self._lists:
            self.rendering.continuation(text, depth=depth)
        elif self._pre:
            self.rendering.preformatted(text)
        else:
            self.rendering.paragraph(text)

    def _enter_block(self, node: LexborNode, tag: str) -> None:
        if tag in {"ul", "ol", "menu"}:
            self.flush()
            numbered = tag == "ol"
            style = FORMATS.get(node.attributes.get("type") or "1") if numbered else None
            self._lists.append(_List(style, _number(node.attributes.get("start"), 1)))
        elif tag == "li":
            self.flush()
            self._marker = self._next_marker(node)
        elif tag == "pre":
            self.flush()
            self._pre += 1
        elif tag in BLOCKS or tag in {"td", "th", "tr"}:
            self.flush()

    def _next_marker(self, node: LexborNode) -> str:
        if not self._lists or self._lists[-1].style is None:
            return "-"
        held = self._lists[-1]
        number = _number(node.attributes.get("value"), held.number)
        held.number = number + 1
        return f"{marker_text(number, held.style or 'decimal')}."

    def _enter_in_table(self, tag: str) -> None:
        if tag == "table":
            self._inside_table += 1
        if self._table is not None and self._inside_table == 1 and tag == "tr":
            self._table.rows.append([])
        if tag in {"td", "th"} and self._inside_table == 1:
            self._gathered.clear()
        elif tag in BLOCKS:
            self._gathered.append(" ")

    def _leave_in_table(self, node: LexborNode, tag: str, table: _Table) -> None:
        if tag == "table":
            self._inside_table -= 1
            if self._inside_table == 0:
                self._table = None
                self._gathered.clear()
                self.rendering.table(table.rows)
                return
        if tag == "caption" and self._inside_table == 1:
            self.rendering.paragraph("".join(self._gathered))
            self._gathered.clear()
        elif tag in {"td", "th"} and self._inside_table == 1 and table.rows:
            _place(table, node, "".join(self._gathered))
            self._gathered.clear()
        elif tag in BLOCKS or tag in {"td", "th"}:
            self._gathered.append(" ")


def _place(table: _Table, node: LexborNode, text: str) -> None:
    """Put a cell where a browser would: right of what cells above cover."""
    row = table.rows[-1]
    while table.covered.get(len(row), 0) > 0:
        table.covered[len(row)] -= 1
        row.append("")
    columns = min(_number(node.attributes.get("colspan"), 1), MAX_SPAN)
    below = min(_number(node.attributes.get("rowspan"), 1), MAX_SPAN * 20) - 1
    for column in range(max(1, columns)):
        table.covered[len(row)] = max(0, below)
        row.append("" if column else text)


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and re.fullmatch(r"[0-9]{1,6}", text.strip()) else otherwise


def _is_layout(node: LexborNode) -> bool:
    """Whether a table only places other blocks on the page."""
    return (
        node.attributes.get("role") in {"presentation", "none"}
        or node.css_first("h1, h2, h3, h4, h5, h6, table table, td table") is not None
        or node.css_first("td ~ td, td ~ th, th ~ td, th ~ th, tr ~ tr") is None
    )
