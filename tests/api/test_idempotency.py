"""A request with an Idempotency-Key is run once, and its answer is given as often as asked."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from app.adapters.vault import SealBroken
from app.api import idempotency
from app.domain.access import Role
from app.domain.ids import TenantId
from app.domain.privacy import Vault
from app.embedded.start import DEMO_TENANT
from app.use_cases.answer_once import purge_idempotency
from tests.api.conftest import Service
from tests.api.test_thread import application, recorded_decision
from tests.use_cases.wording_desk import TEXTS, expire_all

REPLAYED = "Idempotency-Replayed"
MODEL = {"name": "personal-loan", "version": "1.0.0"}
WORDING = {"code": "X-IN-07", "model": MODEL, "text": TEXTS["X-IN-07"]}  # proved in no time


@pytest.fixture
async def compliance(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {service.token(Role.COMPLIANCE)}"}
    async with httpx.AsyncClient(base_url=service.address, headers=headers, timeout=60) as client:
        yield client
    await expire_all(service.started.resources.sessions, DEMO_TENANT)


@dataclass(frozen=True, slots=True)
class Rows:
    """The tenant's rows, as the application role sees them."""

    service: Service

    async def run(self, statement: str, **values: Any) -> list[Any]:
        async with self.service.started.resources.sessions.begin(DEMO_TENANT) as tx:
            return list(await tx.session.execute(text(statement), values))

    async def actions(self) -> Counter[str]:
        return Counter(row.action for row in await self.run("select action from audit_events"))

    async def forget_the_answer(
        self, key: str, claimed_until: str = "now() - interval '1 s'"
    ) -> None:
        """Leave what a process leaves that died after its effect and before its answer."""
        await self.run(
            f"update idempotency_keys set answer = null, claimed_until = {claimed_until} "
            "where key_hash = :hash returning key_hash",
            hash=await self.hash(key),
        )

    async def answer(self, key: str) -> bytes | None:
        found = await self.run(
            "select answer from idempotency_keys where key_hash = :hash", hash=await self.hash(key)
        )
        return None if found[0].answer is None else bytes(found[0].answer)

    async def vault(self) -> Vault:
        async with self.service.started.resources.sessions.begin(DEMO_TENANT) as tx:
            return tx.vault

    async def hash(self, key: str) -> bytes:
        return (await self.vault()).pseudonym(f"idempotency:{DEMO_TENANT}:{key}")


@pytest.fixture
def rows(service: Service) -> Rows:
    return Rows(service)


def keyed() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}


async def registration(http: httpx.AsyncClient) -> dict[str, Any]:
    held: dict[str, Any] = (await http.get("/v1/models")).json()[0]
    held["model"] = {**held["model"], "version": uuid4().hex}
    return held


async def told(http: httpx.AsyncClient) -> tuple[str, dict[str, Any]]:
    """A decided application and an event to tell about it."""
    decided = (await http.post("/v1/decisions", json=recorded_decision())).json()
    body = {"kind": "reasons_requested", "at": datetime.now(UTC).isoformat()}
    return f"/v1/decisions/{decided['id']}/events", body


@pytest.mark.parametrize("route", ["models", "wordings", "events", "documents"])
async def test_sixteen_at_once_have_one_effect_and_one_answer(
    http: httpx.AsyncClient, compliance: httpx.AsyncClient, rows: Rows, route: str
) -> None:
    content: dict[str, Any]
    match route:
        case "models":
            path, content, action = (
                "/v1/models",
                {"json": await registration(http)},
                "model.registered",
            )
        case "wordings":
            path, content, action = "/v1/wordings", {"json": WORDING}, "wording.drafted"
        case "events":
            path, body = await told(http)
            content, action = {"json": body}, "event.reasons_requested"
        case _:
            name = f"house-{uuid4().hex[:8]}"
            path = f"/v1/policies/documents?document={name}&title=House&jurisdiction=UK&effective_from=2026-01-01"
            content = {"content": f"# House rules\n\n## 1 {name}\n\nIncome is verified.\n".encode()}
            content["headers"] = {"Content-Type": "text/markdown"}
            action = "policy.ingested"
    headers = {**content.pop("headers", {}), **keyed()}
    before = await rows.actions()

    async def post() -> httpx.Response:
        while True:  # a machine under load may take longer than those who wait are kept waiting
            answer = await compliance.post(path, headers=headers, **content)
            if answer.status_code not in {409, 429, 503}:
                return answer
            await asyncio.sleep(int(answer.headers["Retry-After"]))

    answers = await asyncio.gather(*(post() for _ in range(16)))
    assert {answer.status_code for answer in answers} == {201}, answers[0].text
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers.get("Location") for answer in answers}) == 1
    assert sum(REPLAYED in answer.headers for answer in answers) == 15
    new = (await rows.actions()) - before
    assert new[action] == 1, new


async def test_a_key_stands_for_one_request_on_every_route_and_for_everybody(
    http: httpx.AsyncClient, compliance: httpx.AsyncClient, service: Service
) -> None:
    path, body = await told(http)
    headers = keyed()
    first = await compliance.post(path, json=body, headers=headers)
    assert first.status_code == 201
    spaced = json.dumps(dict(reversed(body.items())), indent=3)
    same = await compliance.post(
        path, content=spaced, headers={**headers, "Content-Type": "application/json"}
    )
    assert (same.status_code, same.content) == (201, first.content)
    others = [
        await compliance.post(path, json={**body, "at": "2026-01-01T00:00:00Z"}, headers=headers),
        await compliance.post(f"{path}?x=1", json=body, headers=headers),
        await compliance.post("/v1/wordings", json=WORDING, headers=headers),
        await http.post(path, json=body, headers=headers),
        await http.post("/v1/decisions", json=recorded_decision(), headers=headers),
        await http.post("/v1/applications", json=application(), headers=headers),
    ]
    for other in others:
        assert other.status_code == 422
        assert other.json()["type"] == "/errors/idempotency-key-reused"
    assert service.started.issuer is not None
    token = service.started.issuer.issue(Role.COMPLIANCE, TenantId(uuid4()), now=datetime.now(UTC))
    stranger = await compliance.post(
        path, json=body, headers={**headers, "Authorization": f"Bearer {token}"}
    )
    assert stranger.status_code == 404
    assert stranger.json()["type"] == "/errors/decision-not-found"


async def test_a_decisions_key_stands_for_it_on_every_other_route(
    http: httpx.AsyncClient, compliance: httpx.AsyncClient
) -> None:
    headers = keyed()
    body = recorded_decision()
    assert (await http.post("/v1/decisions", json=body)).status_code == 201
    first = await http.post("/v1/decisions", json=body, headers=headers)  # it stood without a key
    again = await http.post("/v1/decisions", json=body, headers=headers)
    assert first.content == again.content
    assert REPLAYED in again.headers
    other = await http.post("/v1/decisions", json=recorded_decision(), headers=headers)
    elsewhere = await compliance.post("/v1/wordings", json=WORDING, headers=headers)
    for refused in (other, elsewhere):
        assert refused.status_code == 422
        assert refused.json()["type"] == "/errors/idempotency-key-reused"


async def test_a_refusal_is_the_answer_too(
    http: httpx.AsyncClient, compliance: httpx.AsyncClient
) -> None:
    model = await registration(http)
    headers = keyed()
    body = {**WORDING, "model": {k: model["model"][k] for k in ("name", "version")}}
    refused = await compliance.post("/v1/wordings", json=body, headers=headers)
    assert refused.json()["type"] == "/errors/unknown-model"
    assert (await compliance.post("/v1/models", json=model)).status_code == 201
    again = await compliance.post("/v1/wordings", json=body, headers=headers)
    assert (again.status_code, again.content) == (422, refused.content)
    assert again.headers["Content-Type"] == "application/problem+json"
    assert REPLAYED in again.headers
    anew = await compliance.post("/v1/wordings", json=body, headers=keyed())
    assert anew.status_code == 201, anew.text
    malformed = keyed()
    for expected in (False, True):
        answer = await compliance.post("/v1/wordings", json={}, headers=malformed)
        assert answer.status_code == 422
        assert (REPLAYED in answer.headers) is expected


async def test_what_was_not_tried_or_failed_on_our_side_is_tried_again(
    http: httpx.AsyncClient, compliance: httpx.AsyncClient
) -> None:
    headers = keyed()
    for _ in range(2):  # no language model is configured
        failed = await compliance.post(
            "/v1/wordings", json={**WORDING, "text": None}, headers=headers
        )
        assert failed.status_code == 503
        assert REPLAYED not in failed.headers
    headers = keyed()
    assert (await http.post("/v1/wordings", json=WORDING, headers=headers)).status_code == 403
    stranger = {**headers, "Authorization": "Bearer forged"}
    assert (await http.post("/v1/wordings", json=WORDING, headers=stranger)).status_code == 401
    allowed = await compliance.post("/v1/wordings", json=WORDING, headers=headers)
    assert allowed.status_code == 201
    assert REPLAYED not in allowed.headers
    for key in ("", "k" * 201):
        refused = await compliance.post(
            "/v1/wordings", json=WORDING, headers={"Idempotency-Key": key}
        )
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"].lower() == "?idempotency-key"


async def test_a_run_after_a_crash_finds_what_the_first_one_made(
    compliance: httpx.AsyncClient, rows: Rows
) -> None:
    headers = keyed()
    first = await compliance.post("/v1/wordings", json=WORDING, headers=headers)
    await rows.forget_the_answer(headers["Idempotency-Key"])
    # Meanwhile the wording was decided, so that asking anew would make another.
    await rows.run(
        "insert into wording_reviews (id, tenant_id, wording_id, step, actor, why, at) "
        "values (:id, :tenant, :wording, 'rejected', 'rita', 'no', now()) returning id",
        id=uuid4(), tenant=DEMO_TENANT, wording=UUID(first.json()["id"]),
    )  # fmt: skip
    before = await rows.actions()
    again = await compliance.post("/v1/wordings", json=WORDING, headers=headers)
    assert again.status_code == 201
    assert REPLAYED not in again.headers
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["state"] == "rejected"
    assert await rows.actions() == before
    kept = await compliance.post("/v1/wordings", json=WORDING, headers=headers)
    assert kept.content == again.content
    assert REPLAYED in kept.headers


async def test_who_waits_too_long_is_told_to_come_back(
    compliance: httpx.AsyncClient, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = keyed()
    first = await compliance.post("/v1/wordings", json=WORDING, headers=headers)
    assert first.status_code == 201
    await rows.forget_the_answer(headers["Idempotency-Key"], "now() + interval '1 hour'")
    monkeypatch.setattr(idempotency, "WAIT_S", 0.1)
    waiting = await compliance.post("/v1/wordings", json=WORDING, headers=headers)
    assert waiting.status_code == 409
    assert waiting.json()["type"] == "/errors/request-in-progress"
    assert int(waiting.headers["Retry-After"]) >= 1
    await rows.forget_the_answer(headers["Idempotency-Key"])
    assert (await compliance.post("/v1/wordings", json=WORDING, headers=headers)).status_code == 201


async def test_a_stream_is_not_kept(http: httpx.AsyncClient, rows: Rows) -> None:
    decided = (await http.post("/v1/decisions", json=recorded_decision())).json()
    headers = {**keyed(), "Accept": "text/event-stream"}
    for _ in range(2):
        streamed = await http.post(f"/v1/decisions/{decided['id']}/explanations", headers=headers)
        assert streamed.status_code == 200
        assert "event: " in streamed.text
        assert REPLAYED not in streamed.headers
    assert await rows.answer(headers["Idempotency-Key"]) is None


async def test_an_answer_lies_sealed_and_only_the_clients_key_opens_it(
    compliance: httpx.AsyncClient, rows: Rows
) -> None:
    headers = keyed()
    key = headers["Idempotency-Key"]
    await compliance.post("/v1/wordings", json=WORDING, headers=headers)
    whole = await rows.run("select idempotency_keys::text as row from idempotency_keys")
    assert not any(key in found.row or key.encode().hex() in found.row for found in whole)
    sealed = await rows.answer(key)
    assert sealed is not None
    assert b"X-IN-07" not in sealed
    found = await rows.run(
        "select request_sha256 from idempotency_keys where key_hash = :hash",
        hash=await rows.hash(key),
    )
    sha256 = bytes(found[0].request_sha256).hex()
    vault = await rows.vault()
    assert b"X-IN-07" in vault.open_secret(f"answer:{sha256}:{key}", DEMO_TENANT, sealed)
    for purpose, owner in (
        (f"answer:{sha256}:", DEMO_TENANT),
        (f"answer:{sha256}:{key}0", DEMO_TENANT),
        (f"answer:{bytes(32).hex()}:{key}", DEMO_TENANT),
        (f"answer:{sha256}:{key}", uuid4()),
    ):
        with pytest.raises(SealBroken):
            vault.open_secret(purpose, owner, sealed)


async def test_after_a_day_a_key_is_forgotten_with_its_answer(
    compliance: httpx.AsyncClient, service: Service, rows: Rows
) -> None:
    headers = keyed()
    sessions = service.started.resources.sessions
    await compliance.post("/v1/wordings", json=WORDING, headers=headers)

    async def purge(after: timedelta) -> int:
        at = datetime.now(UTC) + after
        return await purge_idempotency(DEMO_TENANT, sessions=sessions, clock=lambda: at)

    assert await purge(timedelta(hours=23)) == 0
    assert (
        REPLAYED in (await compliance.post("/v1/wordings", json=WORDING, headers=headers)).headers
    )
    assert await purge(timedelta(hours=25)) >= 1
    assert await rows.run("select 1 from idempotency_keys") == []
    anew = await compliance.post("/v1/wordings", json={**WORDING, "code": "X-NO"}, headers=headers)
    assert anew.json()["type"] == "/errors/invalid-fields"
