"""The process that reads one document: `python -m retrieval.parse.child`.

Standard input holds a line of JSON (media type, limits), then the document. Standard output gets
one JSON object: a reading, or why there is none.
"""

import json
import math
import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import assert_never

from retrieval.parse.sniffing import MediaType
from retrieval.parse.structure import Limits, Reading, Reason, UnreadableDocument

Reader = Callable[[bytes, Limits], Reading]


def main() -> None:
    """Read the document under the limits and answer."""
    answer_to = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library that prints spoils no answer
    task = json.loads(sys.stdin.buffer.readline())
    limits = Limits(**task["limits"])
    read = reader_of(MediaType(task["media_type"]))
    _confine(limits)
    answer = _answer(read, sys.stdin.buffer.read(), limits)
    with os.fdopen(answer_to, "wb") as out:
        out.write(json.dumps(answer, ensure_ascii=False).encode())


def reader_of(media_type: MediaType) -> Reader:
    """Return the reader of a format; only the library it needs is loaded."""
    match media_type:
        case MediaType.MARKDOWN:
            from retrieval.parse.markdown import read_markdown_text  # noqa: PLC0415 -- see above

            return read_markdown_text
        case MediaType.PLAIN:
            from retrieval.parse.plain import read_plain  # noqa: PLC0415 -- see above

            return read_plain
        case MediaType.HTML:
            from retrieval.parse.html import read_html  # noqa: PLC0415 -- see above

            return read_html
        case MediaType.PDF:
            from retrieval.parse.pdf import read_pdf  # noqa: PLC0415 -- see above

            return read_pdf
        case MediaType.DOCX:
            from retrieval.parse.docx import read_docx  # noqa: PLC0415 -- see above

            return read_docx
        case _:
            assert_never(media_type)


def _confine(limits: Limits) -> None:
    seconds = math.ceil(limits.seconds)
    for kind, soft, hard in (
        (resource.RLIMIT_CPU, seconds, seconds + 1),
        (resource.RLIMIT_AS, limits.memory_bytes, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        # Not every system knows every limit (macOS has no RLIMIT_AS); the clock outside holds.
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (soft, hard))


def _answer(read: Reader, content: bytes, limits: Limits) -> dict[str, object]:
    try:
        return asdict(read(content, limits))
    except UnreadableDocument as refused:
        return {"reason": refused.reason, "message": str(refused)}
    except MemoryError:
        return {
            "reason": Reason.TOO_LARGE,
            "message": "Reading the document takes more memory than is allowed; split it.",
        }


if __name__ == "__main__":
    main()
