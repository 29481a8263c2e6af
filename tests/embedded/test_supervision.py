"""The embedded database survives the death of anything around it."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from app.db.upgrade import to_asyncpg
from app.embedded import postgres
from app.embedded.attach import Attachment
from app.embedded.errors import EmbeddedServiceUnavailable
from app.embedded.home import home, secret
from app.embedded.postgres import is_reachable
from app.embedded.supervise import run_directory
from tests.conftest import state_folder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def own_state() -> Iterator[Path]:
    with state_folder() as folder:
        yield folder


@pytest.fixture
def attached(own_state: Path) -> Iterator[Attachment]:
    with Attachment("postgres", own_state) as attachment:
        yield attachment


async def query(endpoint: dict[str, str], statement: str) -> object:
    url = to_asyncpg(postgres.url(endpoint, "owner"))
    for _ in range(100):
        try:
            connection = await asyncpg.connect(url)
        except (OSError, asyncpg.PostgresError):
            await asyncio.sleep(0.1)
            continue
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()
    message = "the database did not come back"
    raise AssertionError(message)


async def server_pid(attachment: Attachment) -> int:
    """The server answers a moment before its supervisor announces it."""
    for _ in range(100):
        if (endpoint := attachment.current_endpoint()) is not None:
            return int(endpoint["pid"])
        await asyncio.sleep(0.05)
    message = "the server was not announced"
    raise AssertionError(message)


def supervisor_pid(state: Path) -> int:
    found = subprocess.run(
        ["pgrep", "-f", f"app.embedded.supervise postgres {state}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(found.stdout.split()[0])


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{pid}").exists()


async def test_rows_survive_the_kill_of_postmaster_and_supervisor(
    attached: Attachment, own_state: Path
) -> None:
    await query(attached.endpoint, "create table kept (n integer)")
    for number in range(3):
        await query(attached.endpoint, f"insert into kept values ({number})")
        os.kill(await server_pid(attached), signal.SIGKILL)
    assert await query(attached.endpoint, "select count(*) from kept") == 3
    os.kill(supervisor_pid(own_state), signal.SIGKILL)
    await asyncio.sleep(0.5)
    assert await query(attached.endpoint, "select count(*) from kept") == 3


async def test_a_second_process_shares_the_server_and_outlives_the_first(own_state: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from app.embedded.attach import Attachment;"
        "Attachment('postgres', Path(sys.argv[1])); print('up', flush=True); time.sleep(60)"
    )
    first = subprocess.Popen([sys.executable, "-c", script, str(own_state)], stdout=subprocess.PIPE)
    assert first.stdout is not None
    assert first.stdout.readline() == b"up\n"
    with Attachment("postgres", own_state) as second:
        pid = second.endpoint["pid"]
        first.kill()
        first.wait()
        first.stdout.close()
        await asyncio.sleep(2)
        assert await query(second.endpoint, "select 1") == 1
        endpoint = second.current_endpoint()
        assert endpoint is not None
        assert endpoint["pid"] == pid


def test_the_server_ends_when_nobody_uses_it(own_state: Path) -> None:
    with Attachment("postgres", own_state) as attachment:
        pid = int(attachment.endpoint["pid"])
    wait_until_gone(pid)
    assert not (run_directory(own_state, "postgres") / "ready.json").exists()


def test_a_folder_made_anew_never_meets_a_former_ones_database(own_state: Path) -> None:
    with Attachment("postgres", own_state) as attachment:
        former = attachment.endpoint
    wait_until_gone(int(former["pid"]))
    for entry in own_state.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    with Attachment("postgres", own_state) as attachment:
        assert attachment.endpoint["superuser_password"] != former["superuser_password"]
    wait_until_gone(int(attachment.endpoint["pid"]))


def test_a_password_that_does_not_fit_its_database_is_a_clear_refusal(own_state: Path) -> None:
    with Attachment("postgres", own_state) as attachment:
        pid = int(attachment.endpoint["pid"])
    wait_until_gone(pid)
    (own_state / "postgres-superuser").unlink()
    with pytest.raises(EmbeddedServiceUnavailable, match="Restore both from one backup"):
        Attachment("postgres", own_state)


def test_secrets_are_made_once_and_for_their_owner_alone(own_state: Path) -> None:
    assert secret(own_state, "master-key") == secret(own_state, "master-key")
    assert (own_state / "master-key").stat().st_mode & 0o077 == 0


def test_a_home_that_cannot_be_made_is_a_clear_refusal(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedServiceUnavailable, match="RATIONALE_HOME"):
        home(tmp_path / "file" / "below")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_can_run_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    place = Path("/var/tmp") / f"rationale-test-{os.getpid()}"  # noqa: S108 -- removed below
    place.mkdir(mode=0o755)
    os.chown(place, 65534, 65534)
    script = (
        "import sys; from pathlib import Path; from app.embedded.attach import Attachment;"
        "from app.embedded.home import home;"
        "a = Attachment('postgres', home(Path(sys.argv[1]))); print(a.endpoint['pid']); a.close()"
    )
    python, environment = sys.executable, {"HOME": str(place), "PATH": os.environ["PATH"]}
    if not is_reachable(Path(python).resolve(), pwd.getpwuid(65534)):
        # The same version of Python elsewhere, with this environment's packages.
        python = shutil.which("python3", path="/usr/bin:/usr/local/bin") or ""
        if not python or _version(python) != list(sys.version_info[:2]):
            shutil.rmtree(place)
            pytest.skip("no Python of this version can be reached by another user")
        if not is_reachable(ROOT, pwd.getpwuid(65534)):
            shutil.rmtree(place)
            pytest.skip(f"another user cannot reach {ROOT}")
        environment["PYTHONPATH"] = os.pathsep.join([sysconfig.get_path("purelib"), str(ROOT)])
    try:
        ran = subprocess.run(
            [python, "-c", script, str(place / "home")],
            user=65534,
            group=65534,
            extra_groups=[],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
            cwd=place,
        )
        assert ran.returncode == 0, ran.stderr
        assert int(ran.stdout) > 0
    finally:
        time.sleep(3)
        shutil.rmtree(place, ignore_errors=True)


def _version(python: str) -> list[int]:
    asked = subprocess.run(
        [python, "-c", "import sys; print(*sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(part) for part in asked.stdout.split()]
