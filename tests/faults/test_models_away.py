"""Models that die in the middle of their work, seen from outside the whole service."""

import time
from pathlib import Path

import httpx

from app.domain.access import Role
from tests.api.test_thread import application
from tests.contracts.fake_endpoint import FakeEndpoint
from tests.faults import balance
from tests.faults.deployments import OverTcp
from tests.faults.load import RETRIED
from tests.faults.processes import Launcher
from tests.faults.rows import fetch
from tests.faults.tcp_server import TcpServer

SETTLED_S = 60


def test_a_decision_is_explained_though_the_model_and_its_workers_die_while_it_writes(
    launcher: Launcher, home: Path, fresh_server: TcpServer
) -> None:
    endpoint = FakeEndpoint("trickle")
    model = {"LLM_DISABLED": "false", "LLM_BASE_URL": endpoint.base_url, "LLM_MODEL": "fake"}
    with (
        OverTcp(launcher, home, fresh_server, settings=model) as deployment,
        httpx.Client(
            base_url=deployment.address,
            headers={"Authorization": f"Bearer {deployment.token(Role.SERVICE)}"},
            timeout=30,
        ) as http,
    ):
        decision = http.post("/v1/applications", json=application()).json()
        assert endpoint.asked.wait(30)
        for name in ("worker-1", "worker-2"):
            assert deployment.kill(name)
        endpoint.close()
        balance.seconds_until_settled(deployment, time.monotonic(), SETTLED_S)
        written = fetch(
            deployment.database_url, "select writer from explanations where audience = 'customer'"
        )
        assert [row[0] for row in written] == ["template"]
        assert http.get(f"/v1/decisions/{decision['id']}/notice").status_code == 200

        deployment.kill_models()
        body = application()
        referred = http.post("/v1/applications", json=body)
        assert referred.status_code == 202, referred.text
        assert referred.json()["why"] == "scoring-unavailable"
        deployment.start_models()
        deadline = time.monotonic() + SETTLED_S
        while (again := http.post("/v1/applications", json=body)).status_code != 201:
            assert again.status_code in {202, *RETRIED}, again.text
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert again.json()["action"] == "declined"
        assert http.get("/v1/referrals").json() == []
        balance.seconds_until_settled(deployment, time.monotonic(), SETTLED_S)
