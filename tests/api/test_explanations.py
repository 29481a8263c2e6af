"""Explanations over HTTP: streams, versions, and writing one anew."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.api import event_stream
from app.domain.access import Role
from app.embedded.serving import listen, serving
from app.embedded.start import DEMO_TENANT, start
from app.settings import Settings
from tests.api.conftest import Service
from tests.api.test_thread import application
from tests.contracts.watchful_endpoint import WatchfulEndpoint
from tests.domain.kinds_of_notice import CATALOGUE

EVENTS = {"Accept": "text/event-stream"}


@dataclass(frozen=True, slots=True)
class Writing:
    service: Service
    http: httpx.AsyncClient
    endpoint: WatchfulEndpoint


@pytest.fixture
async def writing(state: Path, service: Service) -> AsyncIterator[Writing]:
    """A second process of the service, without a worker, whose model answers when told to."""
    endpoint = WatchfulEndpoint(CATALOGUE)
    async with endpoint.serving() as base_url:
        settings = Settings(home=state, llm_base_url=base_url, llm_model="watchful")
        started = await start(settings)
        listening = listen("127.0.0.1", 0)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        other = Service(address, started)
        headers = {"Authorization": f"Bearer {other.token(Role.SERVICE)}"}
        async with (
            serving(started, settings, listening, with_worker=False),
            httpx.AsyncClient(base_url=address, headers=headers, timeout=60) as http,
        ):
            yield Writing(other, http, endpoint)
        await started.close()


async def declined(http: httpx.AsyncClient) -> str:
    posted = await http.post("/v1/applications", json=application())
    assert posted.status_code == 201
    return str(posted.json()["id"])


def path(decision_id: str) -> str:
    return f"/v1/decisions/{decision_id}/explanations"


def parsed(raw: str) -> list[tuple[str, str, dict[str, Any]]]:
    events = []
    for block in raw.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            events.append((lines["event"], lines["id"], json.loads(lines["data"])))
    return events


async def test_statements_are_streamed_with_their_citations_and_evidence(
    writing: Writing,
) -> None:
    decision_id = await declined(writing.http)
    asked = {"audience": "underwriter"}
    response = await writing.http.post(path(decision_id), params=asked, headers=EVENTS)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    events = parsed(response.text)
    decision = (await writing.http.get(f"/v1/decisions/{decision_id}")).json()
    codes = [reason["code"] for reason in decision["reasons"]]
    assert [name for name, _, _ in events] == ["statement"] * len(codes) + ["summary", "done"]
    for at, (_, event_id, data) in enumerate(events[: len(codes)]):
        assert event_id == data["id"] == str(at + 1)
        assert data["code"] == codes[at]
        assert data["text"]
        assert data["citations"][0]["quote"]
        assert {"reason", "passage"} <= {entry["kind"] for entry in data["evidence"]}
        assert all(entry["where"].startswith(f"reasons[{at}]") for entry in data["evidence"])
    done = events[-1][2]
    assert done["outcome"] == "first_try"
    stands = (await writing.http.get(path(decision_id), params=asked)).json()
    assert done["explanation"]["id"] == done["id"] == stands["id"]


async def test_a_client_that_leaves_cancels_the_draft(writing: Writing, service: Service) -> None:
    decision_id = await declined(writing.http)
    asked = {"audience": "underwriter"}
    async with writing.http.stream(
        "POST", path(decision_id), params=asked, headers=EVENTS
    ) as response:
        chunks = response.aiter_text()
        async for chunk in chunks:
            if "event: statement" in chunk:
                break
            writing.endpoint.may_answer.set()
        writing.endpoint.may_answer.clear()
        await asyncio.wait_for(writing.endpoint.is_holding.wait(), 10)
    await asyncio.wait_for(writing.endpoint.left.wait(), 10)
    async with service.started.resources.sessions.begin(DEMO_TENANT) as tx:
        for table in ("explanations", "drafts"):
            held = await tx.session.execute(
                text(f"select count(*) from {table} where decision_id = :id and audience = :a"),
                {"id": decision_id, "a": "underwriter"},
            )
            assert held.scalar_one() == 0
        waiting = await tx.session.execute(
            text("select count(*) from pgqueuer where dedupe_key = :key"),
            {"key": f"{DEMO_TENANT}:explain-decision:{decision_id}:underwriter:en"},
        )
        assert waiting.scalar_one() == 1


async def test_a_heartbeat_is_sent_while_the_model_thinks(
    writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_S", 0.05)
    decision_id = await declined(writing.http)
    writing.endpoint.may_answer.clear()
    beats = 0
    async with writing.http.stream(
        "POST", path(decision_id), params={"audience": "underwriter"}, headers=EVENTS
    ) as response:
        async for line in response.aiter_lines():
            beats += line.startswith(":")
            if beats == 4:
                writing.endpoint.may_answer.set()
    assert beats >= 4


async def test_a_refusal_is_a_problem_and_no_stream(http: httpx.AsyncClient) -> None:
    unknown = "01900000-0000-7000-8000-000000000000"
    refused = await http.post(path(unknown), headers=EVENTS)
    assert refused.status_code == 404
    assert refused.json()["type"] == "/errors/decision-not-found"


async def test_an_explanation_is_written_anew_for_a_reason(http: httpx.AsyncClient) -> None:
    decision_id = await declined(http)
    first = (await http.post(path(decision_id))).json()["explanation"]
    without = await http.post(path(decision_id), params={"regenerate": True})
    assert without.status_code == 422
    assert without.json()["errors"][0]["pointer"] == "/why"
    body = {"why": "policy_changed", "replaces": first["id"]}
    renewed = await http.post(path(decision_id), params={"regenerate": True}, json=body)
    second = renewed.json()["explanation"]
    assert second["id"] != first["id"]
    again = await http.post(path(decision_id), params={"regenerate": True}, json=body)
    assert again.json()["explanation"]["id"] == second["id"]
    assert (await http.get(path(decision_id))).json()["id"] == second["id"]

    listed = (await http.get(path(decision_id), params={"all": True})).json()["versions"]
    assert [(v["id"], v["is_current"], v["replaces"], v["why"]) for v in listed] == [
        (second["id"], True, first["id"], "policy_changed"),
        (first["id"], False, None, None),
    ]
    page = (await http.get(path(decision_id), params={"all": True, "limit": 1})).json()
    assert page["next_before"] == second["id"]
    opened = await http.get(f"{path(decision_id)}/{first['id']}")
    assert opened.json()["summary"] == first["summary"]
    missing = await http.get(f"{path(decision_id)}/{decision_id}")
    assert missing.json()["type"] == "/errors/explanation-not-found"


async def test_a_document_says_which_explanations_rest_on_it(http: httpx.AsyncClient) -> None:
    decision_id = await declined(http)
    explanation = (await http.post(path(decision_id))).json()["explanation"]
    span = next(entry for entry in explanation["evidence"] if entry["kind"] == "passage")
    documents = (await http.get("/v1/policies/documents")).json()
    version = next(d["id"] for d in documents if d["sha256"] == span["version_sha256"])
    asked = {"citation": span["ref"], "limit": 200}
    impact = await http.get(f"/v1/policies/documents/{version}/impact", params=asked)
    assert impact.status_code == 200, impact.text
    assert explanation["id"] in {each["id"] for each in impact.json()["explanations"]}
    assert span["ref"] in {each["citation"] for each in impact.json()["passages"]}


async def test_each_reader_gets_the_view_of_theirs(http: httpx.AsyncClient) -> None:
    decision_id = await declined(http)
    for audience in ("customer", "underwriter"):
        await http.post(path(decision_id), params={"audience": audience})
    seen = {
        audience: (await http.get(path(decision_id), params={"audience": audience})).json()
        for audience in ("customer", "underwriter", "compliance")
    }
    codes = {tuple(r["code"] for r in body["view"]["reasons"]) for body in seen.values()}
    assert len(codes) == 1
    assert seen["customer"]["view"]["rights"]
    assert "attributions" not in seen["customer"]["view"]
    assert seen["underwriter"]["view"]["attributions"][0]["deficit"]
    checks = {check["name"]: check["passed"] for check in seen["compliance"]["view"]["checks"]}
    assert checks["views-agree"]
    assert checks["every-sentence-has-evidence"]
    version = f"{path(decision_id)}/{seen['customer']['id']}"
    audited = (await http.get(version, params={"audience": "compliance"})).json()
    assert audited["view"]["versions"]["explanation"] == seen["customer"]["id"]
