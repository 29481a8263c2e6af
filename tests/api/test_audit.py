"""The trail over HTTP, sealed and checkpointed by the worker as it runs."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from app.domain.access import Role
from app.embedded.start import DEMO_TENANT
from app.use_cases.verify_chain import verify_chain
from tests.api.conftest import Service
from tests.api.test_registry import compliance
from tests.api.test_retention import LONG_AGO, about, handed_over
from tests.api.test_thread import recorded_decision

__all__ = ["compliance"]


async def trail_of(client: httpx.AsyncClient, subject: str, **filters: Any) -> list[dict[str, Any]]:
    answer = await client.get("/v1/audit", params={"subject": subject, **filters})
    assert answer.status_code == 200, answer.text
    events: list[dict[str, Any]] = answer.json()["events"]
    return events


async def sealed_trail_of(client: httpx.AsyncClient, subject: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    for _ in range(200):
        events = await trail_of(client, subject)
        if events and all(event["seq"] for event in events):
            return events
        await asyncio.sleep(0.1)
    raise AssertionError(events)


async def test_what_happened_is_listed_with_its_place_in_the_chain(
    http: httpx.AsyncClient, compliance: httpx.AsyncClient
) -> None:
    decision_id = (await http.post("/v1/decisions", json=recorded_decision())).json()["id"]

    events = await sealed_trail_of(compliance, decision_id)

    recorded = next(event for event in events if event["action"] == "decision.recorded")
    assert recorded["sealed_at"] >= recorded["at"]
    assert events == sorted(events, key=lambda e: (e["at"], e["id"]), reverse=True)
    chain = (await compliance.get("/v1/audit/chain")).json()
    assert chain["seq"] >= recorded["seq"]
    assert len(chain["link_sha256"]) == 64
    assert chain["checkpoint"]["content"]["format"] == "rationale-audit-checkpoint-1"


async def test_filters_narrow_and_pages_follow_each_other(
    http: httpx.AsyncClient, compliance: httpx.AsyncClient
) -> None:
    for _ in range(3):
        await http.post("/v1/decisions", json=recorded_decision())
    params: dict[str, Any] = {"action": "decision.recorded", "limit": 2}
    first = (await compliance.get("/v1/audit", params=params)).json()
    assert {event["action"] for event in first["events"]} == {"decision.recorded"}
    params["before"] = first["next_before"]
    second = (await compliance.get("/v1/audit", params=params)).json()
    ids = [event["id"] for event in (*first["events"], *second["events"])]
    assert len(set(ids)) == len(ids) >= 3

    newest = first["events"][0]
    at = datetime.fromisoformat(newest["at"])
    subject = newest["subject"]
    until = {"to": at.isoformat()}
    assert newest["id"] not in [e["id"] for e in await trail_of(compliance, subject, **until)]
    since = {"from": at.isoformat(), "to": (at + timedelta(microseconds=1)).isoformat()}
    assert newest["id"] in [e["id"] for e in await trail_of(compliance, subject, **since)]
    by = await trail_of(compliance, subject, actor=newest["actor"])
    assert newest["id"] in [e["id"] for e in by]
    assert await trail_of(compliance, subject, actor="nobody") == []
    assert await trail_of(compliance, subject, before=str(uuid4())) == []


async def test_only_who_may_see_the_trail_sees_it(service: Service) -> None:
    allowed = {Role.COMPLIANCE, Role.ADMIN}
    for role in (Role.SERVICE, Role.UNDERWRITER, Role.REVIEWER, Role.COMPLIANCE, Role.ADMIN):
        headers = {"Authorization": f"Bearer {service.token(role)}"}
        async with httpx.AsyncClient(base_url=service.address, headers=headers) as client:
            for path in ("/v1/audit", "/v1/audit/chain"):
                answer = await client.get(path)
                assert answer.status_code == (200 if role in allowed else 403), (role, path)


async def test_erasing_a_person_leaves_the_chain_whole(
    http: httpx.AsyncClient, compliance: httpx.AsyncClient, service: Service
) -> None:
    reference = uuid4().hex
    decision_id = (await http.post("/v1/decisions", json=about(reference, LONG_AGO))).json()["id"]
    await handed_over(http, decision_id, LONG_AGO + timedelta(days=1))
    before = await sealed_trail_of(compliance, decision_id)
    erased = await compliance.post("/v1/subjects:erase", json={"reference": reference})
    assert erased.json() == {"decisions": 1}

    after = await sealed_trail_of(compliance, decision_id)

    assert [event for event in after if event in before] == before
    resources = service.started.resources
    verified = await verify_chain(
        DEMO_TENANT,
        sessions=resources.sessions,
        signer=resources.checkpoints.signer,
        outside=resources.checkpoints.outside,
    )
    assert verified.findings == ()
    assert verified.head.seq >= max(event["seq"] for event in after)
    assert verified.outside is not None
    gone = (await compliance.get("/v1/audit", params={"action": "subject.erased"})).json()
    assert reference not in json.dumps(gone)
