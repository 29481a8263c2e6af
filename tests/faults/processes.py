"""Processes of the product: started as an operator starts them, killed as the kernel kills."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Process:
    """A running command, and where it logs."""

    pid: int
    log: Path

    def is_alive(self) -> bool:
        """Whether it runs: one that has died and waits to be reaped does not."""
        return is_running(self.pid)

    def kill(self) -> None:
        """End it as a power cut would."""
        send(self.pid, signal.SIGKILL)

    def stop(self, timeout_s: float = 20) -> None:
        """Ask it to end, and see that it does."""
        send(self.pid, signal.SIGTERM)
        wait_until_gone(self.pid, timeout_s)


class Launcher:
    """Starts commands from a process that has loaded their modules already.

    With `clock` ("+1d", "-1d") all that it starts lives that much ahead or behind.
    """

    def __init__(self, clock: str | None = None) -> None:
        self._environment = {**os.environ, **({} if clock is None else faked(clock))}
        environment = {**self._environment, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        self._zygote = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        assert self._ask() == "ready"

    def start(self, *arguments: str, env: Mapping[str, str], log: Path) -> Process:
        """Start `rationale` with these arguments, and these settings beside the machine's."""
        unset = {"DATABASE_URL", "RATIONALE_HOME"}
        clean = {name: held for name, held in self._environment.items() if name not in unset}
        order = {"arguments": arguments, "env": {**clean, **env}, "log": str(log)}
        assert self._zygote.stdin is not None
        self._zygote.stdin.write(json.dumps(order) + "\n")
        self._zygote.stdin.flush()
        return Process(int(self._ask()), log)

    def run(self, *arguments: str, env: Mapping[str, str], log: Path, timeout_s: float) -> str:
        """Run a command to its end and return what it printed."""
        process = self.start(*arguments, env=env, log=log)
        wait_until_gone(process.pid, timeout_s)
        return log.read_text()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.close()
        self._zygote.wait(10)
        self._zygote.stdout.close()

    def _ask(self) -> str:
        assert self._zygote.stdout is not None
        return self._zygote.stdout.readline().strip()


def faked(clock: str) -> dict[str, str]:
    """Return the environment in which Debian's faketime moves the clock of whole processes."""
    printed = subprocess.run(
        ["faketime", "-f", clock, "env"], capture_output=True, text=True, check=True
    ).stdout
    told = dict(line.split("=", 1) for line in printed.splitlines() if "=" in line)
    # Timers measure durations, which a clock that is wrong by a day still measures rightly.
    return {
        "LD_PRELOAD": told["LD_PRELOAD"],
        "FAKETIME": clock,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return not stat.rpartition(") ")[2].startswith("Z")


def send(pid: int, number: signal.Signals) -> None:
    """Signal a process; one that is gone already is what was wanted."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def wait_until_gone(pid: int, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while is_running(pid):
        assert time.monotonic() < deadline, f"process {pid} did not end"
        time.sleep(0.02)
