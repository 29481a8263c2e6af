"""Runs a reader in a process of its own, which a hostile file can neither hang nor exhaust."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict

from retrieval.parse.sniffing import MediaType
from retrieval.parse.structure import Heading, Limits, Reading, Reason, UnreadableDocument

SHOWN_OF_A_CRASH = 2000


class ReaderCrashed(Exception):
    """A reader ended without an answer: what it wrote last, for whoever mends it."""


def read_apart(content: bytes, media_type: MediaType, limits: Limits) -> Reading:
    """Read a document in a child process that ends with it. Raises UnreadableDocument.

    The answer comes back as JSON, never as pickled objects: the child has held hostile bytes.
    """
    task = json.dumps({"media_type": media_type, "limits": asdict(limits)}).encode() + b"\n"
    try:
        ended = subprocess.run(
            [sys.executable, "-P", "-s", "-m", "retrieval.parse.child"],
            input=task + content,
            capture_output=True,
            check=False,
            timeout=limits.seconds,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    except subprocess.TimeoutExpired as error:
        raise _took_too_long(limits) from error
    if ended.returncode == -signal.SIGXCPU:
        raise _took_too_long(limits)
    try:
        return _reading(_answer(ended))
    except (ReaderCrashed, ValueError, TypeError, AssertionError) as error:
        raise UnreadableDocument(
            Reason.CORRUPT, "The document cannot be read; open it and save it anew."
        ) from error


def _took_too_long(limits: Limits) -> UnreadableDocument:
    return UnreadableDocument(
        Reason.TOOK_TOO_LONG,
        f"Reading the document took longer than {limits.seconds:g} seconds; split or simplify it.",
    )


def _answer(ended: subprocess.CompletedProcess[bytes]) -> dict[str, object]:
    if ended.returncode != 0:
        last = ended.stderr[-SHOWN_OF_A_CRASH:].decode(errors="replace")
        raise ReaderCrashed(f"exit {ended.returncode}: {last}")
    answer: dict[str, object] = json.loads(ended.stdout)
    return answer


def _reading(answer: dict[str, object]) -> Reading:
    match answer:
        case {"reason": str(reason), "message": str(message)}:
            raise UnreadableDocument(Reason(reason), message)
        case {
            "text": str(text),
            "headings": list(headings),
            "media_type": str(media_type),
            "front_matter": dict(front_matter),
        }:
            held = tuple(Heading(**heading) for heading in headings)
            return Reading(text, held, front_matter, media_type)
        case _:
            raise ReaderCrashed("an answer of an unknown shape")
