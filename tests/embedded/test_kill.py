"""What was acknowledged survives the death of the serving process and of its database."""

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx

from app.domain.access import Role
from app.embedded.attach import Attachment
from app.embedded.demo import demo_application
from app.embedded.issuer import DevelopmentIssuer
from app.embedded.start import DEMO_TENANT
from seed.library import scf_households


def serve(state: Path, port: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "RATIONALE_HOME": str(state), "LLM_DISABLED": "true"}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli.main", "serve", "--port", str(port)],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return process
        except httpx.TransportError:
            time.sleep(0.1)
    process.kill()
    message = "the service did not start"
    raise AssertionError(message)


def test_every_acknowledged_decision_ends_explained_and_notified(embedded_database: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    state = embedded_database
    token = DevelopmentIssuer(state, "development").issue(
        Role.SERVICE, DEMO_TENANT, now=datetime.now(UTC)
    )
    http = httpx.Client(
        base_url=f"http://127.0.0.1:{port}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=40,
    )
    acknowledged: list[str] = []
    households = list(scf_households("demo"))
    with Attachment("postgres", state) as database:
        for round_ in range(3):
            process = serve(state, port)
            for row in households[round_ * 12 : round_ * 12 + 12]:
                answer = http.post("/v1/applications", json=demo_application(row, uuid4().hex))
                if answer.status_code == 201 and answer.json()["reasons"]:
                    acknowledged.append(answer.json()["id"])
            if round_ == 1:
                os.kill(int(database.endpoint["pid"]), signal.SIGKILL)
            process.kill()
            process.wait()
        process = serve(state, port)
        try:
            for decision_id in acknowledged:
                explained = http.post(f"/v1/decisions/{decision_id}/explanations")
                assert explained.status_code == 200
                deadline = time.monotonic() + 30
                path = f"/v1/decisions/{decision_id}/notice"
                while http.get(path).status_code != 200 and time.monotonic() < deadline:
                    time.sleep(0.2)
                assert http.get(path).status_code == 200
        finally:
            process.terminate()
            process.wait()
            http.close()
    assert len(acknowledged) > 5
