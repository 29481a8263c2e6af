"""Checkpoints kept outside the database: a file per tenant, one line each, only ever appended to.

A line is on the disk before its append returns. Several processes may share the folder.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from typing_extensions import override

from app.db import canonical
from app.domain.checkpoints import SignedCheckpoint
from app.domain.ids import TenantId
from app.use_cases.ports import OutsideCheckpoints

TAIL_BYTES = 4096  # several times the length of a line


class CheckpointFiles(OutsideCheckpoints):
    """A folder of checkpoints. Raises OSError where it cannot be read or written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @override
    def path(self, tenant_id: TenantId) -> Path:
        return self._folder / f"{tenant_id}.jsonl"

    @override
    def last(self, tenant_id: TenantId) -> Any | None:
        try:
            with self.path(tenant_id).open("rb") as file:
                return _last(file)
        except FileNotFoundError:
            return None

    @override
    def append(self, tenant_id: TenantId, checkpoints: Sequence[SignedCheckpoint]) -> None:
        is_new = self._ensure_folder(tenant_id)
        descriptor = os.open(self.path(tenant_id), os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            held = _last(file)
            reached = 0 if held is None else held["content"]["seq"]
            lines = b"".join(
                canonical.dumps(signed.to_document()) + b"\n"
                for signed in checkpoints
                if signed.checkpoint.seq > reached
            )
            if lines and not _ends_whole(file):
                lines = b"\n" + lines  # a line that a crash cut short stays, and counts for nothing
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            _sync_folder(self._folder)

    @override
    def lines(self, tenant_id: TenantId) -> Iterator[tuple[int, Any | None]]:
        try:
            file = self.path(tenant_id).open("rb")
        except FileNotFoundError:
            return
        with file:
            size = os.fstat(file.fileno()).st_size
            yield from _whole_lines(enumerate(_within(file, size), 1))

    def _ensure_folder(self, tenant_id: TenantId) -> bool:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return not self.path(tenant_id).exists()


def _within(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield the lines of the first `size` bytes: what is appended meanwhile is left for later."""
    left = size
    while left > 0 and (line := file.readline(left)):
        left -= len(line)
        yield line


def _whole_lines(numbered: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, Any | None]]:
    """Yield each line's number and JSON, None for what is none.

    What a crash cut short is the beginning of the line after it, or the end of the file.
    """
    held = next(numbered, None)
    while held is not None:
        number, line = held
        held = next(numbered, None)
        parsed = _parsed(line)
        begun = line.removesuffix(b"\n")
        is_cut_short = begun == line if held is None else held[1].startswith(begun)
        if parsed is not None or not is_cut_short:
            yield number, parsed


def _parsed(line: bytes) -> Any | None:  # noqa: ANN401 -- any JSON
    try:
        return orjson.loads(line)
    except ValueError:
        return None


def _last(file: BinaryIO) -> Any | None:  # noqa: ANN401 -- any JSON
    """Read the last whole line."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - TAIL_BYTES))
    whole = [_parsed(line) for line in file.read().splitlines()]
    return next((parsed for parsed in reversed(whole) if parsed is not None), None)


def _ends_whole(file: BinaryIO) -> bool:
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
