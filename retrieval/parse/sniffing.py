"""Tells what a file is from its bytes, and refuses it where it is declared as something else."""

import codecs
import re
from enum import StrEnum
from pathlib import PurePath

from retrieval.parse.structure import Reason, UnreadableDocument


class MediaType(StrEnum):
    """The formats that are read."""

    MARKDOWN = "text/markdown"
    PLAIN = "text/plain"
    HTML = "text/html"
    PDF = "application/pdf"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


READABLE = "Markdown, plain text, HTML, PDF or DOCX"
TEXTS = frozenset({MediaType.MARKDOWN, MediaType.PLAIN, MediaType.HTML})
EXTENSIONS = {
    ".md": MediaType.MARKDOWN,
    ".markdown": MediaType.MARKDOWN,
    ".txt": MediaType.PLAIN,
    ".text": MediaType.PLAIN,
    ".html": MediaType.HTML,
    ".htm": MediaType.HTML,
    ".xhtml": MediaType.HTML,
    ".pdf": MediaType.PDF,
    ".docx": MediaType.DOCX,
    ".docm": MediaType.DOCX,
}
ALIASES = {
    "text/x-markdown": MediaType.MARKDOWN,
    "application/xhtml+xml": MediaType.HTML,
    "application/x-pdf": MediaType.PDF,
    "application/vnd.ms-word.document.macroenabled.12": MediaType.DOCX,
    "application/zip": MediaType.DOCX,  # what some browsers call it
    "application/msword": MediaType.DOCX,  # likewise; an old .doc shows by its bytes
}
NO_CLAIM = frozenset({"", "application/octet-stream", "binary/octet-stream"})

PDF_WITHIN = 1024  # readers accept a PDF header this far into a file
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SIGNATURES = (
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf'\x1c", "a 7z archive"),
    (b"Rar!\x1a", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"{\\rtf", "an RTF document"),
)
HTML_START = re.compile(
    rb"(?:\s|<\?xml[^>]*>|<!--(?:(?!-->).)*-->)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
MARKDOWN_SIGN = re.compile(rb"\A---[ \t]*\r?\n\S|^#{1,6}[ \t]+\S", re.MULTILINE)
HEAD = 4096


def sniff(content: bytes, declared: str | None = None, file_name: str | None = None) -> MediaType:
    """Return what the bytes are; the declared type and the name tell texts apart.

    Raises UnreadableDocument: empty, wrong-type, encrypted.
    """
    if not content.strip():
        raise UnreadableDocument(Reason.EMPTY, "The document is empty.")
    claims = _claims(declared, file_name)
    found = _binary(content, claims)
    if found is None:
        found = _text(content, claims)
    for said, claim in claims:
        if claim is not found and not (claim in TEXTS and found in TEXTS - {MediaType.HTML}):
            raise UnreadableDocument(
                Reason.WRONG_TYPE,
                f"The document is declared as {said}, but its content is {found.name}. "
                "Give it its right name and type.",
            )
    return found


def _claims(declared: str | None, file_name: str | None) -> list[tuple[str, MediaType]]:
    """Return what is said about the file: its name first, which is often the more exact."""
    claims = []
    extension = PurePath(file_name or "").suffix.lower()
    if extension in EXTENSIONS:
        claims.append((f"*{extension}", EXTENSIONS[extension]))
    said = (declared or "").partition(";")[0].strip().lower()
    if said in ALIASES:
        claims.append((said, ALIASES[said]))
    elif said in list(MediaType):
        claims.append((said, MediaType(said)))
    elif said not in NO_CLAIM:
        raise UnreadableDocument(
            Reason.WRONG_TYPE, f"Documents of type {said!r:.80} are not read; send {READABLE}."
        )
    return claims


def _binary(content: bytes, claims: list[tuple[str, MediaType]]) -> MediaType | None:
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return MediaType.DOCX  # its reader looks whether the archive holds a document
    if content.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise UnreadableDocument(
                Reason.ENCRYPTED, "The document is protected by a password; save it without one."
            )
        raise UnreadableDocument(
            Reason.WRONG_TYPE, "The document is in an old Office format; save it as DOCX."
        )
    for signature, name in SIGNATURES:
        if content.startswith(signature):
            raise UnreadableDocument(Reason.WRONG_TYPE, f"The document is {name}; send {READABLE}.")
    at = content.find(b"%PDF-", 0, PDF_WITHIN)
    claimed_text = any(claim in TEXTS for _, claim in claims)  # which may well write about PDF
    if at == 0 or (at > 0 and not claimed_text):
        return MediaType.PDF
    return None


def _text(content: bytes, claims: list[tuple[str, MediaType]]) -> MediaType:
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    head = content.removeprefix(codecs.BOM_UTF8)
    head = head[:HEAD].decode("utf-16", "ignore").encode() if wide else head[:HEAD]
    if HTML_START.match(head):
        return MediaType.HTML
    claimed = [claim for _, claim in claims if claim in TEXTS]
    if claimed:
        return claimed[0]
    return MediaType.MARKDOWN if MARKDOWN_SIGN.search(head) else MediaType.PLAIN
