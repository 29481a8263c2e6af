"""Reads a policy document of any supported format, whatever its bytes hold."""

from retrieval.parse.isolation import read_apart
from retrieval.parse.markdown import read_markdown_text
from retrieval.parse.plain import read_plain
from retrieval.parse.sniffing import MediaType, sniff
from retrieval.parse.structure import (
    LIMITS,
    Heading,
    Limits,
    Reading,
    Reason,
    UnreadableDocument,
)

__all__ = [
    "LIMITS",
    "Heading",
    "Limits",
    "MediaType",
    "Reading",
    "Reason",
    "UnreadableDocument",
    "read",
]

# Up to here a text is read in less time than a process takes to start, or in a few seconds where
# it is made to be slow; above, the clock of a child guards the service.
AT_ONCE = 100_000


def read(
    content: bytes,
    *,
    declared: str | None = None,
    file_name: str | None = None,
    limits: Limits = LIMITS,
) -> Reading:
    """Read a document. Raises UnreadableDocument, whose message says what to change.

    The bytes tell the type; `declared` (a media type) and `file_name` choose between kinds of
    text, and where the bytes contradict them the document is refused. Blocks for up to
    `limits.seconds`.
    """
    if len(content) > limits.max_bytes:
        raise UnreadableDocument(
            Reason.TOO_LARGE, f"The document is larger than {limits.max_bytes:,} bytes; split it."
        )
    match sniff(content, declared, file_name):
        case MediaType.MARKDOWN if len(content) <= AT_ONCE:
            return read_markdown_text(content, limits)
        case MediaType.PLAIN if len(content) <= AT_ONCE:
            return read_plain(content, limits)
        case media_type:
            return read_apart(content, media_type, limits)
