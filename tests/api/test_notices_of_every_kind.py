"""Each kind of action, over HTTP: which notice it ends in, and when that is due."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.embedded.demo import demo_application
from reference.applications import application_of_household, derive
from tests.api.test_thread import CARD, HOUSEHOLDS, explain, notice_of, recorded_decision

REPORT = {
    "agency": "Example Bureau",
    "address": "1 Bureau Way",
    "phone": "1-800-555-0111",
    "score": 601,
    "score_min": 300,
    "score_max": 850,
    "score_date": "2026-10-30",
    "score_provider": "Example Scores",
    "key_factors": ["Serious delinquency"],
}
TODAY = datetime.now(UTC)
JUDGED: dict[str, Any] = {"component": "judgmental", "judgmental": ["C1-05", "C1-09"], "model": None, "score": None,
          "attribution": None, "decision": {}, "reasons": []}  # fmt: skip
APPLICANT = {"reference": "r-1", "name": "Ann Lee", "address": "1 Road"}
JOINT = {"role": "joint", "reference": "r-2", "name": "Bob Lee", "address": "1 Road"}
ACTIONS: list[tuple[dict[str, Any], str, str, timedelta]] = [
    ({}, "C-3", "received_at", timedelta(days=30)),
    ({"rules": [{"id": "x", "code": "C1-21"}], "reasons": []}, "C-1", "received_at", timedelta(days=30)),
    (JUDGED, "C-2", "received_at", timedelta(days=30)),
    ({"reasons_given": "on_request"}, "C-5", "received_at", timedelta(days=30)),
    (
        {**JUDGED, "action": "counteroffer", "offered": {"amount": 3000, "term_months": 24}},
        "C-4",
        "received_at",
        timedelta(days=30),
    ),
    (
        {
            **JUDGED,
            "action": "incomplete",
            "judgmental": [],
            "missing": [{"item": "Two pay stubs", "respond_by": (TODAY + timedelta(days=20)).date().isoformat()}],
        },
        "C-6",
        "received_at",
        timedelta(days=30),
    ),
    ({"purpose": "business", "business": {"gross_revenue": 400_000}}, "C-7", "received_at", timedelta(days=30)),
    ({"purpose": "business", "business": {"trade_credit": True}}, "C-8", "received_at", timedelta(days=30)),
    ({**JUDGED, "action": "account_terminated", "cause": "past_delinquency"}, "account", "decided_at", timedelta(days=30)),
    ({**JUDGED, "action": "terms_changed"}, "account", "decided_at", timedelta(days=30)),
    (
        {
            **JUDGED,
            "action": "less_favorable_terms",
            "effective_at": (TODAY + timedelta(days=10)).isoformat(),
            "applicants": [{**APPLICANT, "consumer_reports": [REPORT]}],
        },
        "H-7",
        "effective_at",
        timedelta(days=5),
    ),
    ({"jurisdiction": "EU", "member_state": "AT"}, "GDPR", "", timedelta(0)),
    ({"jurisdiction": "UK"}, "UK-GDPR", "", timedelta(0)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "form", "runs_from", "days"), ACTIONS, ids=[a[1] for a in ACTIONS]
)
async def test_each_action_ends_in_its_notice_on_its_day(
    http: httpx.AsyncClient, changes: dict[str, Any], form: str, runs_from: str, days: timedelta
) -> None:
    body = recorded_decision(**changes)
    posted = await http.post("/v1/decisions", json=body)
    assert posted.status_code == 201, posted.text
    notice = (await notice_of(http, posted.json()["id"], "application/json")).json()
    assert notice["form"] == form
    if runs_from:
        assert (
            datetime.fromisoformat(notice["due_at"])
            == datetime.fromisoformat(body[runs_from]) + days
        )
    pdf = await notice_of(http, posted.json()["id"], "application/pdf")
    assert pdf.content.startswith(b"%PDF-1.7")


@pytest.mark.parametrize("cause", ["delinquency", "default", "inactivity", "agreed", "class_wide"])
async def test_what_is_no_adverse_action_owes_no_notice(
    http: httpx.AsyncClient, cause: str
) -> None:
    body = recorded_decision(**{**JUDGED, "action": "account_terminated", "cause": cause})
    posted = await http.post("/v1/decisions", json=body)
    assert posted.status_code == 201
    assert posted.json()["notice_due_at"] is None
    assert posted.json()["reasons"] == []


async def test_each_joint_applicant_reads_their_own_score_alone(http: httpx.AsyncClient) -> None:
    applicants = [
        {**APPLICANT, "consumer_reports": [REPORT]},
        {**JOINT, "consumer_reports": [{**REPORT, "score": 655}]},
    ]
    posted = await http.post("/v1/decisions", json=recorded_decision(applicants=applicants))
    path = f"/v1/decisions/{posted.json()['id']}"
    await notice_of(http, posted.json()["id"], "text/plain")
    ann = await http.get(f"{path}/notice?addressee=primary", headers={"Accept": "text/plain"})
    bob = await http.get(f"{path}/notice?addressee=joint-1", headers={"Accept": "text/plain"})
    assert ("601" in ann.text, "655" in ann.text) == (True, False)
    assert ("601" in bob.text, "655" in bob.text) == (False, True)
    assert len((await http.get(f"{path}/notices")).json()) == 2
    assert (await http.get(f"{path}/notice?addressee=joint-2")).status_code == 404


async def test_a_price_set_from_a_report_is_told_and_explained(http: httpx.AsyncClient) -> None:
    middling = next(
        row
        for row in HOUSEHOLDS
        if CARD.cutoff <= CARD.score(derive(application_of_household(row))) < 589
        and derive(application_of_household(row))["payment_to_income"] < 0.25
    )
    body = demo_application(middling, uuid4().hex)
    body["applicants"][0]["consumer_reports"] = [REPORT]

    priced = (await http.post("/v1/applications", json=body)).json()

    assert priced["action"] == "less_favorable_terms"
    assert priced["reasons"]
    assert priced["offered"]["apr_bps"] > 899
    notice = (await notice_of(http, priced["id"], "application/json")).json()
    assert notice["form"] == "H-6"
    assert notice["reasons"] == []  # the bureau's key factors are another list
    explained = await explain(http, priced["id"])
    assert "less favorable terms" in explained["explanation"]["summary"]
    without = demo_application(middling, uuid4().hex)
    assert (await http.post("/v1/applications", json=without)).json()["action"] == "approved"
