"""The words of a PDF page with their places and fonts, in lines, as PDFium finds them."""

import math
from collections import Counter
from ctypes import byref, c_int, create_string_buffer
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

BOLD = 600  # of OpenType's weights 1 to 1000
BOLD_NAMES = (b"bold", b"black", b"heavy")
HYPHEN = "\x02"  # stands where PDFium joined a word that a line end had cut
LINE_ENDS = "\r\n\f"
HIGH, LOW, ASTRAL = range(0xD800, 0xDC00), range(0xDC00, 0xE000), 0x10000
SKEW = 5  # degrees: what stands more oblique than most of its page is a watermark


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its box in points, y upwards."""

    text: str
    x0: float
    x1: float
    bottom: float
    top: float
    size: float
    bold: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Words on one line of a page; `cut` when its last word goes on in the next line."""

    page: int
    words: tuple[Word, ...]
    cut: bool = False

    @property
    def text(self) -> str:
        """The words as read."""
        return " ".join(word.text for word in self.words)

    @property
    def x0(self) -> float:
        """The left edge."""
        return self.words[0].x0

    @property
    def x1(self) -> float:
        """The right edge."""
        return self.words[-1].x1

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return min(word.bottom for word in self.words)

    @property
    def top(self) -> float:
        """The upper edge."""
        return max(word.top for word in self.words)

    @property
    def size(self) -> float:
        """The font size of most of its letters, in half points."""
        sizes: Counter[float] = Counter()
        for word in self.words:
            sizes[round(word.size * 2) / 2] += len(word.text)
        return max(sizes, key=lambda size: sizes[size])

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(word.bold for word in self.words)


def lines_of_page(page: pypdfium2.PdfPage, number: int) -> list[Line]:
    """Return the lines of a page in the order of its content, without oblique ones."""
    text_page = page.get_textpage()
    try:
        return _lines(text_page, number)
    finally:
        text_page.close()


def _lines(text_page: pypdfium2.PdfTextPage, number: int) -> list[Line]:
    lines: list[tuple[list[tuple[Word, int]], bool]] = [([], False)]
    letters: list[str] = []
    first = 0
    count = pdfium.FPDFText_CountChars(text_page)
    for index in range(count + 1):
        letter = chr(pdfium.FPDFText_GetUnicode(text_page, index)) if index < count else "\n"
        if letter in LINE_ENDS or letter == HYPHEN or letter.isspace():
            if letters:
                word = _word(text_page, _whole("".join(letters)), first, index - 1)
                lines[-1][0].append(word)
                letters = []
            if letter == HYPHEN:
                lines[-1] = (lines[-1][0], True)
            if letter in LINE_ENDS or letter == HYPHEN:
                lines.append(([], False))
        else:
            if not letters:
                first = index
            letters.append(letter)
    angles = Counter(angle for held, _ in lines for _, angle in held)
    if not angles:
        return []
    upright = angles.most_common(1)[0][0]
    kept = [
        ([_turned(w, upright) for w, angle in held if abs(angle - upright) <= SKEW], cut)
        for held, cut in lines
    ]
    return [Line(number, tuple(words), cut) for words, cut in kept if words]


def _word(text_page: pypdfium2.PdfTextPage, text: str, first: int, last: int) -> tuple[Word, int]:
    """Return a word and the angle of its base line in degrees."""
    begin, end, matrix = pdfium.FS_RECTF(), pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    pdfium.FPDFText_GetLooseCharBox(text_page, first, byref(begin))
    pdfium.FPDFText_GetLooseCharBox(text_page, last, byref(end))
    scale = 1.0
    if pdfium.FPDFText_GetMatrix(text_page, first, byref(matrix)):
        scale = math.hypot(matrix.c, matrix.d)
    bold = pdfium.FPDFText_GetFontWeight(text_page, first) >= BOLD
    if not bold:
        name, flags = create_string_buffer(128), c_int()
        pdfium.FPDFText_GetFontInfo(text_page, first, name, len(name), byref(flags))
        bold = any(each in name.value.lower() for each in BOLD_NAMES)
    angle = pdfium.FPDFText_GetCharAngle(text_page, first)
    word = Word(
        text,
        min(begin.left, end.left),
        max(begin.right, end.right),
        min(begin.bottom, end.bottom),
        max(begin.top, end.top),
        pdfium.FPDFText_GetFontSize(text_page, first) * scale,
        bold,
    )
    return word, round(math.degrees(angle)) % 360 if angle >= 0 else 0


def _whole(text: str) -> str:
    """Join surrogate pairs, where PDFium gives an astral letter in two halves."""
    if not any(ord(letter) in HIGH for letter in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _turned(word: Word, degrees: int) -> Word:
    """Turn a word so that its base line is level: pages may be set sideways."""
    if degrees == 0:
        return word
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    xs = [x * cos + y * sin for x in (word.x0, word.x1) for y in (word.bottom, word.top)]
    ys = [y * cos - x * sin for x in (word.x0, word.x1) for y in (word.bottom, word.top)]
    return Word(word.text, min(xs), max(xs), min(ys), max(ys), word.size, word.bold)
