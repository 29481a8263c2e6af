"""One application from POST to explanation and notice."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text

from app.domain.access import Role
from app.embedded.demo import demo_application
from app.embedded.start import DEMO_TENANT
from reference import scorecard
from reference.applications import application_of_household, derive
from seed.library import scf_households
from tests.api.conftest import Service

CARD = scorecard.load(scorecard.MODEL, scorecard.VERSION)
HOUSEHOLDS = list(scf_households("demo"))
DECLINED = next(
    row for row in HOUSEHOLDS if CARD.score(derive(application_of_household(row))) < CARD.cutoff
)


def application(**changes: Any) -> dict[str, Any]:
    return {**demo_application(DECLINED, uuid4().hex), **changes}


async def explain(http: httpx.AsyncClient, decision_id: str) -> dict[str, Any]:
    response = await http.post(f"/v1/decisions/{decision_id}/explanations", params={"wait_s": 30})
    assert response.status_code == 200, response.text
    explained: dict[str, Any] = response.json()
    return explained


async def notice_of(http: httpx.AsyncClient, decision_id: str, accept: str) -> httpx.Response:
    for _ in range(100):
        response = await http.get(f"/v1/decisions/{decision_id}/notice", headers={"Accept": accept})
        if response.status_code == 200:
            return response
        await asyncio.sleep(0.1)
    message = "the notice was not issued"
    raise AssertionError(message)


async def test_a_declined_application_ends_explained_and_notified(
    http: httpx.AsyncClient,
) -> None:
    body = application()
    posted = await http.post("/v1/applications", json=body)
    assert posted.status_code == 201
    decision = posted.json()
    assert decision["action"] == "declined"
    assert 1 <= len(decision["reasons"]) <= 4
    assert posted.headers["Location"] == f"/v1/decisions/{decision['id']}"

    explained = await explain(http, decision["id"])
    explanation = explained["explanation"]
    assert explanation["verdict"] == "verified"
    assert explanation["written_by"] == "template"
    assert [r["code"] for r in explanation["reasons"]] == [r["code"] for r in decision["reasons"]]
    places = {entry["where"] for entry in explanation["evidence"]}
    assert "summary" in places
    for at, reason in enumerate(explanation["reasons"]):
        assert f"reasons[{at}].statement" in places
        for citation in reason["citations"]:
            page = await http.get(citation["href"].partition("#")[0])
            assert '<mark id="quote">' in page.text

    held = (await notice_of(http, decision["id"], "application/json")).json()
    due = datetime.fromisoformat(held["due_at"])
    assert due - datetime.fromisoformat(body["received_at"]) == timedelta(days=30)
    assert [r["statement"] for r in held["reasons"]] == [
        r["statement"] for r in decision["reasons"]
    ]
    assert "Equal Credit Opportunity" in (await notice_of(http, decision["id"], "text/plain")).text
    assert "<!doctype html>" in (await notice_of(http, decision["id"], "text/html")).text
    again = await http.get(f"/v1/decisions/{decision['id']}")
    assert again.json()["explanation_state"] == "template"


async def test_recourse_is_what_the_model_would_have_approved(http: httpx.AsyncClient) -> None:
    body = application()
    decision = (await http.post("/v1/applications", json=body)).json()

    recourse = (await http.get(f"/v1/decisions/{decision['id']}/recourse")).json()

    assert recourse["found"]
    assert "would have met the cutoff on" in recourse["statement"]
    for path in recourse["paths"]:
        assert 1 <= len(path["changes"]) <= 3
        inputs = {name: float(value) for name, value in path["inputs"].items()}
        again = application(application={**body["application"], **inputs})
        assert (await http.post("/v1/applications", json=again)).json()["action"] == "approved"
    elsewhere = (await http.post("/v1/decisions", json=recorded_decision())).json()
    refused = await http.get(f"/v1/decisions/{elsewhere['id']}/recourse")
    assert refused.status_code == 409
    assert "recourse-unavailable" in refused.text


async def test_recourse_proposes_nothing_that_could_not_be_asked_for(
    http: httpx.AsyncClient,
) -> None:
    """Half of the least amount that can be lent is no application: it is passed over."""
    good = max(HOUSEHOLDS, key=lambda row: CARD.score(derive(application_of_household(row))))
    body = demo_application(good, uuid4().hex)
    body["application"] |= {
        "annual_income": 12_000,
        "monthly_debt_payments": 430,
        "total_debt": 0,
        "card_balance": 0,
        "vehicle_loan_balance": 0,
        "education_loan_balance": 0,
        "net_worth": 500_000,
        "liquid_assets": 100_000,
        "requested_amount": 600,
        "requested_term_months": 6,
    }
    decision = (await http.post("/v1/applications", json=body)).json()
    assert decision["action"] in {"counteroffer", "declined"}, decision
    recourse = await http.get(f"/v1/decisions/{decision['id']}/recourse")
    assert recourse.status_code == 200, recourse.text
    for path in recourse.json()["paths"]:
        assert float(path["inputs"].get("requested_amount", 600)) >= 500


async def test_recourse_says_plainly_when_nothing_small_was_found(http: httpx.AsyncClient) -> None:
    worst = min(HOUSEHOLDS, key=lambda row: CARD.score(derive(application_of_household(row))))
    posted = await http.post("/v1/applications", json=demo_application(worst, uuid4().hex))
    recourse = (await http.get(f"/v1/decisions/{posted.json()['id']}/recourse")).json()
    assert not recourse["found"]
    assert recourse["paths"] == []
    assert recourse["statement"].startswith("No small change was found")


async def test_one_trace_runs_from_the_request_through_the_queue(
    http: httpx.AsyncClient, spans: InMemorySpanExporter
) -> None:
    decision = (await http.post("/v1/applications", json=application())).json()
    await explain(http, decision["id"])
    await notice_of(http, decision["id"], "application/json")
    await asyncio.sleep(0.2)
    finished = spans.get_finished_spans()
    (job,) = (
        span
        for span in finished
        if span.name == "explain-decision"
        and (span.attributes or {}).get("rationale.decision_id") == decision["id"]
    )
    traced = {span.name for span in finished if span.context.trace_id == job.context.trace_id}
    assert traced == {
        "POST /v1/applications",
        "explain-decision",
        "find evidence",
        "issue-notice",
    }
    held = " ".join(str(dict(span.attributes or {})) for span in finished)
    assert "Jordan Example" not in held


async def test_an_approved_application_is_priced_and_owes_no_notice(
    http: httpx.AsyncClient,
) -> None:
    good = max(HOUSEHOLDS, key=lambda row: CARD.score(derive(application_of_household(row))))
    decision = (
        await http.post("/v1/applications", json=demo_application(good, uuid4().hex))
    ).json()
    assert decision["action"] == "approved"
    assert decision["offered"]["apr_bps"] > 0
    assert (await http.get(f"/v1/decisions/{decision['id']}/notice")).status_code == 404
    assert (await http.post(f"/v1/decisions/{decision['id']}/explanations")).status_code == 409


async def test_a_loan_too_heavy_is_countered_with_its_own_reason(http: httpx.AsyncClient) -> None:
    good = max(HOUSEHOLDS, key=lambda row: CARD.score(derive(application_of_household(row))))
    body = demo_application(good, uuid4().hex)
    body["application"] |= {
        "annual_income": 100_000,
        "monthly_debt_payments": 3000,
        "total_debt": 50_000,
        "net_worth": 500_000,
        "liquid_assets": 100_000,
        "requested_amount": 40_000,
        "requested_term_months": 12,
    }
    posted = await http.post("/v1/applications", json=body)
    decision = posted.json()
    assert decision["action"] == "counteroffer", posted.text
    assert [reason["code"] for reason in decision["reasons"]] == ["C1-09"]
    assert (await explain(http, decision["id"]))["explanation"]["verdict"] == "verified"
    letter = await notice_of(http, decision["id"], "text/plain")
    assert "What we can offer" in letter.text


async def test_the_same_request_gets_the_first_answer_also_at_once(
    http: httpx.AsyncClient,
) -> None:
    body = application()
    headers = {"Idempotency-Key": uuid4().hex}
    answers = await asyncio.gather(
        *(http.post("/v1/applications", json=body, headers=headers) for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = {**body, "external_id": uuid4().hex}
    reused = await http.post("/v1/applications", json=other, headers=headers)
    assert reused.status_code == 422
    assert reused.json()["type"] == "/errors/idempotency-key-reused"
    changed = {**body, "requested": {"amount": "999"}}
    taken = await http.post("/v1/applications", json=changed)
    assert taken.status_code == 409


def recorded_decision(**changes: Any) -> dict[str, Any]:
    values = derive(application_of_household(DECLINED))
    answer = scorecard.answer(CARD, scorecard.registration(CARD.name, CARD.version), values)
    now = datetime.now(UTC)
    applicant = {"reference": "r-1", "name": "Ann Lee", "address": "1 Road"}
    return {
        **answer,
        "external_id": uuid4().hex,
        "product": "personal-loan",
        "action": "declined",
        "received_at": (now - timedelta(days=2)).isoformat(),
        "decided_at": now.isoformat(),
        "applicants": [applicant],
        **changes,
    }


async def test_a_decision_made_elsewhere_is_recorded_and_explained(
    http: httpx.AsyncClient,
) -> None:
    posted = await http.post("/v1/decisions", json=recorded_decision())
    assert posted.status_code == 201, posted.text
    assert posted.json()["findings"] == []
    assert (await explain(http, posted.json()["id"]))["explanation"]["reasons"]


async def test_claimed_reasons_that_differ_are_a_finding(http: httpx.AsyncClient) -> None:
    posted = await http.post("/v1/decisions", json=recorded_decision(reasons=["C1-01"]))
    assert posted.json()["findings"] == ["claimed-reasons-differ"]


async def test_an_underwriter_decides_without_a_model(http: httpx.AsyncClient) -> None:
    body = recorded_decision(component="judgmental", judgmental=["C1-05", "C1-09"])
    for name in ("model", "score", "decision", "attribution", "reasons", "rules"):
        body.pop(name, None)
    posted = await http.post("/v1/decisions", json=body)
    assert posted.status_code == 201, posted.text
    assert [reason["code"] for reason in posted.json()["reasons"]] == ["C1-05", "C1-09"]
    explained = await explain(http, posted.json()["id"])
    assert [r["code"] for r in explained["explanation"]["reasons"]] == ["C1-05", "C1-09"]
    notice = (await notice_of(http, posted.json()["id"], "application/json")).json()
    assert notice["form"] == "C-2"
    pdf = await notice_of(http, posted.json()["id"], "application/pdf")
    assert pdf.content.startswith(b"%PDF")


async def test_nothing_is_answered_without_a_token_or_permission(
    http: httpx.AsyncClient, service: Service
) -> None:
    async with httpx.AsyncClient(base_url=service.address) as stranger:
        refused = await stranger.get("/v1/decisions")
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == "Bearer"
    reviewer = {"Authorization": f"Bearer {service.token(Role.REVIEWER)}"}
    assert (
        await http.post("/v1/applications", json=application(), headers=reviewer)
    ).status_code == 403


async def test_an_unknown_decision_is_not_found(http: httpx.AsyncClient) -> None:
    for path in ("", "/notice", "/explanations"):
        response = await http.get(f"/v1/decisions/{uuid4()}{path}")
        assert response.status_code == 404
    assert (await http.get("/v1/decisions/not-a-uuid")).status_code == 422


async def test_policies_are_searched_as_of_a_day(http: httpx.AsyncClient) -> None:
    found = await http.get("/v1/policies/search", params={"q": "1002.9(b)(2)", "limit": 3})
    assert found.json()["hits"][0]["citation"] == "12 CFR 1002.9(b)(2)"
    refused = await http.get("/v1/policies/search", params={"q": "x" * 5000})
    assert refused.status_code == 422


async def test_decisions_are_listed_page_by_page(http: httpx.AsyncClient) -> None:
    for _ in range(3):
        await http.post("/v1/applications", json=application())
    first = (await http.get("/v1/decisions", params={"limit": 2})).json()
    second = (
        await http.get("/v1/decisions", params={"limit": 2, "before": first["next_before"]})
    ).json()
    ids = [d["id"] for d in first["decisions"] + second["decisions"]]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == len(ids)


async def test_the_process_says_how_it_is(http: httpx.AsyncClient) -> None:
    assert (await http.get("/livez")).status_code == 200
    assert (await http.get("/readyz")).status_code == 200
    metrics = (await http.get("/metrics")).text
    assert 'rationale_explanations_total{outcome="template"}' in metrics
    assert "Ann Lee" not in metrics


async def test_personal_data_lies_sealed_in_the_database(
    http: httpx.AsyncClient, service: Service
) -> None:
    posted = (await http.post("/v1/decisions", json=recorded_decision())).json()
    await notice_of(http, posted["id"], "application/json")
    async with service.started.resources.sessions.begin(DEMO_TENANT) as tx:
        for table in ("decisions", "notices", "explanations", "drafts", "audit_events"):
            rows = await tx.session.execute(text(f"select {table}::text from {table}"))
            assert not any(b"Ann Lee".hex() in r[0] or "Ann Lee" in r[0] for r in rows)
