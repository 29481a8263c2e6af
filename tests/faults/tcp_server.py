"""A PostgreSQL server that the product did not start and reaches over TCP alone."""

import signal
import socket
import subprocess
import time
from pathlib import Path

import asyncpg

from app.embedded.postgres import find_binaries, unprivileged_user
from tests.faults.processes import send
from tests.faults.rows import fetch

START_TIMEOUT_S = 60
FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


class TcpServer:
    """One cluster in `folder`, listening on a port of 127.0.0.1 that stays the same."""

    def __init__(self, folder: Path, *, superuser: str, passwords: dict[str, str]) -> None:
        self._user = unprivileged_user()
        self._ids: tuple[int | None, int | None, list[int] | None] = (
            (None, None, None) if self._user is None else (self._user.pw_uid, self._user.pw_gid, [])
        )
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self.superuser = superuser
        self.database = "rationale"
        self._passwords = passwords
        self.binaries = find_binaries(folder, self._user)
        self._process: subprocess.Popen[bytes] | None = None

    def on(self, folder: Path) -> "TcpServer":
        """Return a server of the same cluster's copy in another folder."""
        other = TcpServer(folder, superuser=self.superuser, passwords=self._passwords)
        other.binaries = self.binaries
        return other

    def url(self, role: str, database: str | None = None) -> str:
        """Return the SQLAlchemy URL of the service's database for a login."""
        where = f"127.0.0.1:{self.port}/{database or self.database}"
        return f"postgresql+asyncpg://{role}:{self._passwords[role]}@{where}"

    @property
    def owner_url(self) -> str:
        """Return the superuser's, who sees every tenant."""
        return self.url(self.superuser)

    @property
    def admin_url(self) -> str:
        """Return the superuser's, in a database that is always there."""
        return self.url(self.superuser, "postgres")

    def start(self, **settings: str) -> None:
        """Start it unless it runs; one killed a moment ago leaves processes that end first."""
        if self._process is not None and self._process.poll() is None:
            return
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            self._spawn(settings)
            if self._answers():
                return
            assert time.monotonic() < deadline, (self.folder / "server.log").read_text()[-2000:]
            self.kill()

    def kill(self) -> None:
        """Kill the postmaster alone: its children see that it is gone."""
        self.stop(signal.SIGKILL)

    def stop(self, how: signal.Signals = FAST) -> None:
        """Stop it: fast disconnects clients, immediate leaves recovery to the next start."""
        if self._process is not None:
            send(self._process.pid, how)
            self._process.wait(30)
            self._process = None

    def _spawn(self, settings: dict[str, str]) -> None:
        chosen = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "shared_buffers": "64MB",
            # A killed process loses nothing that the kernel holds: only a power cut would tell.
            # Off, a killed server is back in a second on a busy disk. The embedded one has it on.
            "fsync": "off",
            **settings,
        }
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(self.binaries / "postgres"),
                    *("-D", str(self.data), "-p", str(self.port)),
                    *(part for name, value in chosen.items() for part in ("-c", f"{name}={value}")),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self._ids[0],
                group=self._ids[1],
                extra_groups=self._ids[2],
            )

    def _answers(self) -> bool:
        """Wait until it takes connections; False when it has ended instead."""
        assert self._process is not None
        while self._process.poll() is None:
            try:
                fetch(self.admin_url, "select 1")
            except (OSError, asyncpg.CannotConnectNowError):
                time.sleep(0.02)
            else:
                return True
        time.sleep(0.1)
        return False
