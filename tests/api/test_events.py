"""What happens after a decision, told over HTTP."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import httpx
import pytest

from app.domain.access import Role
from tests.api.conftest import Service
from tests.api.test_thread import notice_of, recorded_decision

JUDGED: dict[str, Any] = {"component": "judgmental", "judgmental": ["C1-05"], "model": None, "score": None,
          "attribution": None, "decision": {}, "reasons": []}  # fmt: skip
SAID = datetime.now(UTC).isoformat()


async def decided(http: httpx.AsyncClient, **changes: Any) -> tuple[str, dict[str, Any]]:
    """A recorded decision and its notice."""
    posted = await http.post("/v1/decisions", json=recorded_decision(**changes))
    assert posted.status_code == 201, posted.text
    decision_id = posted.json()["id"]
    return decision_id, (await notice_of(http, decision_id, "application/json")).json()


async def tell(http: httpx.AsyncClient, decision_id: str, **event: Any) -> dict[str, Any]:
    told = await http.post(f"/v1/decisions/{decision_id}/events", json={"at": SAID, **event})
    assert told.status_code == 201, told.text
    answered: dict[str, Any] = told.json()
    return answered


async def test_a_letter_waits_in_the_print_queue_until_it_is_handed_over(
    http: httpx.AsyncClient,
) -> None:
    decision_id, notice = await decided(http)
    before = (await http.get(f"/v1/decisions/{decision_id}/events")).json()
    assert [o["task"] for o in before["owed"]] == ["hand_over_notice"]
    queue = await http.get("/v1/print-queue?limit=200", headers={"Accept": "application/zip"})
    with ZipFile(BytesIO(queue.content)) as bundle:
        assert bundle.read(f"{notice['id']}.pdf").startswith(b"%PDF")
        assert notice["id"] in bundle.read("manifest.json").decode()

    handed = {"kind": "notice_handed_over", "notice_id": notice["id"]}
    after = await tell(http, decision_id, **handed)

    assert after["owed"] == []
    assert after["notices"][0]["handed_over_at"] is not None
    assert after["notices"][0]["late_by_s"] == 0
    manifest = (await http.get("/v1/print-queue?limit=200")).json()
    assert notice["id"] not in {line["notice_id"] for line in manifest}
    assert await tell(http, decision_id, **handed) == after  # told twice, recorded once
    returned = await tell(http, decision_id, kind="notice_returned", notice_id=notice["id"])
    assert [o["task"] for o in returned["owed"]] == ["resend_notice"]


async def test_asking_for_reasons_issues_the_statement_of_reasons(http: httpx.AsyncClient) -> None:
    decision_id, notice = await decided(http, reasons_given="on_request")
    assert (notice["form"], notice["reasons"]) == ("C-5", [])

    after = await tell(http, decision_id, kind="reasons_requested")

    issued = {n["duty"]: n for n in after["notices"]}
    assert set(issued) == {"adverse_action", "statement_of_reasons"}
    due = datetime.fromisoformat(issued["statement_of_reasons"]["due_at"])
    assert due == datetime.fromisoformat(SAID) + timedelta(days=30)
    statement = await http.get(f"/v1/decisions/{decision_id}/notice?duty=statement_of_reasons")
    assert statement.json()["reasons"]


async def test_the_work_list_shows_the_quarantined_until_they_are_superseded(
    http: httpx.AsyncClient,
) -> None:
    doubtful = recorded_decision(rules=[{"id": "x", "code": "ZZ-99"}])
    posted = await http.post("/v1/decisions", json=doubtful)
    decision_id = posted.json()["id"]

    async def listed() -> dict[str, Any] | None:
        work = (await http.get("/v1/work?limit=500")).json()
        return next((w for w in work if w["decision_id"] == decision_id), None)

    waiting = await listed()
    assert waiting is not None
    assert waiting["owed"][0]["task"] == "resolve_quarantine"
    assert waiting["owed"][0]["due_at"] is not None
    corrected, _ = await decided(http)
    await tell(http, decision_id, kind="superseded", by=corrected)
    assert await listed() is None


async def queued(http: httpx.AsyncClient) -> set[str]:
    return {line["notice_id"] for line in (await http.get("/v1/print-queue?limit=200")).json()}


async def test_a_letter_that_came_back_is_printed_again(http: httpx.AsyncClient) -> None:
    decision_id, notice = await decided(http)
    handed = {"kind": "notice_handed_over", "notice_id": notice["id"]}
    await tell(http, decision_id, **handed)
    assert notice["id"] not in await queued(http)
    await tell(http, decision_id, kind="notice_returned", notice_id=notice["id"])
    assert notice["id"] in await queued(http)
    await tell(http, decision_id, **handed, at=datetime.now(UTC).isoformat())
    assert notice["id"] not in await queued(http)


async def test_one_unprintable_letter_keeps_no_other_from_the_mail(
    http: httpx.AsyncClient,
) -> None:
    applicant = {"reference": "r-1", "name": "\U000f0000", "address": "1 Road"}
    decision_id, unprintable = await decided(http, applicants=[applicant])
    _, other = await decided(http)
    pdf = await http.get(
        f"/v1/decisions/{decision_id}/notice", headers={"Accept": "application/pdf"}
    )
    assert (pdf.status_code, pdf.json()["type"]) == (409, "/errors/notice-unprintable")
    queue = await http.get("/v1/print-queue?limit=200", headers={"Accept": "application/zip"})
    with ZipFile(BytesIO(queue.content)) as bundle:
        assert f"{other['id']}.pdf" in bundle.namelist()
        manifest = {line["notice_id"]: line for line in json.loads(bundle.read("manifest.json"))}
    assert "font" in manifest[unprintable["id"]]["problem"]


async def test_on_acceptance_the_pricing_notice_is_printed_and_the_denial_is_not(
    http: httpx.AsyncClient,
) -> None:
    report = {"agency": "Example Bureau", "address": "1 Bureau Way", "phone": "1-800-555-0111"}
    applicant = {"reference": "r-1", "name": "Ann Lee", "address": "1 Road"}
    offer = {"action": "counteroffer", "offered": {"amount": 3000}}
    party = {"applicants": [{**applicant, "consumer_reports": [report]}]}
    decision_id, denial = await decided(http, **JUDGED, **offer, **party)

    after = await tell(http, decision_id, kind="counteroffer_accepted")

    (pricing,) = (n for n in after["notices"] if n["duty"] == "risk_based_pricing")
    assert [(o["task"], o["notice_id"]) for o in after["owed"]] == [
        ("hand_over_notice", pricing["id"])
    ]
    waiting = await queued(http)
    assert pricing["id"] in waiting
    assert denial["id"] not in waiting


async def listed(http: httpx.AsyncClient, decision_id: str) -> list[str]:
    work = (await http.get("/v1/work?limit=500")).json()
    return [o["task"] for w in work if w["decision_id"] == decision_id for o in w["owed"]]


async def test_a_notice_that_cannot_be_composed_stands_on_the_work_list(
    http: httpx.AsyncClient,
) -> None:
    report = {
        "agency": "B",
        "address": "1 Way",
        "phone": "1",
        "score": 601,
        "score_min": 300,
        "score_max": 850,
    }
    applicant = {
        "reference": "r-1",
        "name": "Ann Lee",
        "address": "1 Road",
        "consumer_reports": [report],
    }
    posted = await http.post("/v1/decisions", json=recorded_decision(applicants=[applicant]))  # fmt: skip
    assert await listed(http, posted.json()["id"]) == ["issue_notice"]


async def test_a_quarantined_approval_stands_on_the_work_list(http: httpx.AsyncClient) -> None:
    posted = await http.post("/v1/decisions", json=recorded_decision(action="approved", reasons=[]))
    assert posted.status_code == 202
    assert await listed(http, posted.json()["id"]) == ["resolve_quarantine"]


async def test_a_decision_about_another_person_takes_no_ones_place(
    http: httpx.AsyncClient,
) -> None:
    decision_id, _ = await decided(http)
    other = {"reference": uuid4().hex, "name": "Bob", "address": "2 Road"}
    other_id, _ = await decided(http, applicants=[other])
    event = {"kind": "superseded", "at": SAID, "by": other_id}
    refused = await http.post(f"/v1/decisions/{decision_id}/events", json=event)
    assert refused.status_code == 409
    assert "another person" in refused.text


@pytest.mark.parametrize(
    ("event", "status", "named"),
    [
        ({"kind": "moon_landing"}, 422, "kind"),
        ({"kind": "withdrawn", "at": "2026-11-01T10:00:00"}, 422, "/at"),
        ({"kind": "withdrawn", "at": "2999-11-01T10:00:00Z"}, 422, "/at"),
        ({"kind": "withdrawn", "surprise": 1}, 422, "surprise"),
        ({"kind": "counteroffer_accepted"}, 409, "event-refused"),
        ({"kind": "superseded", "by": str(uuid4())}, 404, "decision-not-found"),
        ({"kind": "notice_handed_over", "notice_id": str(uuid4())}, 409, "event-refused"),
    ],
)
async def test_an_event_that_cannot_be_is_refused(
    http: httpx.AsyncClient, event: dict[str, Any], status: int, named: str
) -> None:
    decision_id, _ = await decided(http)
    told = await http.post(f"/v1/decisions/{decision_id}/events", json={"at": SAID, **event})
    assert told.status_code == status, told.text
    assert named in told.text
    history = (await http.get(f"/v1/decisions/{decision_id}/events")).json()
    assert history["events"] == []


async def test_electronic_delivery_without_consent_is_refused(http: httpx.AsyncClient) -> None:
    decision_id, notice = await decided(http)
    event = {"kind": "notice_handed_over", "at": SAID, "notice_id": notice["id"]}
    told = await http.post(
        f"/v1/decisions/{decision_id}/events", json={**event, "method": "electronic"}
    )
    assert told.status_code == 409
    assert "E-Sign" in told.text


async def test_an_underwriter_cannot_fetch_the_letters(service: Service) -> None:
    headers = {"Authorization": f"Bearer {service.token(Role.UNDERWRITER)}"}
    async with httpx.AsyncClient(base_url=service.address, headers=headers) as http:
        assert (await http.get("/v1/print-queue")).status_code == 403
