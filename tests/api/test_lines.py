"""Lines in pieces, and answers to a client that does not read."""

import asyncio
import itertools
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from app.api.limits import BodyLimit
from app.api.lines import Line, LineSplitter, LinesResponse

BODIES = st.lists(st.sampled_from([b"\n", b" ", b"\r", b"a", b"bc", b"d" * 9]), max_size=40)


@given(pieces=BODIES, cuts=st.lists(st.integers(0, 40), max_size=8))
def test_however_a_body_arrives_its_lines_are_the_same(
    pieces: list[bytes], cuts: list[int]
) -> None:
    whole = b"".join(pieces)
    longest = 8
    expected = [
        Line(number, None if len(content) > longest else content)
        for number, content in enumerate(whole.split(b"\n"), start=1)
        if len(content) > longest or content.strip()
    ]
    splitter = LineSplitter(longest)
    found: list[Line] = []
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    for begin, end in itertools.pairwise(edges):
        found += splitter.feed(whole[begin:end])
    assert found + splitter.end() == expected


async def lines(number: int, made: list[int]) -> AsyncGenerator[bytes, None]:
    for at in range(number):
        made.append(at)
        yield b"%010d\n" % at


async def never() -> Message:
    raise AssertionError("the body is the work's to read")


async def test_the_work_runs_ahead_of_a_client_by_so_much_and_no_more() -> None:
    made: list[int] = []
    reads = asyncio.Event()
    sent: list[bytes] = []

    async def send(message: Message) -> None:
        await reads.wait()
        sent.append(message.get("body", b""))

    response = LinesResponse(lines(100, made), most_waiting=10 * 11, stalled_s=60)
    sending = asyncio.create_task(response({"type": "http"}, never, send))
    for _ in range(200):
        await asyncio.sleep(0)
    assert len(made) == 11  # ten wait, one more is in hand
    reads.set()
    await sending
    assert b"".join(sent) == b"".join(b"%010d\n" % at for at in range(100))


async def test_a_failure_of_the_work_is_raised_as_it_is() -> None:
    async def failing() -> AsyncGenerator[bytes, None]:
        yield b"1\n"
        raise LookupError

    async def send(message: Message) -> None:
        pass

    with pytest.raises(LookupError):
        await LinesResponse(failing())({"type": "http"}, never, send)


async def test_a_client_that_stalls_is_let_go() -> None:
    made: list[int] = []

    async def send(message: Message) -> None:
        if message.get("body"):
            await asyncio.Event().wait()

    response = LinesResponse(lines(100, made), most_waiting=22, stalled_s=0.05)
    await asyncio.wait_for(response({"type": "http"}, never, send), 10)
    assert len(made) < 10


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    async def pieces() -> AsyncGenerator[bytes, None]:
        while True:
            message = await receive()
            yield message["body"]
            if not message["more_body"]:
                return

    await LinesResponse(pieces())(scope, receive, send)


@pytest.mark.parametrize(
    ("sizes", "answered"),
    [((4, 4, 0), 8), ((4, 4, 4, 4), 8), ((4,), 4)],
    ids=["within", "beyond its bound", "not continued"],
)
async def test_a_stream_is_passed_on_piece_by_piece_within_its_bounds(
    sizes: tuple[int, ...], answered: int
) -> None:
    waiting = iter(sizes)
    sent: list[Message] = []

    async def receive() -> Message:
        size = next(waiting, None)
        if size is None:
            await asyncio.Event().wait()
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x" * (size or 0), "more_body": bool(size)}

    async def send(message: Message) -> None:
        sent.append(message)

    limit = BodyLimit(echo, 10, streamed={"/s"}, stream_idle_s=0.5)
    scope = {"type": "http", "path": "/s", "headers": [], "method": "POST"}
    async with asyncio.timeout(20):
        await limit(scope, receive, send)
    assert sum(len(message.get("body", b"")) for message in sent) == answered
    assert sent[-1]["more_body"] is (sizes[-1] != 0)
