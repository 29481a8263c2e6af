"""Decisions in batches: a line each, streamed both ways, every line for itself."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from app.api import batch
from app.domain.access import Role
from tests.api.conftest import Service
from tests.api.test_thread import recorded_decision

PATH = "/v1/decisions:batch"


def as_line(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


async def send(
    http: httpx.AsyncClient, *lines: bytes, **headers: str
) -> tuple[list[dict[str, Any]], bytes]:
    posted = await http.post(PATH, content=b"\n".join(lines), headers=headers)
    assert posted.status_code == 200, posted.text
    assert posted.headers["Content-Type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in posted.content.splitlines()], posted.content


async def test_each_line_stands_or_falls_alone(http: httpx.AsyncClient) -> None:
    good = recorded_decision()
    single = recorded_decision()
    alone = await http.post("/v1/decisions", json=single)
    quarantined = recorded_decision(decision={"cutoff": 999, "outcome": "decline"})
    unknown = recorded_decision()
    unknown["model"] = {**unknown["model"], "version": "none"}
    lines = [
        as_line(good),
        b"",
        b'{"external_id": ',
        b"   \r",
        as_line(recorded_decision()).replace(b"Ann Lee", b"Ann \xff\xfe"),
        as_line(single),
        as_line({**good, "product": "another"}),
        b'{"external_id": "' + b"x" * batch.LONGEST_LINE + b'"}',
        as_line(unknown),
        b"[" * 5000,
        b'{"external_id": "e"}',
        as_line(quarantined),
        b"[]",
        as_line(recorded_decision()),
    ]
    answers, _ = await send(http, *lines)
    assert [a["line"] for a in answers] == [1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]
    statuses = {a["line"]: a["status"] for a in answers}
    assert statuses == {
        1: 201, 3: 422, 5: 422, 6: 201, 7: 409, 8: 413, 9: 422, 10: 422, 11: 422, 12: 202, 13: 422, 14: 201,
    }  # fmt: skip
    by_line = {a["line"]: a for a in answers}
    assert by_line[6]["decision"] == alone.json()
    assert by_line[12]["decision"]["status"] == "quarantined"
    types = {n: by_line[n]["problem"]["type"] for n in (3, 5, 7, 8, 9)}
    assert types == {
        3: "/errors/invalid-fields",
        5: "/errors/invalid-fields",
        7: "/errors/external-id-taken",
        8: "/errors/line-too-long",
        9: "/errors/unknown-model",
    }
    refused = await http.post("/v1/decisions", json={"external_id": "e"})
    assert by_line[11]["problem"] == refused.json()
    for n in (1, 14):
        read = await http.get(f"/v1/decisions/{by_line[n]['decision']['id']}")
        assert read.json()["external_id"] == json.loads(lines[n - 1])["external_id"]


async def test_the_same_batch_again_gets_the_same_answers(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "GROUP", 4)
    lines = [as_line(recorded_decision()) for _ in range(10)]
    _, first = await send(http, *lines)
    again, second = await send(http, *lines)
    assert first == second
    assert {answer["status"] for answer in again} == {201}
    assert len({answer["decision"]["id"] for answer in again}) == 10


async def test_batches_of_the_same_lines_at_once_record_each_once(http: httpx.AsyncClient) -> None:
    lines = [as_line(recorded_decision()) for _ in range(12)]
    both = await asyncio.gather(send(http, *lines), send(http, *reversed(lines)))
    ids = [
        {a["decision"]["external_id"]: a["decision"]["id"] for a in answers} for answers, _ in both
    ]
    assert len(ids[0]) == 12
    assert ids[0] == ids[1]


async def test_a_key_stands_for_the_lines_of_its_batch(http: httpx.AsyncClient) -> None:
    key = uuid4().hex
    headers = {"Idempotency-Key": key}
    lines = [as_line(recorded_decision()) for _ in range(3)]
    _, first = await send(http, *lines, **headers)
    assert (await send(http, *lines, **headers))[1] == first
    other, _ = await send(http, lines[0], as_line(recorded_decision()), lines[2], **headers)
    assert [answer["status"] for answer in other] == [201, 422, 201]
    assert other[1]["problem"]["type"] == "/errors/idempotency-key-reused"
    elsewhere = await http.post("/v1/decisions", json=recorded_decision(), headers=headers)
    assert elsewhere.json()["type"] == "/errors/idempotency-key-reused"
    used = {"Idempotency-Key": uuid4().hex}
    assert (await http.post("/v1/decisions", json=recorded_decision(), headers=used)).is_success
    assert (await http.post(PATH, content=lines[0], headers=used)).status_code == 422


async def test_only_who_may_record_decisions_may_send_batches(
    http: httpx.AsyncClient, service: Service
) -> None:
    line = as_line(recorded_decision())
    token = {"Authorization": f"Bearer {service.token(Role.REVIEWER)}"}
    assert (await http.post(PATH, content=line, headers=token)).status_code == 403
    async with httpx.AsyncClient(base_url=service.address) as stranger:
        assert (await stranger.post(PATH, content=line)).status_code == 401


async def test_a_batch_of_too_many_lines_ends_with_saying_so(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "MOST_LINES", 2)
    answers, _ = await send(http, *(as_line(recorded_decision()) for _ in range(4)))
    assert [answer["status"] for answer in answers] == [201, 201, 413]
    assert answers[2]["problem"]["type"] == "/errors/batch-too-long"


@dataclass(frozen=True, slots=True)
class Wire:
    """A batch over a bare socket: what is written now and read now is the test's choice."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def write(self, piece: bytes) -> None:
        self.writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await self.writer.drain()

    async def read(self) -> bytes:
        async with asyncio.timeout(30):
            size = int(await self.reader.readline(), 16)
            piece = await self.reader.readexactly(size)
            await self.reader.readexactly(2)
            return piece


@asynccontextmanager
async def wire(service: Service) -> AsyncIterator[Wire]:
    host, port = urlsplit(service.address).netloc.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n"
        f"Authorization: Bearer {service.token(Role.SERVICE)}\r\n\r\n"
    )
    writer.write(head.encode())
    yield Wire(reader, writer)
    writer.close()


async def test_a_line_is_answered_before_the_next_is_sent_and_what_is_answered_is_committed(
    http: httpx.AsyncClient, service: Service
) -> None:
    async with wire(service) as sent:
        for number in (1, 2):
            line = as_line(recorded_decision()) + b"\n"
            await sent.write(line[:100])
            await sent.write(line[100:])
            if number == 1:
                async with asyncio.timeout(30):
                    assert b"200 OK" in await sent.reader.readuntil(b"\r\n\r\n")
            answer = json.loads(await sent.read())
            assert (answer["line"], answer["status"]) == (number, 201)
            assert (await http.get(f"/v1/decisions/{answer['decision']['id']}")).is_success
        await sent.write(b"")
        assert await sent.read() == b""


async def test_who_leaves_in_the_middle_loses_nothing_that_was_answered(
    http: httpx.AsyncClient, service: Service
) -> None:
    lines = [as_line(recorded_decision()) for _ in range(3)]
    async with wire(service) as sent:
        await sent.write(b"\n".join(lines[:2]) + b"\n" + lines[2][:50])
        async with asyncio.timeout(30):
            await sent.reader.readuntil(b"\r\n\r\n")
        answered = [json.loads(await sent.read()) for _ in range(2)]
    again, _ = await send(http, *lines)
    assert [answer["status"] for answer in again] == [201, 201, 201]
    assert again[:2] == answered
