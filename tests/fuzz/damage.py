"""Real documents, damaged where their structure is: what a parser meets from outside."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

SHORT = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
LONG = settings(SHORT, max_examples=5000)
# Each fuzz has a short form for every run and one that runs for minutes.
EFFORTS = pytest.mark.parametrize(
    "effort",
    [
        pytest.param(SHORT, id="short"),
        pytest.param(LONG, id="long", marks=[pytest.mark.long, pytest.mark.timeout(1800)]),
    ],
)
TEXTS = st.one_of(
    st.sampled_from(
        ["", " ", "\x00", "a\x00b", "\ud800", "\u202e", "\u2028", "NaN", "Infinity", "-0", "1e999999",
         "9" * 400, "٣", "{", "}", "{x:usd}", "../..", "<b>", "true", "null", "2026-02-30T00:00:00Z"]
    ),
    st.text(max_size=30),
)  # fmt: skip
NUMBERS = st.one_of(
    st.sampled_from([0, -1, 2**53, 10**400, -(10**30), 1e308, 5e-324, 0.1]),
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda below: st.one_of(
        st.lists(below, max_size=3), st.dictionaries(st.text(max_size=8), below, max_size=3)
    ),
    max_leaves=6,
)
DEEP = "[" * 3000 + "]" * 3000  # deeper than any reader goes down
# One change: where (as a share of all places), what is done there, and with which value.
CHANGE = st.tuples(
    st.integers(0, 9999), st.sampled_from(["put", "put", "drop", "twice", "rename"]), VALUES, TEXTS
)
CHANGES = st.lists(CHANGE, min_size=1, max_size=4)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    below = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value if isinstance(value, list) else ())
    )
    for name, held in below:
        yield from places(held, (*path, name))


def damaged(document: Any, changes: list[tuple[int, str, Any, str]]) -> Any:
    held = deepcopy(document)
    for where, how, value, name in changes:
        found = list(places(held))
        path = found[where % len(found)]
        if not path:
            held = value if how == "put" else held
            continue
        above = held
        for step in path[:-1]:
            above = above[step]
        last = path[-1]
        if how == "put":
            above[last] = value
        elif how == "drop":
            del above[last]
        elif how == "twice" and isinstance(above, list):
            above.insert(last, above[last])
        elif how == "rename" and isinstance(above, dict):
            above[name] = above.pop(last)
    return held


def as_json(document: Any) -> bytes:
    return json.dumps(document).encode()


@asynccontextmanager
async def answering() -> AsyncIterator[tuple[str, dict[str, bytes]]]:
    """A server that answers each path with the bytes that `answers` holds for its end."""
    answers: dict[str, bytes] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                lengths = [x for x in head.lower().split("\r\n") if x.startswith("content-length:")]
                if lengths:
                    await reader.readexactly(int(lengths[0].partition(":")[2]))
                path = head.split(" ")[1]
                body = next((held for end, held in answers.items() if path.endswith(end)), b"{}")
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                    + str(len(body)).encode()
                    + b"\r\n\r\n"
                    + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", answers
    finally:
        server.close()
