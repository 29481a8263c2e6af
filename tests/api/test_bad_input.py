"""All that may be wrong with what is sent: refused by field or quarantined, and never half stored."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.embedded.start import DEMO_TENANT
from tests.api.conftest import Service
from tests.api.test_thread import application, recorded_decision


async def count_decisions(service: Service) -> int:
    async with service.started.resources.sessions.begin(DEMO_TENANT) as tx:
        found = await tx.session.execute(text("select count(*) from decisions"))
        return int(found.scalar_one())


JSON = {"Content-Type": "application/json"}
FUTURE = (datetime.now(UTC) + timedelta(days=2)).isoformat()
BAD_APPLICATIONS: list[tuple[str, dict[str, Any], str]] = [
    ("unknown product", {"product": "yacht"}, "unknown-product"),
    ("missing field", {"application": {}}, "/application/annual_income"),
    ("extra model field", {"application": {"shoe_size": 42}}, "/application/shoe_size"),
    ("extra field", {"surprise": 1}, "/surprise"),
    ("wrong type", {"requested": {"amount": "much"}}, "/requested/amount"),
    ("negative amount", {"requested": {"amount": -1}}, "/requested/amount"),
    ("naive time", {"received_at": "2026-11-01T10:00:00"}, "/received_at"),
    ("no such day", {"received_at": "2026-02-30T10:00:00Z"}, "/received_at"),
    ("future", {"received_at": FUTURE}, "/received_at"),
    ("long ago", {"received_at": "1066-10-14T10:00:00Z"}, "/received_at"),
    ("no applicant", {"applicants": []}, "/applicants"),
    ("unknown jurisdiction", {"jurisdiction": "Atlantis"}, "/jurisdiction"),
    ("control characters", {"external_id": "a\u0000b"}, "/external_id"),
    ("a year too early to move", {"received_at": "0001-01-01T00:00:00+05:00"}, "/received_at"),
    ("a year too late to move", {"received_at": "9999-12-31T23:59:59-05:00"}, "/received_at"),
    ("an integer too large", {"application": {"annual_income": 10**20}}, "/annual_income"),
    ("half a character", {"application": {"x": "\ud800"}}, "/application/x"),
    ("half a character in a name", {"application": {"\ud800": 1}}, "/application/"),
    (
        "nested without end",
        {"application": {"x": json.loads("[" * 300 + "]" * 300)}},
        "/application/x",
    ),
    (
        "blank name",
        {"applicants": [{"reference": "r", "name": " ", "address": "x"}]},
        "/applicants/0/name",
    ),
    (
        "nobody who applied",
        {"applicants": [{"reference": "r", "name": "A", "address": "x", "role": "guarantor"}]},
        "/applicants",
    ),
]


@pytest.mark.parametrize(
    ("changes", "named"),
    [case[1:] for case in BAD_APPLICATIONS],
    ids=[case[0] for case in BAD_APPLICATIONS],
)
async def test_a_bad_application_is_refused_by_field_and_nothing_is_stored(
    http: httpx.AsyncClient, service: Service, changes: dict[str, Any], named: str
) -> None:
    before = await count_decisions(service)
    content = json.dumps(application(**changes))  # in ASCII: httpx would not send half a character
    response = await http.post("/v1/applications", content=content, headers=JSON)
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert named in response.text
    assert await count_decisions(service) == before


ANSWER = recorded_decision()


def reference(**changes: Any) -> dict[str, Any]:
    held = {**ANSWER["attribution"]["reference"], **changes}
    return {"attribution": {**ANSWER["attribution"], "reference": held}}


def valued(value: Any) -> dict[str, Any]:
    first, *others = ANSWER["attribution"]["items"]
    return {"attribution": {**ANSWER["attribution"], "items": [{**first, "value": value}, *others]}}


def reported(**changes: Any) -> dict[str, Any]:
    report = {
        "agency": "B",
        "address": "x",
        "phone": "1",
        "score": 601,
        "score_min": 300,
        "score_max": 850,
    }
    applicant = {
        "reference": "r",
        "name": "A",
        "address": "x",
        "consumer_reports": [{**report, **changes}],
    }
    return {"applicants": [applicant]}  # fmt: skip


BAD_DECISIONS: list[tuple[str, dict[str, Any], str]] = [
    ("unknown model", {"model": {"name": "x", "version": "1"}}, "unknown-model"),
    ("score out of range", {"score": {**ANSWER["score"], "max": 310}}, "/score/value"),
    ("decided before received", {"decided_at": "2020-01-01T00:00:00Z"}, "/decided_at"),
    ("decided in the future", {"decided_at": FUTURE}, "/decided_at"),
    ("naive time", {"decided_at": "2026-11-01T10:00:00"}, "/decided_at"),
    ("no model", {"model": None}, "/model"),
    ("incomplete without what is missing", {"action": "incomplete"}, "/missing"),
    ("counteroffer without an offer", {"action": "counteroffer"}, "/offered/amount"),
    (
        "contribution infinite",
        {
            "attribution": {
                **ANSWER["attribution"],
                "items": [{"feature": "a", "value": 1, "contribution": "Infinity"}],
            }
        },
        "/attribution/items/0/contribution",
    ),
    ("reason code malformed", {"rules": [{"id": "x", "code": "c1 21"}]}, "/rules/0/code"),
    ("effective at the end of time", {"effective_at": "9999-12-31T00:00:00Z"}, "/effective_at"),
    ("completed after it was decided", {"decided_at": ANSWER["received_at"], "completed_at": ANSWER["decided_at"]}, "/completed_at"),
    ("a population too large", reference(n=10**20), "/attribution/reference/n"),
    ("half a character", reference(sha256="\ud800"), "/attribution/reference/sha256"),
    ("value infinite", valued("Infinity"), "/attribution/items/0/value"),
    ("value half a character", valued("\ud800"), "/attribution/items/0/value"),
    ("a bureau's score outside its range", reported(score=900), "/applicants/0/consumer_reports/0/score"),
    ("a bureau's score of tomorrow", reported(score_date="2999-01-01"), "/consumer_reports/0/score_date"),
    ("a consent to come", {"applicants": [{"reference": "r", "name": "A", "address": "x", "delivery": {"method": "electronic", "esign_consent_at": FUTURE}}]}, "/esign_consent_at"),
]  # fmt: skip
ITEMS = ANSWER["attribution"]["items"]


def attributed(*more: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"attribution": {**ANSWER["attribution"], "items": [*ITEMS, *more], **changes}}


DOUBTFUL_DECISIONS: list[tuple[str, dict[str, Any], str]] = [
    ("unmapped", attributed({"feature": "x", "value": 1, "contribution": 0}), "unmapped-feature"),
    (
        "protected",
        attributed({"feature": "prot_age", "value": 70, "contribution": 0}),
        "protected-feature",
    ),
    ("sum off", attributed(base=1), "attribution-sum"),
    ("wrong hash", {"model": {**ANSWER["model"], "artifact_sha256": "0" * 64}}, "artifact-differs"),
    ("other cutoff", {"decision": {"cutoff": 999, "outcome": "decline"}}, "cutoff-differs"),
    ("approved below the cutoff", {"action": "approved", "reasons": []}, "cutoff-side"),
    (
        "outcome on the other side",
        {"decision": {"cutoff": ANSWER["decision"]["cutoff"], "outcome": "approve"}},
        "cutoff-side",
    ),
    (
        "declined above the cutoff",
        {
            "score": {**ANSWER["score"], "value": 575},
            "decision": {},
            **attributed(items=[], base=575),
        },
        "cutoff-side",
    ),
    (
        "better the other way",
        {"score": {**ANSWER["score"], "higher_is_better": False}},
        "direction-differs",
    ),
    ("code in no catalogue", {"rules": [{"id": "x", "code": "ZZ-99"}]}, "code-not-in-catalogue"),
]


@pytest.mark.parametrize(
    ("changes", "finding"),
    [case[1:] for case in DOUBTFUL_DECISIONS],
    ids=[case[0] for case in DOUBTFUL_DECISIONS],
)
async def test_a_decision_that_fails_a_check_is_quarantined_and_its_clock_runs(
    http: httpx.AsyncClient, service: Service, changes: dict[str, Any], finding: str
) -> None:
    body = recorded_decision(**changes)
    posted = await http.post("/v1/decisions", json=body)
    assert posted.status_code == 202, posted.text
    decision = posted.json()
    assert decision["status"] == "quarantined"
    assert finding in decision["findings"]
    assert decision["reasons"] == []
    if body["action"] == "declined":
        received = datetime.fromisoformat(body["received_at"])
        due = datetime.fromisoformat(decision["notice_due_at"])
        assert due == received + timedelta(days=30)
    again = await http.post("/v1/decisions", json=body)
    assert (again.status_code, again.json()["id"]) == (202, decision["id"])
    async with service.started.resources.sessions.begin(DEMO_TENANT) as tx:
        queued = await tx.session.execute(
            text(
                "select count(*) from pgqueuer where convert_from(payload, 'UTF8') like '%' || :id || '%'"
            ),
            {"id": decision["id"]},
        )
        assert queued.scalar_one() == 0
    explained = await http.post(f"/v1/decisions/{decision['id']}/explanations")
    assert explained.status_code == 409
    assert "decision-quarantined" in explained.text


@pytest.mark.parametrize(
    ("changes", "named"),
    [case[1:] for case in BAD_DECISIONS],
    ids=[case[0] for case in BAD_DECISIONS],
)
async def test_a_bad_decision_is_refused_and_nothing_is_stored(
    http: httpx.AsyncClient, service: Service, changes: dict[str, Any], named: str
) -> None:
    before = await count_decisions(service)
    content = json.dumps(recorded_decision(**changes))
    response = await http.post("/v1/decisions", content=content, headers=JSON)
    assert response.status_code == 422, response.text
    assert named in response.text
    assert await count_decisions(service) == before


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
async def test_numbers_that_are_none_are_refused(http: httpx.AsyncClient, number: str) -> None:
    body = application()
    body["application"] = {**body["application"], "annual_income": "@"}
    content = json.dumps(body).replace('"@"', number)
    headers = {"Content-Type": "application/json"}
    response = await http.post("/v1/applications", content=content, headers=headers)
    assert response.status_code == 422
    assert "annual_income" in response.text
    decided = json.dumps(recorded_decision()).replace('"base": 575', f'"base": {number}')
    assert number in decided
    response = await http.post("/v1/decisions", content=decided, headers=headers)
    assert response.status_code == 422
    assert "/attribution/base" in response.text


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '"x"', "[" * 50_000])
async def test_what_is_no_application_at_all_is_refused(
    http: httpx.AsyncClient, content: str
) -> None:
    response = await http.post(
        "/v1/applications", content=content, headers={"Content-Type": "application/json"}
    )
    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_huge_body_is_refused_declared_or_not(http: httpx.AsyncClient) -> None:
    huge = b'{"external_id": "' + b"x" * 300_000

    async def undeclared() -> Any:
        yield huge

    for content in (huge, undeclared()):
        response = await http.post("/v1/applications", content=content)
        assert response.status_code == 413, response.text
        assert response.headers["content-type"] == "application/problem+json"
