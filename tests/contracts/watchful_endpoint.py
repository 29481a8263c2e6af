"""A language-model endpoint that words what it is asked, and notices who hangs up."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.domain.catalogue import Catalogue

UNTRUE = "Your monthly debt payments were 99% of your monthly income."


class WatchfulEndpoint:
    """Answers with the reviewed statement of the reason asked about, once `may_answer` is set.

    `script` names, request by request, what to do: "good", "untrue", "503"; then "good" for ever.
    """

    def __init__(self, catalogue: Catalogue, *script: str) -> None:
        self.script = list(script)
        self.asked = 0
        self.is_holding = asyncio.Event()
        self.left = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self._statements = sorted((e.statement for e in catalogue.values()), key=len, reverse=True)
        self._server: asyncio.Server | None = None

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        finally:
            self.may_answer.set()
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (head := await self._head(reader)) is not None:
                body = json.loads(await reader.readexactly(head))
                self.asked += 1
                step = self.script.pop(0) if self.script else "good"
                if not await self._wait(reader):
                    self.left.set()
                    return
                writer.write(self._answer(step, body["messages"][-1]["content"]))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left.set()
        finally:
            writer.close()

    async def _head(self, reader: asyncio.StreamReader) -> int | None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-len")]
        return int(lengths[0].split(b":")[1])

    async def _wait(self, reader: asyncio.StreamReader) -> bool:
        """Wait for leave to answer; False when the client hung up before."""
        if not self.may_answer.is_set():
            self.is_holding.set()
        allowed = asyncio.create_task(self.may_answer.wait())
        gone = asyncio.create_task(reader.read(1))
        done, _ = await asyncio.wait({allowed, gone}, return_when=asyncio.FIRST_COMPLETED)
        for task in (allowed, gone):
            task.cancel()
        await asyncio.gather(allowed, gone, return_exceptions=True)
        return allowed in done

    def _answer(self, step: str, asked: str) -> bytes:
        if step.isdigit():
            return _response(int(step), {"error": {"message": "no"}})
        statement = next(each for each in self._statements if each in asked)
        said = UNTRUE if step == "untrue" else f"{statement}."
        return _response(
            200,
            {
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": "watchful",
                "choices": [
                    {
                        "index": 0,
                        "finish_reason": "stop",
                        "message": {
                            "role": "assistant",
                            "content": json.dumps({"statement": said}),
                        },
                    }
                ],
                "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
            },
        )


def _response(status: int, content: dict[str, object]) -> bytes:
    body = json.dumps(content).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body
