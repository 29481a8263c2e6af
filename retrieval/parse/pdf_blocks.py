"""Puts the lines of a PDF together as headings, paragraphs and list items."""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from retrieval.parse.markers import BULLETS, leading_marker
from retrieval.parse.numbering import heading_level, numbered_depth
from retrieval.parse.pdf_tables import Table
from retrieval.parse.pdf_words import Line

SENTENCE_END = (".", "!", "?", ":", ";", ".”", '."', ".)")
HYPHENATED = re.compile(r"\w+-\w+")
LARGER = 1.12  # times the body's size: a heading
MAX_HEADING = 200
NEW_PARAGRAPH = 0.35  # of the font size, above the usual gap between lines
SHORT = 0.8  # of the width of a column: where a paragraph's last line may end
INDENTED = 3.0  # points


@dataclass(slots=True)
class Block:
    """Lines that belong together; `marker` is that of a list item."""

    lines: list[Line]
    marker: str | None = None
    apart: bool = True  # whether white space stands above it
    depth: int = 0
    level: int | None = None


@dataclass(slots=True)
class Layout:
    """What is usual in a document: its body's size, the gap between lines, its right edge."""

    size: float
    gap: float
    left: float
    right: float
    hyphenated: frozenset[str] = field(default_factory=frozenset)


def body_size(lines: list[Line]) -> float:
    """Return the font size of most of the letters."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return max(sizes, key=lambda size: sizes[size], default=0.0)


def layout_of(lines: list[Line]) -> Layout:
    """Measure a document."""
    size = body_size(lines)
    body = [line for line in lines if line.size == size]
    gaps = [
        gap
        for above, below in pairwise(body)
        if above.page == below.page and 0 <= (gap := above.bottom - below.top) < 2 * size
    ]
    return Layout(
        size,
        median(gaps) if gaps else 0.3 * size,
        min((line.x0 for line in body), default=0.0),
        max((line.x1 for line in body), default=0.0),
        frozenset(word.lower() for line in lines for word in HYPHENATED.findall(line.text)),
    )


def blocks_of(parts: list[Line | Table], layout: Layout) -> list[Block | Table]:
    """Put lines together as blocks, in order; tables stay as they are."""
    blocks: list[Block | Table] = []
    for part in parts:
        last = blocks[-1] if blocks else None
        if isinstance(part, list):
            blocks.append(part)
        elif isinstance(last, Block) and not _begins(last, part, layout):
            last.lines.append(part)
        else:
            above = last.lines[-1] if isinstance(last, Block) else None
            blocks.append(
                Block([part], _marker(last, part, layout), _is_apart(above, part, layout))
            )
    _set_depths(blocks)
    _set_levels(blocks, layout)
    return blocks


def text_of(block: Block, layout: Layout) -> str:
    """Join the lines of a block, and the words that line ends cut."""
    text = ""
    for index, line in enumerate(block.lines):
        before = block.lines[index - 1] if index else None
        if before is None:
            text = line.text
        elif before.cut or text.endswith(("-", "\xad")):
            text = _joined(text.rstrip("-\xad"), line.text, layout)
        else:
            text = f"{text} {line.text}"
    if block.marker is not None:
        text = text.removeprefix(block.marker).lstrip()
    return text


def _joined(text: str, following: str, layout: Layout) -> str:
    first, last = following.split(" ", 1)[0], text.rsplit(" ", 1)[-1]
    compound = HYPHENATED.match(f"{last}-{first}".lower().lstrip("(\"'\u201c"))
    known = compound is not None and compound[0] in layout.hyphenated
    if first[:1].islower() and not known and last[-1:].isalpha():
        return text + following
    return f"{text}-{following}"


def _begins(block: Block, line: Line, layout: Layout) -> bool:
    """Whether a line begins a new block after this one."""
    above = block.lines[-1]
    restyled = above.bold != line.bold and _is_heading_like(block, layout)
    if above.size != line.size or restyled or above.cut:
        return not above.cut
    if _marker(block, line, layout) is not None:
        return True
    ended = above.text.endswith(SENTENCE_END)
    if above.page != line.page or line.top > above.top:  # the next page or column
        return ended or _is_heading_like(block, layout)
    outdented = block.marker is not None and line.x0 < block.lines[0].x0 - INDENTED
    is_short = above.x1 < layout.left + SHORT * (layout.right - layout.left)
    return _is_apart(above, line, layout) or outdented or (ended and is_short)


def _is_apart(above: Line | None, line: Line, layout: Layout) -> bool:
    if above is None or above.page != line.page:
        return True
    return above.bottom - line.top > layout.gap + NEW_PARAGRAPH * line.size


def _is_heading_like(block: Block, layout: Layout) -> bool:
    first = block.lines[0]
    return first.size > layout.size * LARGER or first.bold


def _marker(last: Block | Table | None, line: Line, layout: Layout) -> str | None:
    """Return the marker a line begins with, where that makes it an item of a list."""
    marker = leading_marker(line.text)
    if marker is None or line.size > layout.size * LARGER:
        return None
    if marker in BULLETS or not isinstance(last, Block):
        return marker
    above = last.lines[-1]
    # A sentence may end in "a." or a dash begin a line: an item also stands apart somehow.
    opens = (
        _is_apart(above, line, layout)
        or abs(line.x0 - last.lines[0].x0) > INDENTED
        or (last.marker is not None and above.text.endswith(SENTENCE_END))
        or (last.marker is not None and len(last.lines) == 1)
    )
    return marker if opens else None


def _set_depths(blocks: list[Block | Table]) -> None:
    stack: list[float] = []
    for block in blocks:
        if not isinstance(block, Block) or block.marker is None:
            stack = []
            continue
        x0 = block.lines[0].x0
        while stack and stack[-1] > x0 + INDENTED:
            stack.pop()
        if not stack or x0 > stack[-1] + INDENTED:
            stack.append(x0)
        block.depth = len(stack) - 1


def _set_levels(blocks: list[Block | Table], layout: Layout) -> None:
    """Make headings of blocks in a larger font, then of bold ones, then of numbered lines."""
    held = [block for block in blocks if isinstance(block, Block)]
    large = [b for b in held if b.lines[0].size > layout.size * LARGER and _is_short(b)]
    sizes = sorted({block.lines[0].size for block in large}, reverse=True)
    for block in large:
        block.level = 1 + sizes.index(block.lines[0].size)
        block.marker = None
    depths = [numbered_depth(block.lines[0].text) for block in held]
    for index, block in enumerate(held):
        if block.level is not None or not block.apart or len(block.lines) > 2:  # noqa: PLR2004 -- more lines are a paragraph
            continue
        text = " ".join(line.text for line in block.lines)
        by_words = heading_level(text)
        neighbours = [*depths[max(0, index - 1) : index], *depths[index + 1 : index + 2]]
        listed = depths[index] is not None and depths[index] in neighbours
        bold = all(line.bold for line in block.lines) and block.marker not in tuple(BULLETS)
        if (bold and _is_short(block) and not text.endswith((".", ";", ","))) or (
            by_words is not None and not listed and len(block.lines) == 1
        ):
            block.level = len(sizes) + max(1, (by_words or 2) - 1)
            block.marker = None


def _is_short(block: Block) -> bool:
    return sum(len(line.text) for line in block.lines) <= MAX_HEADING
