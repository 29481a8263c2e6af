"""Finds tables in the lines of a PDF by the gaps between their columns."""

from collections.abc import Iterator
from itertools import pairwise

from retrieval.parse.markers import leading_marker
from retrieval.parse.pdf_words import Line, Word

GAP = 0.8  # of the font size: words of one cell stand closer than this
LOOK_BACK = 8  # lines of one cell that may come before the next cell of its row
MIN_ROWS = 2
MIN_COLUMNS = 2
TIGHT = 1.5  # rows stand this much farther apart than the lines of one cell

Table = list[list[str]]


def with_tables(lines: list[Line]) -> Iterator[Line | Table]:
    """Yield the lines in order, those that form a table as one table."""
    merged = _rows_joined(lines)
    at = 0
    while at < len(merged):
        end = _end_of_run(merged, at)
        table = _table(merged[at:end]) if end - at >= MIN_ROWS else None
        if table is not None:
            yield table
            at = end
        else:
            yield merged[at]
            at += 1


def segments(line: Line) -> list[list[Word]]:
    """Return the words of a line, split where a column could begin."""
    held = [[line.words[0]]]
    gap = GAP * line.size
    for before, word in pairwise(line.words):
        # A list's marker stands apart from its item, but is no column.
        is_marker = before is line.words[0] and leading_marker(before.text) is not None
        if word.x0 - before.x1 > gap and not is_marker:
            held.append([])
        held[-1].append(word)
    return held


def _rows_joined(lines: list[Line]) -> list[Line]:
    """Join what stands on one height: a file may write a row cell by cell."""
    joined: list[Line] = []
    for line in lines:
        for back in range(1, min(LOOK_BACK, len(joined)) + 1):
            other = joined[-back]
            middle = (line.top + line.bottom) / 2
            if (
                other.page == line.page
                and other.bottom < middle < other.top
                and other.x1 < line.x0
                and not (back == 1 and other.cut)
            ):
                joined[-back] = Line(line.page, other.words + line.words, line.cut)
                break
        else:
            joined.append(line)
    return joined


def _end_of_run(lines: list[Line], start: int) -> int:
    """Return where a run of lines ends that could be the rows of one table."""
    if len(segments(lines[start])) < MIN_COLUMNS:
        return start
    end, left = start + 1, lines[start].x0
    while end < len(lines):
        line, before = lines[end], lines[end - 1]
        apart = before.bottom - line.top
        if line.page != before.page or not -line.size < apart < 3 * line.size:
            break
        if len(segments(line)) < MIN_COLUMNS and (
            apart > line.size or line.x1 - line.x0 > 0.7 * (_right(lines[start:end]) - left)
        ):
            break
        left = min(left, line.x0)
        end += 1
    return end


def _right(lines: list[Line]) -> float:
    return max(line.x1 for line in lines)


def _table(lines: list[Line]) -> Table | None:
    """Return the cells of a run of lines, None where its words stand in no columns."""
    columns = _columns(lines)
    rows_of_many = sum(len(segments(line)) >= MIN_COLUMNS for line in lines)
    if len(columns) < MIN_COLUMNS or rows_of_many < MIN_ROWS:
        return None
    gaps = [max(0.0, above.bottom - below.top) for above, below in pairwise(lines)]
    loose = max(gaps) > TIGHT * min(gaps) + 2
    border = (max(gaps) + min(gaps)) / 2
    rows: Table = []
    for index, line in enumerate(lines):
        cells = [""] * len(columns)
        for word in line.words:
            at = _column(columns, word)
            cells[at] = f"{cells[at]} {word.text}".strip()
        goes_on = index > 0 and (
            gaps[index - 1] < border if loose else not cells[0] and sum(map(bool, cells)) == 1
        )
        if goes_on:
            rows[-1] = [f"{a} {b}".strip() for a, b in zip(rows[-1], cells, strict=True)]
        else:
            rows.append(cells)
    return rows if len(rows) >= MIN_ROWS else None


def _columns(lines: list[Line]) -> list[tuple[float, float]]:
    """Return the columns: what the segments of all rows cover, where it does not touch."""
    spans = sorted(
        (part[0].x0, part[-1].x1)
        for line in lines
        if len(parts := segments(line)) >= MIN_COLUMNS
        for part in parts
    )
    columns: list[tuple[float, float]] = []
    for x0, x1 in spans:
        if columns and x0 <= columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], x1))
        else:
            columns.append((x0, x1))
    return columns


def _column(columns: list[tuple[float, float]], word: Word) -> int:
    middle = (word.x0 + word.x1) / 2
    return min(
        range(len(columns)),
        key=lambda at: max(columns[at][0] - middle, middle - columns[at][1], 0.0),
    )
