"""Services of their own for tests that break them, on one prepared cluster."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded import postgres
from app.embedded.home import secret
from tests.conftest import copy_state, state_folder, wait_until_at_rest
from tests.faults.processes import Launcher
from tests.faults.rows import fetch
from tests.faults.tcp_server import TcpServer


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    with Launcher() as started:
        yield started


@pytest.fixture(scope="module")
def prepared(loaded: Path) -> Iterator[Path]:
    """A state folder that may be broken, and is at rest whenever a test begins."""
    with state_folder() as folder:
        copy_state(loaded, folder)
        yield folder


@pytest.fixture(scope="module")
def tcp_server(prepared: Path) -> Iterator[TcpServer]:
    """The prepared cluster, started by its operator and reached over TCP alone."""
    passwords = {
        postgres.SUPERUSER: secret(prepared, "postgres-superuser").hex(),
        postgres.ROLES["service"]: secret(prepared, "postgres-service").hex(),
    }
    wait_until_at_rest(prepared)
    server = TcpServer(prepared / "postgres", superuser=postgres.SUPERUSER, passwords=passwords)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def fresh_server(tcp_server: TcpServer) -> Iterator[TcpServer]:
    """The server with a database that nobody has used."""
    tcp_server.database = f"fresh_{uuid.uuid4().hex[:8]}"
    tcp_server.start()  # a test may have left it stopped
    copied = (
        f"create database {tcp_server.database} template {postgres.DATABASE} strategy file_copy"
    )
    fetch(tcp_server.admin_url, copied)  # checkpointed at once: a crash replays none of it
    yield tcp_server
    tcp_server.start()
    fetch(tcp_server.admin_url, f"drop database {tcp_server.database} with (force)")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where commands keep keys and logs beside a server of their operator's."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder
