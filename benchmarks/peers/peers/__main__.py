"""Load a library's database, or answer queries from it: see the README for the protocol."""

import argparse
import asyncio
import importlib.metadata
import itertools
import json
import logging
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import psycopg

from peers import data
from peers.peer import ANSWERS, Peer, Search, with_driver

PEERS = ("langchain", "llama-index", "llama-index-fusion", "haystack")
WARM_UP = 50


def choose(name: str) -> Peer:
    """Return the peer of that name; imports that library alone."""
    # ruff: noqa: PLC0415 -- each process holds one library
    os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # read when Haystack is imported
    if name == "langchain":
        from peers.langchain import LangChain

        return LangChain()
    if name == "haystack":
        from peers.haystack import Haystack

        return Haystack()
    from peers.llama_index import LlamaIndex

    return LlamaIndex(is_fused=name == "llama-index-fusion")


async def load(name: str, dsn: str, folder: Path) -> None:
    """Fill the database and index it, telling how far it is; last, one line with the time taken."""
    peer = choose(name)
    passages = data.passages(folder)
    began = time.perf_counter()
    done = 0

    def progress(more: int) -> None:
        nonlocal done
        done += more
        sys.stderr.write(f"{name}: {done} of {len(passages)} passages\n")

    await peer.load(dsn, passages, progress)
    with psycopg.connect(with_driver(dsn, None), autocommit=True) as connection:
        connection.execute("vacuum (analyze)")  # also empties the word index's list of new rows
    taken = round(time.perf_counter() - began, 2)
    print(json.dumps({"peer": name, "passages": len(passages), "seconds": taken}))


async def serve(
    name: str, dsn: str, folder: Path, *, candidates: int | None, concurrency: int, warm_up: int
) -> None:
    """Answer the query ids on standard input until it ends, `concurrency` of them at a time."""
    out = _own_stdout()
    threads = ThreadPoolExecutor(concurrency + 1)  # one more waits for standard input
    asyncio.get_running_loop().set_default_executor(threads)
    peer = choose(name)
    queries = data.queries(folder)
    search = await peer.open(
        dsn, queries, candidates=candidates or peer.candidates, connections=concurrency
    )
    for query in itertools.islice(itertools.cycle(queries), warm_up):
        await search(query)
    version = importlib.metadata.version(peer.distribution)
    _say(out, {"ready": name, "distribution": peer.distribution, "version": version})
    await _answer(search, {query.id: query for query in queries}, out, concurrency)
    await peer.close()


async def _answer(
    search: Search, queries: dict[str, data.Text], out: IO[str], concurrency: int
) -> None:
    asked: asyncio.Queue[str | None] = asyncio.Queue(maxsize=2 * concurrency)

    async def work() -> None:
        while (qid := await asked.get()) is not None:
            if qid not in queries:
                _say(out, {"qid": qid, "error": "There is no query of that id."})
                continue
            began = time.perf_counter()
            ids = await search(queries[qid])
            ms = 1000 * (time.perf_counter() - began)
            _say(out, {"qid": qid, "ms": round(ms, 3), "ids": ids[:ANSWERS]})

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(work())
        while line := await asyncio.to_thread(sys.stdin.readline):
            if qid := line.strip():
                await asked.put(qid)
        for _ in range(concurrency):
            await asked.put(None)


def _own_stdout() -> IO[str]:
    """Keep standard output for answers; what a library prints goes to standard error."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


def _say(out: IO[str], what: dict[str, Any]) -> None:
    out.write(json.dumps(what) + "\n")
    out.flush()


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="peers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for command, meaning in (("load", load.__doc__), ("serve", serve.__doc__)):
        of = commands.add_parser(command, help=meaning, description=meaning)
        of.add_argument("--peer", choices=PEERS, required=True)
        of.add_argument("--dsn", required=True, help="postgresql://…, a database of its own")
        of.add_argument("--data", type=Path, required=True, help="the data folder")
        if command == "serve":
            of.add_argument("--candidates", type=int, help="for each half; else the peer's best")
            of.add_argument("--concurrency", type=int, default=1)
            of.add_argument("--warm-up", type=int, default=WARM_UP, help="searches before ready")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.ERROR)
    if options.command == "load":
        asyncio.run(load(options.peer, options.dsn, options.data))
    else:
        asyncio.run(
            serve(
                options.peer,
                options.dsn,
                options.data,
                candidates=options.candidates,
                concurrency=options.concurrency,
                warm_up=options.warm_up,
            )
        )


if __name__ == "__main__":
    main()
