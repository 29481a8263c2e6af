"""A supervisor: keeps one service running while anybody uses it, and then stops it.

Run as a process of its own, so that the service outlives whoever started it first:
`python -m app.embedded.supervise SERVICE HOME`. Users hold a shared lock on `users.lock`;
the kernel releases it however they die. The supervisor's own exclusive lock says it is there.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.embedded.errors import EmbeddedServiceUnavailable
from app.embedded.language_model import LanguageModel
from app.embedded.postgres import Postgres
from app.embedded.reference_models import ReferenceModels
from app.embedded.service import Running, Service

SERVICES: dict[str, Callable[[], Service]] = {
    "postgres": Postgres,
    "language-model": LanguageModel,
    "reference-models": ReferenceModels,
}
WATCH_S = 0.1
GRACE_S = 1.5  # a restarted client finds the service still warm
STOP_TIMEOUT_S = 20.0
MAX_BACKOFF_S = 5.0


def run_directory(state: Path, service: str) -> Path:
    """Return where a service's locks and endpoint lie."""
    return state / "run" / service


def supervise(name: str, state: Path) -> int:
    """Run one service until nobody uses it; 0 when done or when another supervisor is there."""
    run = run_directory(state, name)
    with (run / "supervisor.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0
        service = SERVICES[name]()
        backoff = 0.1
        while True:
            try:
                (run / "failure").unlink(missing_ok=True)
                running = service.start(state)
            except EmbeddedServiceUnavailable as error:
                (run / "failure").write_text(str(error))
                return 1
            except Exception as error:
                log = run / "supervisor.log"
                (run / "failure").write_text(
                    f"The embedded {name} did not start ({type(error).__name__}); see {log}."
                )
                raise
            _announce(run, running)
            started = time.monotonic()
            if _watch(run, running):
                (run / "ready.json").unlink(missing_ok=True)
                _stop(running, service.stop_signal)
                return 0
            (run / "ready.json").unlink(missing_ok=True)
            backoff = 0.1 if time.monotonic() - started > MAX_BACKOFF_S else backoff * 2
            time.sleep(min(backoff, MAX_BACKOFF_S))


def _announce(run: Path, running: Running) -> None:
    """Publish the endpoint at once and whole; it holds passwords, so for this user alone."""
    making = run / "ready.making"
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({**running.endpoint, "pid": str(running.process.pid)}, file)
    making.rename(run / "ready.json")


def _watch(run: Path, running: Running) -> bool:
    """Return True once nobody has used the service for a while, False when it has died."""
    unused_since: float | None = None
    while running.process.poll() is None:
        if _is_used(run):
            unused_since = None
        elif unused_since is None:
            unused_since = time.monotonic()
        elif time.monotonic() - unused_since > GRACE_S:
            return True
        time.sleep(WATCH_S)
    return False


def _is_used(run: Path) -> bool:
    with (run / "users.lock").open("a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _stop(running: Running, stop_signal: signal.Signals) -> None:
    running.process.send_signal(stop_signal)
    try:
        running.process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        running.process.kill()
        running.process.wait()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C in the terminal is the client's
    sys.exit(supervise(sys.argv[1], Path(sys.argv[2])))
