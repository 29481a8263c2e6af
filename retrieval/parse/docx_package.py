"""Opens a DOCX package and its XML parts, within limits and without following anything outside."""

import io
import posixpath
import zipfile
import zlib
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from retrieval.parse.structure import Limits, Reason, UnreadableDocument

MAX_PARTS = 10_000
SMALL = 1_000_000  # below this, a high ratio only means that a part repeats itself
PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})  # all that OOXML allows
ENCRYPTED_FLAG = 0x1


class Package:
    """The parts of a DOCX file. Only those asked for are unpacked: no images and no macros.

    Raises UnreadableDocument: corrupt, encrypted, wrong-type, zip-bomb.
    """

    def __init__(self, content: bytes, limits: Limits) -> None:
        try:
            # zipfile raises NotImplementedError for what it cannot unpack: another compression.
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise _corrupt() from error
        self._left = limits.max_unpacked_bytes
        self._names = set(self._archive.namelist())
        _guard(self._archive.infolist(), limits)
        if "[Content_Types].xml" not in self._names:
            raise _no_document()
        main = [target for kind, target in self._relations("") if kind == "officeDocument"]
        self._main = main[0] if main else "word/document.xml"
        self._related = dict(self._relations(self._main))

    def document(self) -> Element:
        """Return the main part. Raises UnreadableDocument (wrong-type) where it is no document."""
        root = self._part(self._main)
        if root is None or local_name(root) != "document":
            raise _no_document()
        return root

    def related(self, kind: str) -> Element | None:
        """Return the part that stands in a relation to the main one: 'styles', 'numbering'."""
        target = self._related.get(kind)
        return self._part(target) if target is not None else None

    def _relations(self, source: str) -> list[tuple[str, str]]:
        """Return kind and target of a part's relations; what lies outside the package is left."""
        folder, name = posixpath.split(source)
        root = self._part(posixpath.join(folder, "_rels", f"{name}.rels"))
        return [
            (
                relation.get("Type", "").rpartition("/")[2],
                posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))[1:],
            )
            for relation in (root if root is not None else ())
            if relation.get("TargetMode") != "External"
        ]

    def _part(self, name: str) -> Element | None:
        if name not in self._names:
            return None
        try:
            with self._archive.open(name) as file:
                content = file.read(self._left + 1)
            self._left -= len(content)
            if self._left < 0:
                raise _bomb()  # the declared sizes lied
            root: Element = fromstring(content, forbid_dtd=True)
        except (
            zipfile.BadZipFile,
            zlib.error,
            ParseError,
            DefusedXmlException,
            EOFError,
            OSError,
            ValueError,
            LookupError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise _corrupt() from error
        return root


def local_name(element: Element) -> str:
    """Return a tag without its namespace: the strict and the transitional one differ."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def child(element: Element | None, *path: str) -> Element | None:
    """Return the first descendant along a path of local names."""
    for name in path:
        if element is None:
            return None
        element = next((each for each in element if local_name(each) == name), None)
    return element


def attribute(element: Element | None, name: str) -> str | None:
    """Return an attribute by its local name."""
    if element is None:
        return None
    return next((v for key, v in element.items() if key.rpartition("}")[2] == name), None)


def value(element: Element | None, *path: str) -> str | None:
    """Return the `val` attribute of the descendant along a path."""
    return attribute(child(element, *path), "val")


def number(element: Element | None, *path: str) -> int | None:
    """Return the `val` attribute as a number, None where there is none."""
    text = value(element, *path) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 -- ST_DecimalNumber has 32 bits


def _guard(parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Refuse by the declared sizes before anything is unpacked."""
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > limits.max_unpacked_bytes:
        raise _bomb()
    if unpacked > max(SMALL, packed * limits.max_ratio):
        raise _bomb()
    if any(part.flag_bits & ENCRYPTED_FLAG for part in parts):
        raise UnreadableDocument(
            Reason.ENCRYPTED, "The document is protected by a password; save it without one."
        )
    if any(part.compress_type not in PACKED for part in parts):
        raise _corrupt()


def _bomb() -> UnreadableDocument:
    return UnreadableDocument(
        Reason.ZIP_BOMB, "The document unpacks to far more than a document holds; save it anew."
    )


def _no_document() -> UnreadableDocument:
    return UnreadableDocument(
        Reason.WRONG_TYPE, "The file is an archive, but not a DOCX document; save it as DOCX."
    )


def _corrupt() -> UnreadableDocument:
    return UnreadableDocument(
        Reason.CORRUPT, "The DOCX file is damaged; open it in a word processor and save it anew."
    )
