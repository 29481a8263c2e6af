"""What runs out comes back: connections, the database's disk, the folder of checkpoints and keys."""

import asyncio
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg
import httpx
import pytest

from app.db.upgrade import to_asyncpg
from app.domain.access import Role
from tests.api.test_thread import recorded_decision
from tests.faults import balance
from tests.faults.deployments import OverTcp
from tests.faults.load import Clients
from tests.faults.processes import Launcher
from tests.faults.rows import number, run_apart
from tests.faults.tcp_server import TcpServer

SETTLED_S = 120
SPARE = 40 * 2**20  # bytes of room that a full disk once had


def client(deployment: OverTcp) -> httpx.Client:
    return httpx.Client(
        base_url=deployment.address,
        headers={"Authorization": f"Bearer {deployment.token(Role.SERVICE)}"},
        timeout=30,
    )


def test_without_a_free_connection_requests_are_put_off_and_then_served(
    launcher: Launcher, home: Path, fresh_server: TcpServer
) -> None:
    settings = {"RATIONALE_POOL_SIZE": "1", "RATIONALE_POOL_TIMEOUT_S": "0.3"}
    with (
        OverTcp(launcher, home, fresh_server, settings=settings) as deployment,
        client(deployment) as http,
    ):
        bodies = [recorded_decision() for _ in range(16)]

        def post(body: dict[str, object]) -> int:
            return http.post("/v1/decisions", json=body).status_code

        locked, done = threading.Event(), threading.Event()

        async def hold() -> None:
            connection = await asyncpg.connect(to_asyncpg(fresh_server.owner_url))
            async with connection.transaction():
                await connection.execute("lock table decision_keys in exclusive mode")
                locked.set()
                await asyncio.to_thread(done.wait, 30)
            await connection.close()

        with ThreadPoolExecutor(20) as many:
            holding = many.submit(run_apart, hold())
            assert locked.wait(20)
            waiting = [many.submit(post, body) for body in bodies]
            time.sleep(2)
            assert http.get("/livez").status_code == 200
            done.set()
            holding.result()
            statuses = Counter(answer.result() for answer in waiting)
        assert set(statuses) <= {201, 429, 503}, statuses
        assert statuses[503] + statuses[429] >= 8, statuses
        assert [post(body) for body in bodies] == [201] * len(bodies)
        assert number(deployment.database_url, "select count(*) from decisions") == len(bodies)


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A disk of `size` bytes; the test is skipped where nothing may be mounted."""
    folder.mkdir(parents=True)
    options = ("-t", "tmpfs", "-o", f"size={size},mode=0711", "tmpfs", str(folder))
    mounted = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"NOT TESTED, a full disk: mounting is not allowed here ({mounted.stderr})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, *, leave: int = 0) -> Path:
    """Take all the room there is on a disk, but for some bytes."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file, suppress(OSError):
        while shutil.disk_usage(disk).free > leave:
            file.write(bytes(min(2**20, shutil.disk_usage(disk).free - leave)))
            file.flush()
    return ballast


@pytest.fixture
def cramped(tcp_server: TcpServer, short_folder: Path) -> Iterator[TcpServer]:
    """The prepared cluster on a disk of its own with little room left."""
    tcp_server.stop()
    size = sum(f.stat().st_size for f in tcp_server.data.rglob("*") if f.is_file())
    with small_disk(short_folder / "disk", size + SPARE) as disk:
        subprocess.run(["cp", "-a", tcp_server.data, disk], check=True)
        server = tcp_server.on(disk)
        server.start(max_wal_size="32MB", min_wal_size="32MB")
        yield server
        server.stop()


@pytest.fixture
def short_folder(prepared: Path) -> Path:
    return prepared / "apart"


@pytest.mark.parametrize("to_the_end", [False, pytest.param(True, marks=pytest.mark.long)])
def test_a_full_disk_refuses_and_loses_nothing(
    launcher: Launcher, home: Path, cramped: TcpServer, *, to_the_end: bool
) -> None:
    with OverTcp(launcher, home, cramped) as deployment, client(deployment) as http:
        clients = Clients(deployment, 1, pause_s=0.02)
        time.sleep(2)
        ballast = fill(cramped.folder)
        refused = first_refusal(http)
        time.sleep(1)
        before = len(clients.ledger.decisions)
        ballast.unlink()
        cramped.start(max_wal_size="32MB")  # a server that could not write its log has ended
        deadline = time.monotonic() + SETTLED_S
        while len(clients.ledger.decisions) < before + 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        clients.stop()
        assert refused.status_code == 503, refused.text
        assert refused.headers["Retry-After"]
        assert len(clients.ledger.decisions) >= before + 3
        balance.check_kept(deployment, clients.ledger)
        if to_the_end:
            balance.seconds_until_settled(deployment, time.monotonic(), SETTLED_S)
            balance.check(deployment, clients.ledger)


def first_refusal(http: httpx.Client) -> httpx.Response:
    """Record decisions until there is no room for another."""
    deadline = time.monotonic() + SETTLED_S
    while time.monotonic() < deadline:
        answer = http.post("/v1/decisions", json=recorded_decision())
        if answer.status_code != 201:
            return answer
    message = "the disk never filled"
    raise AssertionError(message)


@pytest.mark.long
def test_a_full_folder_of_keys_and_checkpoints_stops_no_decision(
    launcher: Launcher, home: Path, fresh_server: TcpServer, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "outside", 2**16) as disk:
        (disk / "checkpoints").mkdir()
        (disk / "keys").mkdir()
        ballast = fill(disk)
        folders = {
            "AUDIT_CHECKPOINTS": str(disk / "checkpoints"),
            "RECEIPT_KEYS": str(disk / "keys"),
        }
        with (
            OverTcp(launcher, home, fresh_server, settings=folders) as deployment,
            client(deployment) as http,
        ):
            recorded = http.post("/v1/decisions", json=recorded_decision())
            assert recorded.status_code == 201
            receipt = f"/v1/decisions/{recorded.json()['id']}/receipt"
            balance.seconds_until_settled(deployment, time.monotonic(), SETTLED_S)
            assert http.get(receipt).status_code == 503
            ballast.unlink()
            assert http.get(receipt).status_code == 200
            http.post("/v1/decisions", json=recorded_decision())
            deadline = time.monotonic() + 30
            while not [*(disk / "checkpoints").rglob("*.json*")] and time.monotonic() < deadline:
                time.sleep(0.1)
            assert [*(disk / "checkpoints").rglob("*.json*")]
            assert "WHOLE: " in deployment.run("audit", "verify")
