"""Operators see work in hand and what is dead, and have it tried again."""

from typing import Any
from uuid import uuid4

import httpx

from app.db import jobs
from app.domain.access import Role
from app.domain.ids import DecisionId
from app.embedded.start import DEMO_TENANT
from tests.api.conftest import Service
from tests.worker.desk import rows, until


async def test_a_dead_job_is_listed_and_replayed_by_an_administrator_alone(
    service: Service,
) -> None:
    sessions, unknown_decision = service.started.resources.sessions, DecisionId(uuid4())
    decision = str(unknown_decision)
    async with sessions.begin(DEMO_TENANT) as tx:
        await jobs.enqueue(
            tx, jobs.DecisionJob("issue-notice", DEMO_TENANT, unknown_decision), trace={}
        )
    async with httpx.AsyncClient(base_url=service.address, timeout=60) as http:

        async def ask(role: Role, method: str, path: str) -> httpx.Response:
            headers = {"Authorization": f"Bearer {service.token(role)}"}
            return await http.request(method, path, headers=headers)

        async def dead() -> list[dict[str, Any]]:
            answer = await ask(Role.COMPLIANCE, "GET", "/v1/jobs/dead")
            assert answer.status_code == 200
            return [job for job in answer.json()["jobs"] if decision in job["key"]]

        async def has_died() -> bool:
            return bool(await dead())

        await until(has_died)
        (job,) = await dead()
        assert (job["code"], job["attempts"]) == ("decision-not-found", 1)
        assert job["ids"] == {"tenant_id": str(DEMO_TENANT), "decision_id": decision}
        work = await ask(Role.ADMIN, "GET", "/v1/jobs")
        assert work.status_code == 200
        assert work.json()["dead"] >= 1

        replay = f"/v1/jobs/dead/{job['id']}:replay"
        for role in (Role.UNDERWRITER, Role.COMPLIANCE, Role.SERVICE):
            assert (await ask(role, "POST", replay)).status_code == 403
        assert (await ask(Role.UNDERWRITER, "GET", "/v1/jobs")).status_code == 403
        replayed = await ask(Role.ADMIN, "POST", replay)
        assert replayed.status_code == 202
        assert replayed.json()["closed_at"] is not None
        assert (await ask(Role.ADMIN, "POST", replay)).json()["type"] == "/errors/dead-job-closed"
        unknown = await ask(Role.ADMIN, "POST", f"/v1/jobs/dead/{uuid4()}:replay")
        assert (unknown.status_code, unknown.json()["type"]) == (404, "/errors/dead-job-not-found")

        await until(has_died)
        (again,) = await dead()
        assert again["id"] != job["id"]
    left = await rows(
        sessions, DEMO_TENANT, "select 1 from jobs where key like :k", k=f"%{decision}%"
    )
    assert left == []
