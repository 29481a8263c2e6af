"""Real parts: one embedded PostgreSQL for the whole run, a migrated database per module."""

import asyncio
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
import uuid_utils.compat

from app.adapters.vault import MasterKeyVault
from app.db.engine import Sessions, connect
from app.db.upgrade import to_asyncpg, upgrade
from app.domain.ids import TenantId
from app.embedded import postgres
from app.embedded.attach import Attachment
from app.embedded.home import home

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MASTER_KEY = bytes(range(32))
AT_ONCE = "owner rationale_owner strategy file_copy"  # a crash has nothing of it to replay
# Commands are run as processes of their own, a hundred times: compiled once, they start at once.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@contextmanager
def state_folder() -> Iterator[Path]:
    """A state folder with a space in its name, which the database's own user can reach."""
    outer = Path(tempfile.mkdtemp(prefix="rationale-test-", dir="/var/tmp"))
    outer.chmod(0o711)
    folder = home(outer / "a home")
    folder.chmod(0o711)
    yield folder
    deadline = time.monotonic() + 15
    while list(folder.glob("run/*/ready.json")) and time.monotonic() < deadline:
        time.sleep(0.1)  # the services end by themselves once nobody uses them
    shutil.rmtree(outer, ignore_errors=True)


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> Iterator[Path]:
    """A state folder at rest, its database migrated and holding the law, to be copied.

    Loading takes longer than anything else here: the first of the run's processes to come does
    it, and the last to go removes it.
    """
    shared = Path("/var/tmp") / f"rationale-loaded-{testrun_uid}"  # noqa: S108 -- closed below
    shared.mkdir(mode=0o711, exist_ok=True)
    with (shared / "making").open("a") as making, (shared / "users").open("a") as users:
        fcntl.flock(making, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_SH)
        if not (shared / "state").exists():
            _load(shared / "state.making")
            (shared / "state.making").rename(shared / "state")
        fcntl.flock(making, fcntl.LOCK_UN)
        yield shared / "state"
        with suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(shared)


def _load(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o711)
    with Attachment("postgres", folder) as attachment, ThreadPoolExecutor(1) as apart:
        loading = upgrade(
            postgres.url(attachment.endpoint, "owner"),
            now=min(NOW, datetime.now(UTC)),
            new_id=uuid_utils.compat.uuid7,
            grant_to=postgres.ROLES["service"],
        )
        apart.submit(asyncio.run, loading).result()  # a test's loop may be running
    wait_until_at_rest(folder)
    shutil.rmtree(folder / "run")


def wait_until_at_rest(folder: Path) -> None:
    """The embedded server ends by itself once nobody uses it."""
    deadline = time.monotonic() + 60
    while (folder / "postgres/data/postmaster.pid").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def copy_state(loaded: Path, folder: Path) -> None:
    """Copy a state folder that is at rest; whoever holds the copy holds all its secrets."""
    subprocess.run(["cp", "-a", f"{loaded}/.", folder], check=True)


@pytest.fixture(scope="session")
def state(loaded: Path) -> Iterator[Path]:
    os.environ.pop("DATABASE_URL", None)
    with state_folder() as folder:
        copy_state(loaded, folder)
        yield folder


@pytest.fixture(scope="session")
def server(state: Path) -> Iterator[dict[str, str]]:
    with Attachment("postgres", state) as attachment:
        yield attachment.endpoint


@pytest.fixture(scope="session")
async def template_database(server: dict[str, str]) -> str:
    """A migrated database with the seed library: each test database is a copy of it."""
    name = "migrated_template"
    await _execute(server, f"create database {name} template {postgres.DATABASE} {AT_ONCE}")
    return name


@pytest.fixture(scope="session")
async def embedded_database(
    server: dict[str, str], template_database: str, state: Path
) -> AsyncIterator[Path]:
    """The state folder, with its own database as a first start would leave it."""
    await _execute(server, f"drop database if exists {postgres.DATABASE} with (force)")
    await _execute(
        server,
        f"create database {postgres.DATABASE} template {template_database} {AT_ONCE}",
    )
    with Attachment("reference-models", state):  # each command would start them anew
        yield state


@pytest.fixture(scope="module")
async def database(server: dict[str, str], template_database: str) -> AsyncIterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    await _execute(
        server, f"create database {name} template {template_database} owner rationale_owner"
    )
    yield name
    await _execute(server, f"drop database {name} with (force)")


@pytest.fixture(scope="module")
async def sessions(server: dict[str, str], database: str) -> AsyncIterator[Sessions]:
    engine = connect(postgres.url(server, "service", database), pool_size=5)
    yield Sessions(engine, MasterKeyVault(MASTER_KEY))
    await engine.dispose()


@pytest.fixture(scope="session")
def tenant() -> TenantId:
    return TenantId(uuid.UUID("01900000-0000-7000-8000-0000000000aa"))


@pytest.fixture(scope="session")
def other_tenant() -> TenantId:
    return TenantId(uuid.UUID("01900000-0000-7000-8000-0000000000bb"))


@pytest.fixture(scope="session")
def model_server() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "reference.server"],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    )
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())["address"]
    process.terminate()
    process.wait()
    process.stdout.close()


async def _execute(server: dict[str, str], statement: str) -> None:
    for _ in range(20):  # a template must have no other connection; one may just be closing
        connection = await asyncpg.connect(
            to_asyncpg(postgres.url(server, "superuser", "postgres"))
        )
        try:
            await connection.execute(statement)
        except asyncpg.ObjectInUseError:
            await asyncio.sleep(0.1)
            continue
        finally:
            await connection.close()
        return
    message = f"{statement}: the template stays in use"
    raise RuntimeError(message)
