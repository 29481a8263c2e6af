"""The product's search beside three libraries' hybrid search: one server, one run, equal vectors.

`uv run python -m benchmarks.search_beside_peers --obliqa DIR --passages 100000` writes
`benchmarks/results/search_beside_peers.json`. The systems are asked in turn, one question at a
time, so that whatever else the machine does falls on all of them alike; then each alone by four
clients at a time. The time runs from the question's text and vector to the ids. Beside it stands
how much of the exact nearest ten the product finds where filters keep 1 to 100 % of the passages.

With `--question-map` the product is measured as it ships too: questions taken apart and mapped.
Only questions of one fold are asked, and for figures out of fold the map must have been learned
without it: `python -m retrieval.train_question_map --obliqa DIR --leave-out 0 --out FILE`.
"""

import argparse
import asyncio
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import asyncpg
import numpy as np

from app.db.upgrade import to_asyncpg
from app.embedded import postgres
from app.embedded.attach import Attachment
from app.embedded.home import home
from benchmarks import search_data, search_filtered, search_product
from benchmarks.peer_tables import print_filtered, print_systems
from benchmarks.peers.peers.scores import ndcg, recall

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
PEERS = ("langchain", "llama-index", "llama-index-fusion", "haystack")
PRODUCT, SHIPPED = "rationale", "rationale as shipped"
CLIENTS = 4


class SystemFailed(Exception):
    """A system under test ended or answered with an error."""


@dataclass(slots=True)
class Round:
    """What one round measured of one system."""

    ms: list[float] = field(default_factory=list)
    per_second_by_four: float = 0.0


class Worker:
    """A system's `serve`, asked over its standard input."""

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        self.name = name
        self._log = log
        self._process = subprocess.Popen(  # noqa: S603 -- our own programs, no shell
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log.open("ab"),
            text=True,
        )
        self.ready = self._line()

    def ask(self, qid: str) -> tuple[float, list[str]]:
        """Return the milliseconds and the ids."""
        self._send(f"{qid}\n")
        answer = self._line()
        return answer["ms"], answer["ids"]

    def ask_all(self, qids: Sequence[str]) -> float:
        """Return the seconds from the first question to the last answer."""
        began = time.perf_counter()
        self._send("".join(f"{qid}\n" for qid in qids))
        for _ in qids:
            self._line()
        return time.perf_counter() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _send(self, words: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(words)
        self._process.stdin.flush()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": f"see {self._log}"}
        if "error" in answer:
            raise SystemFailed(f"{self.name}: {answer['error']}")
        return answer


@dataclass(frozen=True, slots=True)
class System:
    """A system under test: its name and how `serve` is started for some number of clients."""

    name: str
    command: Callable[[int], list[str]]


class Server:
    """The embedded server and the databases on it; what is loaded is loaded once."""

    def __init__(self, endpoint: dict[str, str]) -> None:
        self._endpoint = endpoint

    def url(self, role: str, database: str) -> str:
        """Return a database's address."""
        return postgres.url(self._endpoint, role, database)

    async def version(self) -> str:
        """Return PostgreSQL's and pgvector's versions."""
        connection = await asyncpg.connect(to_asyncpg(self.url("superuser", "postgres")))
        try:
            return str(
                await connection.fetchval(
                    "select format('PostgreSQL %s, pgvector %s, shared_buffers %s', "
                    "current_setting('server_version'), (select default_version from "
                    "pg_available_extensions where name = 'vector'), "
                    "current_setting('shared_buffers'))"
                )
            )
        finally:
            await connection.close()

    async def filled(self, database: str, fill: Callable[[], Coroutine[Any, Any, None]]) -> float:
        """Make a database and fill it, unless an earlier run did; return the seconds it took."""
        connection = await asyncpg.connect(to_asyncpg(self.url("superuser", "postgres")))
        try:
            said = await connection.fetchval(
                "select shobj_description(oid, 'pg_database') from pg_database where datname = $1",
                database,
            )
            if said is not None:
                return float(said)
            await connection.execute(f"drop database if exists {database} with (force)")
            await connection.execute(f"create database {database} owner rationale_owner")
            # One library commits row by row; searches write nothing.
            await connection.execute(f"alter database {database} set synchronous_commit = off")
            began = time.perf_counter()
            await fill()
            took = round(time.perf_counter() - began, 1)
            await connection.execute(f"comment on database {database} is '{took}'")
            return took
        finally:
            await connection.close()


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--obliqa", type=Path, required=True, help="the folder of ObliQA's files")
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", default=",".join(PEERS), help="a,b,c or none")
    parser.add_argument("--question-map", type=Path, help="measure the product as shipped too")
    parser.add_argument("--filtered", type=int, default=100, help="questions; 0 leaves it out")
    parser.add_argument("--home", type=Path, help="keep the databases here for another run")
    parser.add_argument("--json", type=Path, default=RESULTS / "search_beside_peers.json")
    options = parser.parse_args()
    peers = [] if options.peers == "none" else options.peers.split(",")
    if unknown := set(peers) - set(PEERS):
        parser.error(f"no such peer: {', '.join(sorted(unknown))}")
    with _state(options.home) as state, Attachment("postgres", state) as attachment:
        asyncio.run(_run(Server(attachment.endpoint), state, peers, options))


async def _run(
    server: Server, state: Path, peers: Sequence[str], options: argparse.Namespace
) -> None:
    folder = state / f"data-{options.passages}-{options.queries}"
    search_data.make(folder, options.obliqa, options.passages, options.queries)
    data = search_data.read(folder)
    log = state / "systems.log"
    loads = await _load(server, folder, data, peers, log)
    systems = [*_product(server, folder, len(data.ids), options.question_map)]
    systems += [_peer(server, folder, len(data.ids), name) for name in peers]
    rounds, answers, versions, loaded_machine = _measure(systems, data, options.rounds, log)
    report: dict[str, Any] = {
        "passages": len(data.ids),
        "queries": len(data.queries),
        "rounds": options.rounds,
        "machine": {
            "cores": os.cpu_count(),
            "platform": platform.machine(),
            "python": platform.python_version(),
            "server": await server.version(),
            "load_average_by_round": loaded_machine,
        },
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "load_seconds": loads,
        "systems": {
            system.name: _summary(
                rounds[system.name], answers[system.name], data.grades, versions[system.name]
            )
            for system in systems
        },
    }
    print_systems(report, peers, CLIENTS)
    if options.filtered:
        report["filtered"] = await _filtered(server, data, options.filtered)
        print_filtered(report["filtered"])
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(report, indent=1) + "\n")


async def _load(
    server: Server, folder: Path, data: search_data.Data, peers: Sequence[str], log: Path
) -> dict[str, float]:
    size = len(data.ids)
    name = f"product_{size}"

    async def product() -> None:
        await search_product.load(server.url("owner", name), data, search_product.whole(data))

    seconds = {PRODUCT: await server.filled(name, product)}
    for peer in peers:
        database = _database(peer, size)

        async def library(peer: str = peer, database: str = database) -> None:
            arguments = ["--dsn", server.url("owner", database), "--data", str(folder)]
            await asyncio.to_thread(
                subprocess.run,
                [*_of_peers("load", peer), *arguments],
                cwd=ROOT,
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=log.open("ab"),
            )

        seconds[peer] = await server.filled(database, library)
    return seconds


def _product(
    server: Server, folder: Path, size: int, question_map: Path | None
) -> Iterator[System]:
    arguments = ["--dsn", server.url("service", f"product_{size}"), "--data", str(folder)]
    command = [sys.executable, "-m", "benchmarks.search_product", *arguments]
    yield System(PRODUCT, lambda clients: [*command, "--concurrency", str(clients)])
    if question_map is not None:
        mapped = [*command, "--question-map", str(question_map)]
        yield System(SHIPPED, lambda clients: [*mapped, "--concurrency", str(clients)])


def _peer(server: Server, folder: Path, size: int, name: str) -> System:
    arguments = ["--dsn", server.url("owner", _database(name, size)), "--data", str(folder)]
    command = [*_of_peers("serve", name), *arguments]
    return System(name, lambda clients: [*command, "--concurrency", str(clients)])


def _of_peers(command: str, name: str) -> list[str]:
    project = ["uv", "run", "--locked", "--project", str(ROOT / "benchmarks" / "peers")]
    return [*project, "python", "-m", "peers", command, "--peer", name]


def _database(peer: str, size: int) -> str:
    """Return a peer's database; the two ways of LlamaIndex share one."""
    return f"{peer.removesuffix('-fusion').replace('-', '_')}_{size}"


def _measure(
    systems: Sequence[System], data: search_data.Data, rounds: int, log: Path
) -> tuple[
    dict[str, list[Round]], dict[str, dict[str, list[str]]], dict[str, str], list[list[float]]
]:
    """Ask the systems in turn, question by question; then each alone by several clients."""
    measured: dict[str, list[Round]] = {
        system.name: [Round() for _ in range(rounds)] for system in systems
    }
    answers: dict[str, dict[str, list[str]]] = {system.name: {} for system in systems}
    loads = []
    with _workers(systems, 1, log) as workers:
        versions = {worker.name: str(worker.ready["version"]) for worker in workers}
        for number in range(rounds):
            for at, qid in enumerate(data.query_ids, start=1):
                for worker in workers:
                    ms, ids = worker.ask(qid)
                    measured[worker.name][number].ms.append(ms)
                    answers[worker.name][qid] = ids
                sys.stderr.write(f"\rround {number + 1}: {at} of {len(data.query_ids)} ")
            loads.append([round(load, 2) for load in os.getloadavg()])
    with _workers(systems, CLIENTS, log) as workers:
        for number in range(rounds):
            for worker in workers:
                took = worker.ask_all(data.query_ids)
                measured[worker.name][number].per_second_by_four = len(data.query_ids) / took
            sys.stderr.write(f"\rround {number + 1} by {CLIENTS} clients ")
            loads.append([round(load, 2) for load in os.getloadavg()])
    sys.stderr.write("\n")
    return measured, answers, versions, loads


@contextmanager
def _workers(systems: Sequence[System], clients: int, log: Path) -> Iterator[list[Worker]]:
    workers: list[Worker] = []
    try:
        for system in systems:
            sys.stderr.write(f"\rstarting {system.name}            ")
            workers.append(Worker(system.name, system.command(clients), log))
        yield workers
    finally:
        for worker in workers:
            worker.__exit__()


def _summary(
    rounds: Sequence[Round],
    answers: dict[str, list[str]],
    grades: dict[str, dict[str, int]],
    version: str,
) -> dict[str, Any]:
    return {
        "version": version,
        "p50_ms": _spread([float(np.percentile(r.ms, 50)) for r in rounds]),
        "p95_ms": _spread([float(np.percentile(r.ms, 95)) for r in rounds]),
        "per_second_by_one": _spread([1000 * len(r.ms) / sum(r.ms) for r in rounds]),
        f"per_second_by_{CLIENTS}": _spread([r.per_second_by_four for r in rounds]),
        "ndcg_at_10": round(statistics.mean(ndcg(answers[q], grades[q]) for q in answers), 4),
        "recall_at_10": round(statistics.mean(recall(answers[q], grades[q]) for q in answers), 4),
    }


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {
        "min": round(min(values), 2),
        "median": round(statistics.median(values), 2),
        "max": round(max(values), 2),
    }


async def _filtered(
    server: Server, data: search_data.Data, questions: int
) -> list[dict[str, object]]:
    size = len(data.ids)
    name = f"filtered_{size}"

    async def fill() -> None:
        bundles = search_filtered.bundles(size)
        await search_product.load(server.url("owner", name), data, bundles)

    await server.filled(name, fill)
    reports = await search_filtered.measure(
        server.url("service", name), data, search_filtered.CASES, questions
    )
    return reports + await search_filtered.measure(
        server.url("service", f"product_{size}"), data, [search_filtered.SEEN_BY_ALL], questions
    )


@contextmanager
def _state(kept: Path | None) -> Iterator[Path]:
    """Give a state folder that the database's own user can reach."""
    if kept is not None:
        yield home(kept)
        return
    outer = Path(tempfile.mkdtemp(prefix="rationale-benchmark-", dir="/var/tmp"))
    outer.chmod(0o711)
    state = home(outer / "home")
    state.chmod(0o711)
    yield state
    deadline = time.monotonic() + 15
    while list(state.glob("run/*/ready.json")) and time.monotonic() < deadline:
        time.sleep(0.1)  # the server ends by itself once nobody uses it
    shutil.rmtree(outer, ignore_errors=True)


if __name__ == "__main__":
    main()
