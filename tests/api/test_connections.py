"""What comes before a request is bounded: heads, time, connections, answers nobody reads."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.api import connections
from app.api.connections import MAX_HEAD, MAX_HEADERS, MAX_TARGET, BoundedHttp
from tests.api.limited import Limited, limited, parsed

GET = b"GET /livez HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
async def strict(state: Path) -> AsyncIterator[Limited]:
    patched = pytest.MonkeyPatch()
    patched.setattr(BoundedHttp, "head_timeout_s", 0.5)
    patched.setattr(BoundedHttp, "stall_s", 0.5)
    patched.setattr(connections, "LINGER_S", 0.5)
    async with limited(state, body_timeout_s=0.5, max_connections=30) as service:
        yield service
    patched.undo()


REFUSED_HEADS = [
    ("target", b"GET /" + b"a" * MAX_TARGET + b" HTTP/1.1\r\n", 414),
    ("target without end", b"GET /" + b"a" * 300_000, 414),
    ("a large header", GET + b"X-A: " + b"a" * MAX_HEAD + b"\r\n\r\n", 431),
    ("a header without end", GET + b"X-A: " + b"a" * 300_000, 431),
    ("a name without end", GET + b"a" * 300_000, 431),
    ("many headers", GET + b"X-A: a\r\n" * MAX_HEADERS + b"\r\n", 431),
    ("no HTTP", b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
    ("two lengths", GET + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    (
        "length and chunks",
        GET + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    ("a space before the colon", GET + b"X-A : a\r\n\r\n", 400),
    ("half a head", GET, 408),
    ("nothing", b"", 408),
]


@pytest.mark.parametrize(
    ("sent", "status"),
    [case[1:] for case in REFUSED_HEADS],
    ids=[case[0] for case in REFUSED_HEADS],
)
async def test_a_head_too_large_too_slow_or_malformed_is_a_problem(
    strict: Limited, sent: bytes, status: int
) -> None:
    answered, headers, body = await strict.raw(sent)
    assert (answered, body["status"]) == (status, status)
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers


async def test_a_head_that_trickles_has_no_longer_than_one_that_stops(strict: Limited) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", strict.port)
    answer = asyncio.create_task(reader.read())
    for byte in GET * 20:
        writer.write(bytes([byte]))
        await asyncio.sleep(0.05)
        if answer.done():
            break
    assert answer.done()
    assert parsed(answer.result())[0] == 408
    writer.close()


async def test_a_body_that_trickles_is_refused_and_takes_no_place(strict: Limited) -> None:
    head = b"POST /v1/applications HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    slow = [asyncio.create_task(strict.raw(head + b"{")) for _ in range(10)]
    assert (await strict.http.get("/livez")).status_code == 200
    for status, headers, body in await asyncio.gather(*slow):
        assert (status, body["type"]) == (408, "/errors/body-too-slow")
        assert headers["connection"] == "close"


async def test_a_client_that_goes_on_sending_after_its_answer_is_cut_off(strict: Limited) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", strict.port)
    writer.write(b"POST /v1/applications HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
    answer = b""
    async with asyncio.timeout(15):
        try:
            while chunk := await reader.read(65536):
                answer += chunk
                writer.write(b"x" * 1000)
        except ConnectionError:
            pass
    assert parsed(answer)[0] == 413
    writer.close()


async def test_a_client_that_does_not_read_loses_its_connection(strict: Limited) -> None:
    """The answers are larger than what the kernel holds for a reader who reads nothing."""
    sending = socket.socket()
    sending.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sending.connect(("127.0.0.1", strict.port))
    sending.settimeout(15)
    sending.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 100)

    def send_until_cut() -> None:
        for _ in range(50):
            time.sleep(0.2)
            sending.sendall(GET + b"\r\n")

    with pytest.raises(ConnectionError):
        await asyncio.to_thread(send_until_cut)
    sending.close()


async def test_beyond_so_many_connections_each_is_refused_and_later_served(
    strict: Limited,
) -> None:
    idle = [await asyncio.open_connection("127.0.0.1", strict.port) for _ in range(30)]
    status, headers, body = await strict.raw(b"")
    assert (status, body["type"]) == (503, "/errors/overloaded")
    assert "retry-after" in headers
    for _, writer in idle:
        writer.close()
    async with asyncio.timeout(10):
        while (await strict.raw(GET + b"Connection: close\r\n\r\n"))[0] != 200:  # noqa: ASYNC110 -- nobody tells when the server has noticed
            await asyncio.sleep(0.05)


async def test_pipelined_requests_are_answered_in_order_and_an_idle_connection_is_closed(
    strict: Limited,
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", strict.port)
    writer.write((GET + b"\r\n") * 3 + b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(20):
        answer = await reader.read()
    statuses = [part.split()[0] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert statuses[:4] == [b"200", b"200", b"200", b"404"]
    writer.close()


@pytest.mark.parametrize("parts", [1, 2, 3])
async def test_a_body_is_never_counted_as_a_head(strict: Limited, parts: int) -> None:
    body = b"[" * 2 * (MAX_HEAD + MAX_TARGET)
    sent = GET.replace(b"GET /livez", b"POST /v1/applications") + (
        b"Connection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", strict.port)
    size = len(sent) // parts + 1
    for start in range(0, len(sent), size):
        writer.write(sent[start : start + size])
        await writer.drain()
        await asyncio.sleep(0.05)
    assert parsed(await reader.read())[0] in {400, 401, 422}
    writer.close()


async def test_a_trailer_is_no_header(strict: Limited) -> None:
    token = strict.token()["Authorization"].encode()
    status, _, body = await strict.raw(
        b"POST /v1/applications HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Transfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n"
        b"2\r\n{}\r\n0\r\nAuthorization: " + token + b"\r\n\r\n"
    )
    assert (status, body["type"]) == (401, "/errors/not-authenticated")


async def test_an_upgrade_nobody_offers_is_an_ordinary_request(strict: Limited) -> None:
    status, _, _ = await strict.raw(
        GET + b"Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n"
    )
    assert status == 200
