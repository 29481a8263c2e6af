"""Compliance asks for wordings, a reviewer approves them, customers read them: over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.domain.access import Role
from app.domain.errors import InvalidFields
from app.embedded.start import DEMO_TENANT
from tests.api.conftest import Service
from tests.api.test_thread import application, explain
from tests.use_cases.wording_desk import TEXTS, expire_all

MODEL = {"name": "personal-loan", "version": "1.0.0"}


def client(service: Service, role: Role) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {service.token(role)}"}
    return httpx.AsyncClient(base_url=service.address, headers=headers, timeout=60)


@pytest.fixture
async def compliance(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with client(service, Role.COMPLIANCE) as http:
        yield http


@pytest.fixture
async def reviewer(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with client(service, Role.REVIEWER) as http:
        yield http


def body(**changes: Any) -> dict[str, Any]:
    return {"code": "X-IN-06", "model": MODEL, "text": TEXTS["X-IN-06"], **changes}


@pytest.fixture(autouse=True)
async def leave_none_behind(service: Service) -> AsyncIterator[None]:
    """The service is everybody's: what a test approved would word the next one's explanations."""
    yield
    await expire_all(service.started.resources.sessions, DEMO_TENANT)


async def test_what_compliance_asks_and_a_reviewer_approves_is_what_the_customer_reads(
    http: httpx.AsyncClient, compliance: httpx.AsyncClient, reviewer: httpx.AsyncClient
) -> None:
    made = []
    for code, text in TEXTS.items():
        asked = await compliance.post("/v1/wordings", json=body(code=code, text=text))
        assert asked.status_code == 201, asked.text
        wording = asked.json()
        assert asked.headers["Location"] == f"/v1/wordings/{wording['id']}"
        assert wording["state"] == "in_review"
        assert wording["fills_proved"] >= 1
        assert wording["samples"]
        made.append(wording["id"])
        again = await compliance.post("/v1/wordings", json=body(code=code, text=text))
        assert again.json()["id"] == wording["id"]
    desk = (await reviewer.get("/v1/reviews")).json()
    waiting = {entry["wording"]["id"]: entry for entry in desk["reviews"]}
    assert set(made) <= set(waiting)
    assert not any(entry["is_yours"] for entry in waiting.values())
    own = (await compliance.get("/v1/reviews")).json()
    assert all(entry["is_yours"] for entry in own["reviews"])
    for wording_id in made:
        path = f"/v1/wordings/{wording_id}/reviews"
        refused = await compliance.post(path, json={"verdict": "approve"})
        assert refused.status_code == 403
        approved = await reviewer.post(path, json={"verdict": "approve"})
        assert approved.status_code == 201, approved.text
        assert approved.json()["state"] == "approved"
        late = await reviewer.post(path, json={"verdict": "approve"})
        assert late.status_code == 409
        assert late.json()["type"] == "/errors/wording-not-in-review"

    decided = (await http.post("/v1/applications", json=application())).json()
    explained = await explain(http, decided["id"])
    assert explained["explanation"]["written_by"] == "wording"
    assert explained["explanation"]["tokens"] == 0
    assert explained["decision"]["explanation_state"] == "wording"
    read = (await http.get(f"/v1/decisions/{decided['id']}")).json()
    assert read["explanation_state"] == "wording"
    underwriter = await http.post(
        f"/v1/decisions/{decided['id']}/explanations", params={"audience": "underwriter"}
    )
    assert underwriter.json()["explanation"]["written_by"] == "template"

    listed = (await reviewer.get("/v1/wordings", params={"state": "approved"})).json()
    assert set(made) <= {wording["id"] for wording in listed["wordings"]}
    one = await reviewer.get(f"/v1/wordings/{made[2]}")
    assert one.json() == next(w for w in listed["wordings"] if w["id"] == made[2])
    assert one.json()["facts"] == [
        {
            "feature": "leverage_ratio",
            "label": "total debt as a share of total assets",
            "unit": "ratio",
            "adverse": "high",
            "values": "0 to 10000",
        }
    ]


async def test_wordings_are_listed_by_state_code_and_language(
    compliance: httpx.AsyncClient,
) -> None:
    texts = [
        f"Your total debt was {{leverage_ratio:ratio}} of your {w}."
        for w in ("assets", "total assets")
    ]
    ids = [
        (await compliance.post("/v1/wordings", json=body(text=text))).json()["id"] for text in texts
    ]
    query: dict[str, str | int] = {
        "state": "in_review",
        "code": "X-IN-06",
        "language": "en",
        "limit": 1,
    }
    first = (await compliance.get("/v1/wordings", params=query)).json()
    assert first["wordings"][0]["id"] == ids[1]
    rest = await compliance.get("/v1/wordings", params={**query, "before": first["next_before"]})
    assert rest.json()["wordings"][0]["id"] == ids[0]
    spanish = await compliance.get("/v1/wordings", params={**query, "language": "es"})
    assert spanish.json() == {"wordings": [], "next_before": None}


async def test_a_rejection_says_why(
    compliance: httpx.AsyncClient, reviewer: httpx.AsyncClient
) -> None:
    text = "Your debt was {leverage_ratio:ratio} of your total assets."
    wording = (await compliance.post("/v1/wordings", json=body(text=text))).json()
    path = f"/v1/wordings/{wording['id']}/reviews"
    for why in ("", "  "):
        mute = await reviewer.post(path, json={"verdict": "reject", "why": why})
        assert mute.status_code == 422
    rejected = await reviewer.post(path, json={"verdict": "reject", "why": "which debt?"})
    assert rejected.json()["state"] == "rejected"
    assert rejected.json()["why"] == "which debt?"
    assert rejected.json()["state_by"] == "development-reviewer"


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"text": "Your total debt was 40% of your assets."}, "wording-unproved", "leverage_ratio = 0.37"),
        ({"text": "Your debt was {leverage_ratio:ratio of it."}, InvalidFields.code, "/text"),
        ({"code": "X-NO-01"}, InvalidFields.code, "/code"),
        ({"model": {"name": "none", "version": "1"}}, "unknown-model", "/model"),
        ({"audience": "compliance"}, InvalidFields.code, "/audience"),
        ({"categories": {"a": []}}, InvalidFields.code, "/categories/a"),
        ({"colour": "red"}, InvalidFields.code, "/colour"),
    ],
)  # fmt: skip
async def test_what_cannot_be_worded_so_is_refused_with_the_place(
    compliance: httpx.AsyncClient, changes: dict[str, Any], code: str, named: str
) -> None:
    refused = await compliance.post("/v1/wordings", json=body(**changes))
    assert refused.status_code == 422, refused.text
    assert refused.json()["type"] == f"/errors/{code}"
    assert named in refused.text


async def test_without_a_model_a_text_must_be_sent(compliance: httpx.AsyncClient) -> None:
    asked = await compliance.post("/v1/wordings", json=body(text=None))
    assert asked.status_code == 503
    assert asked.json()["type"] == "/errors/writer-unavailable"


async def test_wordings_are_asked_for_reviewed_and_read_by_those_who_may(
    service: Service, http: httpx.AsyncClient, reviewer: httpx.AsyncClient
) -> None:
    missing = "/v1/wordings/01900000-0000-7000-8000-000000000000"
    assert (await http.post("/v1/wordings", json=body())).status_code == 403
    assert (await reviewer.post("/v1/wordings", json=body())).status_code == 403
    assert (await http.post(f"{missing}/reviews", json={"verdict": "approve"})).status_code == 403
    assert (await reviewer.get(missing)).status_code == 404
    answer = await reviewer.post(f"{missing}/reviews", json={"verdict": "approve"})
    assert answer.json()["type"] == "/errors/wording-not-found"
    async with client(service, Role.UNDERWRITER) as underwriter:
        assert (await underwriter.get("/v1/wordings")).status_code == 403
