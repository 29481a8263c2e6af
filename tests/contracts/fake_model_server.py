"""A model server that misbehaves on request, spoken to over real HTTP."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
from typing_extensions import override


def spoilt(how: str, content: bytes) -> bytes:
    """A good answer of any protocol, with something in it that no answer may hold."""
    answer = json.loads(content)
    if how == "lower-is-better":
        answer["score"]["higher_is_better"] = False
        return json.dumps(answer).encode()
    bad = float("nan") if how == "nan" else 9999
    if "attribution" in answer:
        answer["score"]["value"] = bad
    for prediction in answer.get("predictions", []):
        prediction["score"] = bad
    for output in answer.get("outputs", []):
        if output["name"] == "score" and "data" in output:
            output["data"] = [bad]
    return json.dumps(answer).encode()


class FakeModelServer:
    """Passes calls on to a real server, or misbehaves as `script` names in turn.

    The last step stays. `timeouts` holds what the callers said they would wait.
    """

    def __init__(self, upstream: str, *script: str) -> None:
        self.upstream = upstream
        self.script = list(script)
        self.calls = 0
        self.timeouts: list[int] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                fake.calls += 1
                fake.timeouts.append(int(self.headers["x-request-timeout-ms"]))
                content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                step = fake.script.pop(0) if len(fake.script) > 1 else fake.script[0]
                if step == "hang":
                    time.sleep(1.5)
                if step == "cut":
                    self.connection.close()
                    return
                status, body = fake.answer(step, self.command, self.path, content)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = _answer  # noqa: N815 -- the names http.server calls

            @override
            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 100

            @override
            def handle_error(self, *_: object) -> None:
                """Callers that gave up are part of the script."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def answer(self, step: str, method: str, path: str, content: bytes) -> tuple[int, bytes]:
        """What a step answers; `good` and `hang` pass the call on."""
        if step.isdigit():
            return int(step), b"{}"
        if step in {"good", "hang"}:
            real = httpx.request(method, f"{self.upstream}{path}", content=content, timeout=5)
            return real.status_code, real.content
        if step in {"nan", "off-scale", "lower-is-better"}:
            real = httpx.request(method, f"{self.upstream}{path}", content=content, timeout=5)
            return real.status_code, spoilt(step, real.content)
        odd = {"predictions": [0.3], "score": "many"}
        return 200, {
            "empty": b"{}",
            "list": b'[{"score": 1}]',
            "number": json.dumps(odd).encode(),
        }.get(step, b"not json {")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
