"""Turns the bytes of a text file into characters, or refuses them."""

import codecs
import re

from retrieval.parse.structure import Limits, Reason, UnreadableDocument

# UTF-32 first: its little-endian mark begins with UTF-16's.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The text is stored unchanged, so a control character cannot be repaired here: PostgreSQL holds no
# NUL, and the others show that the file is not text or was converted wrongly.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")


def decode(content: bytes, limits: Limits) -> str:
    """Decode UTF-8, or UTF-16 and UTF-32 with a byte order mark.

    Other encodings are not guessed: a wrong guess would be quoted as the document's words. Raises
    UnreadableDocument: too-large, not-utf-8, control-characters, empty.
    """
    if len(content) > limits.max_bytes:
        raise UnreadableDocument(
            Reason.TOO_LARGE, f"The document is larger than {limits.max_bytes:,} bytes; split it."
        )
    mark, encoding = next((m for m in MARKS if content.startswith(m[0])), (b"", "utf-8"))
    try:
        text = content[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableDocument(
            Reason.NOT_UTF_8,
            f"The document is not {encoding.upper()} (byte {len(mark) + error.start}); "
            "save it as UTF-8.",
        ) from error
    if len(text) > limits.max_characters:
        raise UnreadableDocument(
            Reason.TOO_LARGE,
            f"The document is longer than {limits.max_characters:,} characters; split it.",
        )
    if found := CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise UnreadableDocument(
            Reason.CONTROL_CHARACTERS,
            f"The document has the control character U+{ord(found[0]):04X} in line {line}; "
            "remove it.",
        )
    if not text.strip():
        raise UnreadableDocument(Reason.EMPTY, "The document is empty.")
    return text
