"""What the styles and lists of a DOCX file say about a paragraph: heading, list item, marker."""

import re
from collections import defaultdict
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from retrieval.parse.docx_package import attribute, child, local_name, number, value
from retrieval.parse.markers import marker_text

HEADING_NAME = re.compile(r"heading ([1-9])", re.IGNORECASE)
CONTENTS_NAME = re.compile(r"toc( heading| \d)", re.IGNORECASE)
PLACEHOLDER = re.compile(r"%([1-9])")
BODY_OUTLINE = 9  # an outline level that means "body text"
LEVELS = 9
ENOUGH = 20  # styles stacked deeper than this form a ring


@dataclass(frozen=True, slots=True)
class Style:
    """What a paragraph style, or a paragraph itself, sets."""

    based_on: str | None
    outline: int | None
    list_id: int | None
    list_level: int | None
    name: str


@dataclass(frozen=True, slots=True)
class Role:
    """What a paragraph is: a heading of a level, an item of a list, or neither."""

    heading: int | None
    list_id: int | None
    list_level: int
    is_contents: bool


class Styles:
    """The paragraph styles of a document, by id."""

    def __init__(self, root: Element | None) -> None:
        self._styles = {
            attribute(each, "styleId") or "": _style(
                child(each, "pPr"), value(each, "basedOn"), value(each, "name") or ""
            )
            for each in (root if root is not None else ())
            if local_name(each) == "style"
        }

    def role(self, properties: Element | None) -> Role:
        """Return what a paragraph with these properties is; what it sets itself comes first."""
        chain = [_style(properties, value(properties, "pStyle"), "")]
        while len(chain) < ENOUGH and (found := self._styles.get(chain[-1].based_on or "")):
            chain.append(found)
        named = next((style.name for style in chain if style.name), "")
        outline = next((style.outline for style in chain if style.outline is not None), None)
        list_id = next((style.list_id for style in chain if style.list_id is not None), None)
        level = next((style.list_level for style in chain if style.list_level is not None), 0)
        heading = outline + 1 if outline is not None and outline < BODY_OUTLINE else None
        if outline is None:
            heading = next((h for style in chain if (h := _named_level(style.name))), None)
        return Role(
            heading,
            list_id or None,  # 0 takes a paragraph out of its style's list
            min(level, LEVELS - 1),
            CONTENTS_NAME.fullmatch(named) is not None,
        )


def _style(properties: Element | None, based_on: str | None, name: str) -> Style:
    return Style(
        based_on,
        number(properties, "outlineLvl"),
        number(properties, "numPr", "numId"),
        number(properties, "numPr", "ilvl"),
        name,
    )


def _named_level(name: str) -> int | None:
    if name.lower() == "title":
        return 1
    found = HEADING_NAME.fullmatch(name)
    return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class _Level:
    """One level of a list: how its numbers look and where they start."""

    style: str
    text: str
    start: int


class Numbering:
    """The lists of a document and how far each has counted."""

    def __init__(self, root: Element | None) -> None:
        abstract: dict[int | None, dict[int, _Level]] = {}
        self._abstract_of: dict[int, int | None] = {}
        self._levels: dict[int, dict[int, _Level]] = {}
        self._restarts: dict[int, dict[int, int]] = {}
        self._counts: defaultdict[int | None, list[int | None]] = defaultdict(
            lambda: [None] * LEVELS
        )
        parts = list(root) if root is not None else []
        for each in parts:
            if local_name(each) == "abstractNum":
                abstract[_number_of(each, "abstractNumId")] = _levels(each)
        for each in parts:
            held = _number_of(each, "numId")
            if local_name(each) == "num" and held is not None:
                kind = number(each, "abstractNumId")
                self._abstract_of[held] = kind
                self._levels[held] = abstract.get(kind, {})
                self._restarts[held] = _restarts(each)

    def next_marker(self, list_id: int, level: int) -> str:
        """Count one item further and return its marker; '-' for bullets and unknown lists."""
        levels = self._levels.get(list_id, {})
        held = levels.get(level)
        if held is None or held.style == "bullet":
            return "-"
        counts = self._counts[self._abstract_of[list_id]]
        restart = self._restarts[list_id].pop(level, None)
        before = counts[level]
        if restart is not None:
            counts[level] = restart
        else:
            counts[level] = held.start if before is None else before + 1
        counts[level + 1 :] = [None] * (LEVELS - level - 1)
        if held.style == "none":
            return ""

        def shown(found: re.Match[str]) -> str:
            at = int(found[1]) - 1
            of = levels.get(at, held)
            counted = counts[at]
            return marker_text(of.start if counted is None else counted, of.style)

        return PLACEHOLDER.sub(shown, held.text).strip()


def _levels(abstract: Element) -> dict[int, _Level]:
    levels = {}
    for each in abstract:
        at = _number_of(each, "ilvl")
        if local_name(each) == "lvl" and at is not None and at < LEVELS:
            start = number(each, "start")
            levels[at] = _Level(
                value(each, "numFmt") or "decimal",
                value(each, "lvlText") or "",
                1 if start is None else start,
            )
    return levels


def _restarts(num: Element) -> dict[int, int]:
    restarts = {}
    for each in num:
        at, start = _number_of(each, "ilvl"), number(each, "startOverride")
        if local_name(each) == "lvlOverride" and at is not None and start is not None:
            restarts[at] = start
    return restarts


def _number_of(element: Element, name: str) -> int | None:
    text = attribute(element, name) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < LEVELS else None
