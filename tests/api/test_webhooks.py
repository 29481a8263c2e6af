"""A receiver is told of decisions: the service as it runs, the receiver over the wire."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.domain.access import Role
from app.domain.ids import TenantId
from app.domain.webhooks import MOST_ENDPOINTS
from tests.api.conftest import Service
from tests.api.test_thread import application, recorded_decision
from tests.contracts.webhook_receiver import Answer, Received, Receiver, receiving, until

ALL = ["decision.recorded", "explanation.ready", "notice.issued", "review.needed"]
NOBODY = "01900000-0000-7000-8000-000000000000"
CANARY = "Zzyzx Canary"


@pytest.fixture
async def admin(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {service.token(Role.ADMIN)}"}
    async with httpx.AsyncClient(base_url=service.address, headers=headers, timeout=60) as client:
        yield client


@asynccontextmanager
async def webhook(
    admin: httpx.AsyncClient, *answers: Answer, events: list[str] | None = None
) -> AsyncIterator[tuple[Receiver, dict[str, Any]]]:
    async with receiving(*answers) as receiver:
        made = await admin.post("/v1/webhooks", json={"url": receiver.url, "events": events or ALL})
        assert made.status_code == 201, made.text
        yield receiver, made.json()
        await admin.delete(f"/v1/webhooks/{made.json()['id']}")


def about(receiver: Receiver, decision_id: str) -> dict[str, Received]:
    """What was received about a decision, by type."""
    told = {}
    for got in receiver.received:
        message = json.loads(got.body)
        if message["data"].get("decision_id") == decision_id:
            told[message["type"]] = got
    return told


async def state_of(admin: httpx.AsyncClient, webhook_id: str, message_id: str) -> dict[str, Any]:
    for _ in range(200):
        page = (await admin.get(f"/v1/webhooks/{webhook_id}/deliveries")).json()
        for delivery in page["deliveries"]:
            if delivery["id"] == message_id and delivery["attempts"]:
                found: dict[str, Any] = delivery
                return found
        await asyncio.sleep(0.1)
    message = "the delivery was not recorded"
    raise AssertionError(message)


async def test_a_receiver_is_told_of_decision_explanation_and_notice(
    admin: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    person = {"role": "primary", "reference": CANARY, "name": CANARY, "address": CANARY}
    body = application(applicants=[person], external_id=f"{CANARY} {uuid4()}")
    async with webhook(admin) as (receiver, made):
        decision = (await http.post("/v1/applications", json=body)).json()
        wanted = {"decision.recorded", "explanation.ready", "notice.issued"}
        await until(lambda: set(about(receiver, decision["id"])) == wanted, 60)
        for kind, got in about(receiver, decision["id"]).items():
            message = got.verified_by(made["secret"])
            assert set(message) == {"type", "timestamp", "data"}
            assert datetime.fromisoformat(message["timestamp"]) > datetime.now(UTC) - timedelta(
                minutes=5
            )
            read = await http.get(message["data"]["href"])
            assert read.status_code == 200, (kind, read.text)
            delivery = await state_of(admin, made["id"], got.message_id)
            assert (delivery["type"], delivery["outcome"]) == (kind, "204")
        told = json.loads(about(receiver, decision["id"])["decision.recorded"].body)
        assert told["data"] == {
            "decision_id": decision["id"],
            "status": "recorded",
            "action": "declined",
            "decided_at": told["data"]["decided_at"],
            "href": f"/v1/decisions/{decision['id']}",
        }
    for got in receiver.received:
        sent = f"{got.line} {got.headers} {got.body.decode()}"
        assert "canary" not in sent.lower()
        assert "zzyzx" not in sent.lower()


async def test_a_quarantined_decision_asks_for_a_person_with_the_date(
    admin: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    async with webhook(admin, events=["review.needed"]) as (receiver, made):
        rules = [{"id": "x", "code": "ZZ-99"}]
        posted = await http.post("/v1/decisions", json=recorded_decision(rules=rules))
        decision = posted.json()
        assert decision["status"] == "quarantined"
        await until(lambda: "review.needed" in about(receiver, decision["id"]), 30)
        (got,) = about(receiver, decision["id"]).values()
        data = got.verified_by(made["secret"])["data"]
    assert data["why"] == "quarantined"
    assert datetime.fromisoformat(data["due_at"]) == datetime.fromisoformat(
        decision["notice_due_at"]
    )


async def test_the_worker_tries_again_and_a_test_message_shows_it(
    admin: httpx.AsyncClient,
) -> None:
    async with webhook(admin, Answer(503), events=["notice.issued"]) as (receiver, made):
        asked = await admin.post(f"/v1/webhooks/{made['id']}:test")
        assert asked.status_code == 202, asked.text
        sent = asked.json()
        assert (sent["type"], sent["state"], sent["attempts"]) == ("webhook.test", "pending", 0)
        first = await state_of(admin, made["id"], sent["id"])
        assert (first["state"], first["outcome"]) in {("pending", "503"), ("delivered", "204")}
        await receiver.wait_for(2, seconds=40)
        assert {got.message_id for got in receiver.received} == {sent["id"]}
        assert all(got.verified_by(made["secret"]) for got in receiver.received)
        await until(lambda: len(receiver.received) == 2)
        replayed = await admin.post(f"/v1/webhooks/{made['id']}/deliveries/{sent['id']}:replay")
        assert replayed.status_code == 202, replayed.text
        await receiver.wait_for(3, seconds=40)
        assert receiver.received[2].message_id == sent["id"]


async def test_an_endpoint_is_read_changed_rotated_and_deleted(
    admin: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    async with webhook(admin, events=["notice.issued", "notice.issued"]) as (receiver, made):
        path = f"/v1/webhooks/{made['id']}"
        assert made["secret"].startswith("whsec_")
        assert made["events"] == ["notice.issued"]
        read = (await admin.get(path)).json()
        assert read == {key: value for key, value in made.items() if key != "secret"}
        assert read in (await admin.get("/v1/webhooks")).json()
        changed = await admin.patch(
            path, json={"events": ALL, "description": "desk", "enabled": False}
        )
        assert changed.json() == {
            **read,
            "events": ALL,
            "description": "desk",
            "enabled": False,
            "disabled": "asked",
        }
        assert (await admin.post(f"{path}:test")).json()["type"] == "/errors/webhook-disabled"
        decision = (await http.post("/v1/decisions", json=recorded_decision())).json()
        await asyncio.sleep(0.5)
        assert about(receiver, decision["id"]) == {}
        enabled = await admin.patch(path, json={"enabled": True})
        assert enabled.json()["disabled"] is None
        rotated = await admin.post(f"{path}:rotate-secret", json={"old_secret_hours": 1})
        assert rotated.status_code == 200
        assert rotated.json()["secret"] != made["secret"]
        assert (await admin.post(f"{path}:rotate-secret")).status_code == 200
        assert (await admin.delete(path)).status_code == 204
        assert (await admin.get(path)).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://[fd00:ec2::254]/",
        "https://0x7f000001/",
        "https://017700000001/",
        "https://no-such-host.invalid/",
        "https://user:secret@example.com/",
        "https://93.184.216.34:22/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_",
        "not a url",
    ],
)
async def test_a_url_that_may_lead_inside_is_refused_when_registered_and_when_changed(
    admin: httpx.AsyncClient, url: str
) -> None:
    async with webhook(admin) as (_, made):
        for answer in (
            await admin.post("/v1/webhooks", json={"url": url, "events": ALL}),
            await admin.patch(f"/v1/webhooks/{made['id']}", json={"url": url}),
        ):
            assert answer.status_code == 422
            problem = answer.json()
            assert problem["type"] == "/errors/webhook-url-refused"
            assert problem["errors"][0]["pointer"] == "/url"
            assert url not in answer.text


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"events": ALL}, "/url"),
        ({"url": "https://example.com/"}, "/events"),
        ({"url": "https://example.com/", "events": []}, "/events"),
        ({"url": "https://example.com/", "events": ["webhook.test"]}, "/events/0"),
        ({"url": "https://example.com/" + "a" * 2000, "events": ALL}, "/url"),
        ({"url": "https://example.com/", "events": ALL, "secret": "mine"}, "/secret"),
        ({"url": "https://example.com/", "events": ALL, "description": "a\nb"}, "/description"),
    ],
)
async def test_a_registration_that_is_not_understood_names_the_field(
    admin: httpx.AsyncClient, body: dict[str, Any], named: str
) -> None:
    refused = await admin.post("/v1/webhooks", json=body)
    assert refused.status_code == 422
    assert named in [field["pointer"] for field in refused.json()["errors"]]


async def test_the_same_request_again_gets_the_same_secret(admin: httpx.AsyncClient) -> None:
    async with webhook(admin) as (receiver, made):
        path = f"/v1/webhooks/{made['id']}"
        body = {"url": receiver.url, "events": ALL}
        for target, sent in (("/v1/webhooks", body), (f"{path}:rotate-secret", None)):
            keyed = {"Idempotency-Key": uuid4().hex}
            first, second = [await admin.post(target, json=sent, headers=keyed) for _ in range(2)]
            assert first.json() == second.json()
            assert first.json()["secret"].startswith("whsec_")
        listed = (await admin.get("/v1/webhooks")).json()
        twins = [one["id"] for one in listed if one["url"] == receiver.url]
        for twin in twins:
            await admin.delete(f"/v1/webhooks/{twin}")
        assert len(twins) == 2


async def test_so_many_endpoints_and_no_more(admin: httpx.AsyncClient) -> None:
    body = {"url": "http://127.0.0.1:9/", "events": ["notice.issued"]}
    held = len((await admin.get("/v1/webhooks")).json())
    made = [
        (await admin.post("/v1/webhooks", json=body)).json() for _ in range(MOST_ENDPOINTS - held)
    ]
    refused = await admin.post("/v1/webhooks", json=body)
    for one in made:
        assert (await admin.delete(f"/v1/webhooks/{one['id']}")).status_code == 204
    assert refused.status_code == 409
    assert refused.json()["type"] == "/errors/too-many-webhooks"


PATHS = [
    ("GET", "/v1/webhooks/{id}"),
    ("PATCH", "/v1/webhooks/{id}"),
    ("DELETE", "/v1/webhooks/{id}"),
    ("POST", "/v1/webhooks/{id}:rotate-secret"),
    ("POST", "/v1/webhooks/{id}:test"),
    ("GET", "/v1/webhooks/{id}/deliveries"),
    ("POST", f"/v1/webhooks/{{id}}/deliveries/{NOBODY}:replay"),
    ("POST", "/v1/webhooks/{id}/deliveries:replay"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_another_tenant_and_other_roles_reach_no_endpoint(
    service: Service, admin: httpx.AsyncClient, http: httpx.AsyncClient, method: str, path: str
) -> None:
    issuer = service.started.issuer
    assert issuer is not None
    elsewhere = issuer.issue(Role.ADMIN, TenantId(uuid4()), now=datetime.now(UTC))
    body = {"since": "2026-01-01T00:00:00Z"} if path.endswith("deliveries:replay") else None
    body = {} if method == "PATCH" else body
    async with webhook(admin) as (_, made):
        target = path.format(id=made["id"])
        stranger = {"Authorization": f"Bearer {elsewhere}"}
        answer = await admin.request(method, target, json=body, headers=stranger)
        assert (answer.status_code, answer.json()["type"]) == (404, "/errors/webhook-not-found")
        assert (await http.request(method, target, json=body)).status_code == 403
        missing = await admin.request(method, path.format(id=NOBODY), json=body)
        assert missing.json()["type"] == "/errors/webhook-not-found"
        assert (await admin.get(f"/v1/webhooks/{made['id']}")).status_code == 200


async def test_a_message_that_is_not_kept_cannot_be_replayed(admin: httpx.AsyncClient) -> None:
    async with webhook(admin) as (_, made):
        answer = await admin.post(f"/v1/webhooks/{made['id']}/deliveries/{NOBODY}:replay")
        assert answer.json()["type"] == "/errors/delivery-not-found"
        none = await admin.post(
            f"/v1/webhooks/{made['id']}/deliveries:replay", json={"since": "2026-01-01T00:00:00Z"}
        )
        assert none.json() == {"messages": 0, "complete": True}
