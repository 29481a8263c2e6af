"""The markers of list items: 4 as '4', 'd', 'iv', and a marker found at the start of a line."""

import re

BULLETS = "\u2022\u2023\u25e6\u25aa\u25ab\u25cf\u25cb\u25a0\u25a1\u00b7\uf0b7\uf0a7"
DASHES = "*\u2013\u2014-"
MARKER = re.compile(
    rf"(?:[{BULLETS}{DASHES}]|\(?(?:\d{{1,3}}|[a-zA-Z]|[ivxIVX]{{1,5}})[.)])(?=\s|$)"
)

ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
MAX_ROMAN = 3999
LETTERS = 26


def marker_text(number: int, style: str) -> str:
    """Return a number in a style named as OOXML's ST_NumberFormat does; unknown ones are decimal.

    Letters go on as word processors do: z, aa, bb.
    """
    match style:
        case "lowerLetter" | "upperLetter" if 0 < number <= LETTERS * 10:
            repeat, letter = divmod(number - 1, LETTERS)
            text = chr(ord("a") + letter) * (repeat + 1)
        case "lowerRoman" | "upperRoman" if 0 < number <= MAX_ROMAN:
            text = ""
            for value, sign in ROMAN:
                count, number = divmod(number, value)
                text += sign * count
        case "decimalZero":
            return f"{number:02d}"
        case _:
            return str(number)
    return text.upper() if style.startswith("upper") else text


def leading_marker(line: str) -> str | None:
    """Return the marker a line begins with, None where there is none."""
    found = MARKER.match(line)
    return found[0] if found else None
