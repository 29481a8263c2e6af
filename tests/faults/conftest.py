"""Services of their own for tests that break them, on one prepared cluster."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import uuid_utils.compat

from app.db.upgrade import upgrade
from app.embedded import postgres
from app.embedded.attach import Attachment
from app.embedded.home import secret
from tests.conftest import NOW, state_folder
from tests.faults.processes import Launcher
from tests.faults.rows import fetch, run_apart
from tests.faults.tcp_server import TcpServer

SEED = "seed"  # a database that is never used but copied


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    with Launcher() as started:
        yield started


@pytest.fixture(scope="session")
def prepared() -> Iterator[Path]:
    """A state folder at rest: its database is migrated, holds the law and no decision."""
    with state_folder() as folder:
        with Attachment("postgres", folder) as attachment:
            endpoint = attachment.endpoint
            run_apart(
                upgrade(
                    postgres.url(endpoint, "owner"),
                    now=NOW,
                    new_id=uuid_utils.compat.uuid7,
                    grant_to=postgres.ROLES["service"],
                )
            )
            admin = postgres.url(endpoint, "superuser", "postgres")
            fetch(admin, f"alter database {postgres.DATABASE} rename to {SEED}")
            fetch(admin, f"create database {postgres.DATABASE} template {SEED} strategy file_copy")
            fetch(admin, f"alter database {postgres.DATABASE} owner to {postgres.ROLES['owner']}")
        wait_until_at_rest(folder)
        yield folder


def wait_until_at_rest(folder: Path) -> None:
    """The embedded server ends by itself once nobody uses it."""
    deadline = time.monotonic() + 30
    while (folder / "postgres/data/postmaster.pid").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


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
    copied = f"create database {tcp_server.database} template {SEED} strategy file_copy"
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
