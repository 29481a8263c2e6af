"""Use an embedded service: start its supervisor if none is there, and bring it back if it dies."""

import fcntl
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from app.embedded.errors import EmbeddedServiceUnavailable
from app.embedded.supervise import run_directory

ServiceName = Literal["postgres", "language-model", "reference-models"]
WATCH_S = 0.3
POLL_S = 0.02


class Attachment:
    """A hold on a service: it runs at least until `close`, whoever started it."""

    def __init__(self, service: ServiceName, state: Path, *, timeout_s: float = 180) -> None:
        """Raises EmbeddedServiceUnavailable when the service does not come up in time."""
        self.service = service
        self._state = state
        self._run = run_directory(state, service)
        self._run.mkdir(parents=True, exist_ok=True)
        self._users = (self._run / "users.lock").open("a")
        fcntl.flock(self._users, fcntl.LOCK_SH)
        self._closed = threading.Event()
        try:
            self.endpoint = self._wait(timeout_s)
        except EmbeddedServiceUnavailable:
            self.close()
            raise
        self._watcher = threading.Thread(target=self._keep_supervised, daemon=True)
        self._watcher.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.close()

    def current_endpoint(self) -> dict[str, str] | None:
        """Return where the service answers now: after a restart its port may be another."""
        try:
            return dict(json.loads((self._run / "ready.json").read_text()))
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        """Let go; the last one to do so ends the service."""
        self._closed.set()
        if not self._users.closed:
            self._users.close()

    def _wait(self, timeout_s: float) -> dict[str, str]:
        deadline = time.monotonic() + timeout_s
        failure = self._run / "failure"
        failure.unlink(missing_ok=True)
        self._ensure_supervisor()
        last_look = time.monotonic()
        while time.monotonic() < deadline:
            endpoint = self.current_endpoint()
            if endpoint is not None and Path(f"/proc/{endpoint['pid']}").exists():
                return endpoint
            if failure.exists() and (said := failure.read_text()):
                raise EmbeddedServiceUnavailable(said)
            if time.monotonic() - last_look > WATCH_S:
                self._ensure_supervisor()
                last_look = time.monotonic()
            time.sleep(POLL_S)
        message = f"The embedded {self.service} did not start within {timeout_s:.0f} seconds."
        raise EmbeddedServiceUnavailable(message)

    def _keep_supervised(self) -> None:
        while not self._closed.wait(WATCH_S):
            self._ensure_supervisor()

    def _ensure_supervisor(self) -> None:
        """Start a supervisor if none holds its lock; of several started at once one stays."""
        with (self._run / "supervisor.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
        with (self._run / "supervisor.log").open("ab") as log:
            started = subprocess.Popen(  # noqa: S603 -- this very program, no shell
                [
                    sys.executable,
                    "-m",
                    "app.embedded.supervise",
                    self.service,
                    str(self._state),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        threading.Thread(target=started.wait, daemon=True).start()  # reaped when it ends
        for _ in range(200):  # until it has its lock, a second look would start another
            if started.poll() is not None or self._is_supervised():
                return
            time.sleep(POLL_S)

    def _is_supervised(self) -> bool:
        with (self._run / "supervisor.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False
