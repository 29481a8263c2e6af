"""What a supervisor needs to know of a service: how to prepare, start, probe and stop it."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Running:
    """A started child and where it answers."""

    process: subprocess.Popen[bytes]
    endpoint: Mapping[str, str]


class Service(Protocol):
    """A program run for as long as anybody uses it."""

    stop_signal: signal.Signals

    def start(self, state: Path) -> Running:
        """Start the program and wait until it answers. Raises EmbeddedServiceUnavailable."""
        ...


def spawn(
    command: Sequence[str],
    *,
    stop_signal: signal.Signals,
    env: Mapping[str, str] | None = None,
    user: int | None = None,
    group: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a direct child that is stopped when its parent dies, however the parent dies."""

    def die_with_parent() -> None:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, stop_signal)

    return subprocess.Popen(  # noqa: S603 -- our own programs, no shell
        command,
        env=dict(os.environ if env is None else env),
        user=user,
        group=group,
        extra_groups=[] if user is not None else None,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 -- set before any thread is started
    )
