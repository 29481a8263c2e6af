"""Workers in processes of their own, which may be stopped, continued and killed."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from app.domain.jobs import Attempt
from app.embedded.start import start
from app.settings import Settings
from app.worker.attempts import Runner
from app.worker.lanes import Pace
from app.worker.runners import runners
from app.worker.worker import Worker

PACE = Pace(poll=timedelta(seconds=0.1), heartbeat=timedelta(seconds=0.6))


@dataclass(slots=True)
class Crew:
    """The forking process; `done` holds a line for each harmless job that was run."""

    process: subprocess.Popen[bytes]
    done: Path
    alive: set[int] = field(default_factory=set)

    def fork(self, *, holds_for_s: float = 0.0) -> int:
        """Start a worker that waits so long within each decision's job before it works."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{holds_for_s}\n".encode())
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        self.alive.add(pid)
        return pid

    def send(self, pid: int, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if number is signal.SIGKILL:
            self.alive.discard(pid)

    def has_died(self, pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            self.alive.discard(pid)
            return True
        return False

    def dismiss(self) -> None:
        for pid in tuple(self.alive):
            self.send(pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.dismiss()
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


async def _work(holds_for_s: float, done: Path) -> None:
    started = await start(Settings())

    async def document(attempt: Attempt) -> None:
        if orjson.loads(attempt.payload).get("kills"):
            os.kill(os.getpid(), signal.SIGKILL)
        with done.open("a") as lines:
            lines.write(f"{attempt.key}\n")

    def held(runner: Runner) -> Runner:
        async def run(attempt: Attempt) -> None:
            await asyncio.sleep(holds_for_s)
            await runner.run(attempt)

        return Runner(run, runner.gate)

    work = {kind: held(runner) for kind, runner in runners(started.resources).items()}
    work["publish-document"] = Runner(document)
    await Worker(started.resources, pace=PACE, work=work, periodic=()).run()


def _main() -> None:
    done = Path(sys.argv[1])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever dies is not waited for
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # logs are no answers
            try:
                asyncio.run(_work(float(line), done))
            finally:
                os._exit(1)
        print(pid, flush=True)  # noqa: T201 -- the answer to the test


if __name__ == "__main__":
    _main()
