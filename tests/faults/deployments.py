"""The service in its two forms, each with what can be killed in it and what is restarted then."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import httpx

from app.adapters.vault import MasterKeyVault
from app.db import tenants
from app.db.engine import Sessions, connect
from app.domain.access import Role
from app.domain.creditors import DEMO_CREDITOR
from app.embedded import postgres
from app.embedded.issuer import DevelopmentIssuer
from app.embedded.start import DEMO_TENANT
from app.embedded.supervise import run_directory
from tests.adapters.fake_identity_provider import FakeIdentityProvider
from tests.conftest import MASTER_KEY
from tests.faults.processes import ROOT, Launcher, Process, is_running, send
from tests.faults.rows import run_apart
from tests.faults.tcp_server import FAST, IMMEDIATE, TcpServer, free_port

KILL = signal.SIGKILL
READY_S = 60
HOW = {"postmaster": KILL, "restart, fast": FAST, "restart, immediate": IMMEDIATE}


class Deployment(Protocol):
    """A running service. Whoever operates it restarts what does not restart itself."""

    home: Path
    address: str
    targets: Mapping[str, int]
    database_url: str

    def token(self, role: Role) -> str:
        """Return a token of the tenant's."""
        ...

    def kill(self, target: str) -> bool:
        """Kill a part; False where it is not running just now."""
        ...

    def tend(self) -> None:
        """Start again what has died, as an orchestrator does."""
        ...

    def run(self, *arguments: str, timeout_s: float = 60) -> str:
        """Run a command of the product's beside the service; return what it printed."""
        ...


class Commands:
    """The API and workers of one deployment, kept running under the same settings."""

    def __init__(self, launcher: Launcher, folder: Path, settings: Mapping[str, str]) -> None:
        self._launcher = launcher
        self._folder = folder
        self.settings = {
            "LLM_DISABLED": "true",
            "AUDIT_CHECKPOINT_EVERY_S": "2",  # some, in a test that takes less than a minute
            **settings,
        }
        self._wanted: dict[str, tuple[Launcher, tuple[str, ...]]] = {}
        self._running: dict[str, Process] = {}

    def keep(self, name: str, *arguments: str, launcher: Launcher | None = None) -> None:
        """Start a command that is to run from now on."""
        self._wanted[name] = (launcher or self._launcher, arguments)
        self.tend()

    def tend(self) -> None:
        """Start again what has died."""
        for name, (launcher, arguments) in self._wanted.items():
            running = self._running.get(name)
            if running is None or not running.is_alive():
                self._running[name] = launcher.start(
                    *arguments, env=self.settings, log=self._folder / f"{name}.log"
                )

    def kill(self, name: str) -> bool:
        """Kill one command; False where it has just died."""
        alive = self._running[name].is_alive()
        self._running[name].kill()
        return alive

    def run(self, *arguments: str, timeout_s: float = 60) -> str:
        """Run a command to its end."""
        log = self._folder / f"{'-'.join(arguments[:2])}.{time.monotonic_ns()}.log"
        return self._launcher.run(*arguments, env=self.settings, log=log, timeout_s=timeout_s)

    def stop(self) -> None:
        """Ask all to end, and wait for it."""
        self._wanted.clear()
        for process in self._running.values():
            send(process.pid, signal.SIGTERM)
        for process in self._running.values():
            process.stop(30)


class Embedded:
    """`rationale serve` and a second worker; the supervisor keeps the database by itself."""

    targets: Mapping[str, int] = {"api": 3, "worker": 3, "postmaster": 3, "supervisor": 1}

    def __init__(self, launcher: Launcher, home: Path) -> None:
        self.home = home
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self._commands = Commands(launcher, home, {"RATIONALE_HOME": str(home)})
        self.run, self.tend = self._commands.run, self._commands.tend
        self._commands.keep("api", "serve", "--port", str(port))
        wait_until_ready(self)
        self._commands.keep("worker", "worker")
        endpoint = self._endpoint()
        assert endpoint is not None
        self.database_url = postgres.url(endpoint, "superuser")

    def token(self, role: Role) -> str:
        """Return a token of the development issuer."""
        return DevelopmentIssuer(self.home, "development").issue(
            role, DEMO_TENANT, now=datetime.now(UTC)
        )

    def kill(self, target: str) -> bool:
        """Kill a part; False where it is not running just now."""
        if target == "supervisor":
            pid = _supervisor_of(self.home)
        elif target == "postmaster":
            endpoint = self._endpoint()
            pid = None if endpoint is None else int(endpoint["pid"])
        else:
            return self._commands.kill(target)
        if pid is None or not is_running(pid):
            return False
        send(pid, KILL)
        return True

    def _endpoint(self) -> dict[str, str] | None:
        try:
            found = (run_directory(self.home, "postgres") / "ready.json").read_text()
        except OSError:
            return None
        return dict(json.loads(found))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._commands.stop()


class OverTcp:
    """API, two workers and reference models against a server of their operator's."""

    targets: Mapping[str, int] = {
        "api": 3,
        "worker-1": 2,
        "worker-2": 2,
        "postmaster": 3,
        "restart, fast": 1,
        "restart, immediate": 1,
    }

    def __init__(
        self,
        launcher: Launcher,
        home: Path,
        server: TcpServer,
        *,
        workers: Sequence[Launcher] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.home = home
        self.server = server
        self.database_url = server.owner_url
        self._provider = FakeIdentityProvider()
        self.models_port = free_port()
        self.start_models()
        models = f"http://127.0.0.1:{self.models_port}"
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self._commands = Commands(
            launcher,
            home,
            {
                "RATIONALE_HOME": str(home),
                "DATABASE_URL": server.url("rationale_service"),
                "DATABASE_OWNER_URL": server.owner_url,
                "RATIONALE_MASTER_KEY": MASTER_KEY.hex(),
                "OIDC_ISSUER": self._provider.issuer,
                "OIDC_JWKS_URL": self._provider.jwks_url,
                "SCORING_URL": models,
                "PRICING_URL": models,
                **(settings or {}),
            },
        )
        self.run, self.tend = self._commands.run, self._commands.tend
        assert "at revision" in self.run("db", "upgrade", timeout_s=300)
        self._commands.keep("api", "serve", "--port", str(port))
        wait_until_ready(self)
        self._open_tenant(models)
        for n, started_by in enumerate(workers or (launcher, launcher), start=1):
            self._commands.keep(f"worker-{n}", "worker", launcher=started_by)

    def token(self, role: Role) -> str:
        """Return a token of the identity provider's."""
        return self._provider.token(
            sub=f"{role}@lender.example",
            tenant=str(DEMO_TENANT),
            roles=[role.value],
            exp=datetime.now(UTC) + timedelta(hours=8),
        )

    def kill(self, target: str) -> bool:
        """Kill a part; a server that was killed or stopped is started again at once."""
        if target not in HOW:
            return self._commands.kill(target)
        self.server.stop(HOW[target])
        self.server.start()
        return True

    def start_models(self) -> None:
        """Start the scoring and pricing server, and wait until it listens."""
        self._models = subprocess.Popen(
            [sys.executable, "-m", "reference.server", "--port", str(self.models_port)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        assert self._models.stdout is not None
        assert self._models.stdout.readline()

    def kill_models(self) -> None:
        """Kill the scoring and pricing server."""
        self._models.kill()
        self._models.wait()
        assert self._models.stdout is not None
        self._models.stdout.close()

    def _open_tenant(self, models: str) -> None:
        """Make the lender, and register its model as compliance does."""
        service = self.server.url("rationale_service")

        async def ensure() -> None:
            sessions = Sessions(connect(service), MasterKeyVault(MASTER_KEY))
            async with sessions.begin(DEMO_TENANT) as tx:
                await tenants.ensure(tx, "Example", DEMO_CREDITOR, at=datetime.now(UTC))
            await sessions.engine.dispose()

        run_apart(ensure())
        scoring = next(
            model
            for model in httpx.get(f"{models}/models").json()["models"]
            if model["kind"] == "scoring" and "inputs" in model
        )
        described = httpx.get(
            f"{models}/models/{scoring['name']}/{scoring['version']}/registration"
        ).json()
        for part in (described, *described["references"].values()):
            part.pop("kind")  # the server's word for what the registry knows by its place
        registered = httpx.post(
            f"{self.address}/v1/models",
            json=described,
            headers={"Authorization": f"Bearer {self.token(Role.COMPLIANCE)}"},
            timeout=30,
        )
        assert registered.status_code in {201, 409}, registered.text

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._commands.stop()
        self._provider.close()
        self.kill_models()


def wait_until_ready(deployment: Deployment, timeout_s: float = READY_S) -> None:
    """Wait until the API answers that it can serve."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            if httpx.get(f"{deployment.address}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, "the API does not become ready"
        deployment.tend()
        time.sleep(0.05)


def _supervisor_of(home: Path) -> int | None:
    found = subprocess.run(
        ["pgrep", "-f", f"app.embedded.supervise postgres {home}"],
        capture_output=True,
        text=True,
        check=False,
    )
    return int(found.stdout.split()[0]) if found.stdout else None
