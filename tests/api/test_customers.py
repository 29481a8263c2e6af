"""A customer reads their decision with a link and the code of their letter; a system, with a key."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import httpx
import pypdf
import pytest

from app.domain.access import Role
from app.domain.access_codes import MASKED
from app.embedded.serving import listen, serving
from app.embedded.start import Started
from app.settings import Settings
from tests.api.conftest import Service
from tests.api.test_registry import compliance
from tests.api.test_thread import explain, notice_of, recorded_decision

__all__ = ["compliance"]
SOON = (datetime.now(UTC) + timedelta(days=7)).isoformat()


def bearing(service: Service, text: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {text}"}
    return httpx.AsyncClient(base_url=service.address, headers=headers, timeout=60)


async def linked(
    compliance: httpx.AsyncClient, decision_id: str, purpose: str = "request_review"
) -> dict[str, Any]:
    asked = {"purpose": purpose, "expires_at": SOON}
    issued = await compliance.post(f"/v1/decisions/{decision_id}/links", json=asked)
    assert issued.status_code == 201, issued.text
    assert issued.headers["Cache-Control"] == "no-store"
    made: dict[str, Any] = issued.json()
    return made


async def opened(http: httpx.AsyncClient, link: str, code: str) -> str:
    asked = {"link": link, "code": code}
    session = await http.post("/v1/customer/sessions", json=asked)
    assert session.status_code == 201, session.text
    assert session.json()["session"].startswith("rs_")
    return str(session.json()["session"])


async def test_a_customer_reads_their_decision_and_asks_for_a_review(
    http: httpx.AsyncClient, compliance: httpx.AsyncClient, service: Service
) -> None:
    decision = (await http.post("/v1/decisions", json=recorded_decision())).json()
    await explain(http, decision["id"])
    code = (await notice_of(http, decision["id"], "text/html")).headers["Access-Code"]
    link = await linked(compliance, decision["id"])

    async with bearing(service, await opened(http, link["link"], code)) as customer:
        own = (await customer.get("/v1/customer/decision", params={"language": "en"})).json()
        assert own["external_id"] == decision["external_id"]
        assert [r["code"] for r in own["reasons"]] == [r["code"] for r in decision["reasons"]]
        assert all(reason["tip"] for reason in own["reasons"])
        assert own["explanation"]["summary"]
        assert own["rights"]
        assert {owed["task"] for owed in own["owed"]} == {"hand_over_notice"}

        letter = await customer.get("/v1/customer/notice", headers={"Accept": "text/plain"})
        assert code in letter.text
        pdf = await customer.get("/v1/customer/notice", headers={"Accept": "application/pdf"})
        assert code in pypdf.PdfReader(BytesIO(pdf.content)).pages[-1].extract_text()

        for _ in range(2):  # asked twice, it is asked once
            asked = await customer.post("/v1/customer/review-requests")
            assert [owed["task"] for owed in asked.json()] == ["review_decision"]
        standing = (await http.get(f"/v1/decisions/{decision['id']}/events")).json()
        assert [event["kind"] for event in standing["events"]] == ["review_requested"]

        assert (await customer.delete("/v1/customer/session")).status_code == 204
        assert (await customer.get("/v1/customer/decision")).status_code == 401


async def test_a_session_opens_no_other_decision_and_nothing_of_the_staffs(
    http: httpx.AsyncClient, compliance: httpx.AsyncClient, service: Service
) -> None:
    """It names no decision, so another's can only be asked for where the staff asks."""
    own = (await http.post("/v1/decisions", json=recorded_decision())).json()
    other = (await http.post("/v1/decisions", json=recorded_decision())).json()
    code = (await notice_of(http, own["id"], "text/html")).headers["Access-Code"]
    link = await linked(compliance, own["id"], "read_decision")
    session = await opened(http, link["link"], code)
    async with bearing(service, session) as customer:
        for path in (f"/v1/decisions/{other['id']}", f"/v1/decisions/{own['id']}/notice"):
            assert (await customer.get(path)).status_code == 403
        review = await customer.post("/v1/customer/review-requests")
        assert review.status_code == 403  # the link is for reading alone

        ended = await compliance.delete(f"/v1/decisions/{own['id']}/links/{link['id']}")
        assert ended.status_code == 204
        assert (await customer.get("/v1/customer/decision")).status_code == 401
    replayed = await http.post("/v1/customer/sessions", json={"link": link["link"], "code": code})
    assert replayed.status_code == 403
    assert replayed.json()["type"] == "/errors/link-refused"


@pytest.mark.parametrize("accept", ["text/html", "text/plain"])
async def test_an_underwriter_sees_the_letter_without_its_code(
    http: httpx.AsyncClient, service: Service, accept: str
) -> None:
    decision = (await http.post("/v1/decisions", json=recorded_decision())).json()
    code = (await notice_of(http, decision["id"], "text/html")).headers["Access-Code"]
    seen = await notice_of(http, decision["id"], accept)
    async with bearing(service, service.token(Role.UNDERWRITER)) as underwriter:
        masked = await notice_of(underwriter, decision["id"], accept)

    assert code in seen.text
    assert masked.text == seen.text.replace(code, MASKED)
    assert "Access-Code" not in masked.headers


async def test_the_notice_as_json_is_its_content_and_the_code_stands_beside_it(
    http: httpx.AsyncClient, service: Service
) -> None:
    """Whoever holds a receipt hashes the JSON as it comes."""
    decision = (await http.post("/v1/decisions", json=recorded_decision())).json()
    seen = await notice_of(http, decision["id"], "application/json")
    async with bearing(service, service.token(Role.UNDERWRITER)) as underwriter:
        masked = await notice_of(underwriter, decision["id"], "application/json")
    queue = (await http.get("/v1/print-queue", params={"limit": 200})).json()

    code = seen.headers["Access-Code"]
    assert masked.json() == seen.json()
    assert code not in seen.text
    assert "Access-Code" not in masked.headers
    assert queue
    assert MASKED not in {line["access_code"] for line in queue}


async def test_a_key_does_what_its_scopes_say_until_it_is_revoked(
    http: httpx.AsyncClient, service: Service
) -> None:
    asked = {"name": "core banking", "scopes": ["view-decisions"], "expires_at": SOON}
    again = {"Idempotency-Key": "one-key"}
    async with bearing(service, service.token(Role.ADMIN)) as admin:
        made = await admin.post("/v1/api-keys", json=asked, headers=again)
        assert made.status_code == 201, made.text
        assert made.headers["Cache-Control"] == "no-store"
        repeated = await admin.post("/v1/api-keys", json=asked, headers=again)
        assert repeated.json() == made.json()
        key = made.json()
        async with bearing(service, key["key"]) as system:
            assert (await system.get("/v1/decisions")).status_code == 200
            assert (await system.post("/v1/decisions", json={})).status_code == 403
            rotated = await admin.post(f"/v1/api-keys/{key['id']}:rotate", json={"overlap_s": 0})
            assert rotated.status_code == 200, rotated.text
        async with bearing(service, rotated.json()["key"]) as system:
            assert (await system.get("/v1/decisions")).status_code == 200
        listed = (await admin.get("/v1/api-keys")).json()[0]
        assert listed["id"] == key["id"]
        assert "key" not in listed
        assert (await admin.delete(f"/v1/api-keys/{key['id']}")).status_code == 204
        ended = await admin.post(f"/v1/api-keys/{key['id']}:rotate")
        assert (ended.status_code, ended.json()["type"]) == (409, "/errors/api-key-ended")


async def test_whoever_keeps_guessing_links_is_no_longer_heard(service: Service) -> None:
    """Counted by address, as failed tokens are; the figure is that of a service of its own."""
    resources = service.started.resources
    few = Settings(rates="failure=3")
    listening = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    guess = {"link": "rl_guess", "code": "AAAA-AAAA"}
    async with (
        serving(Started(resources, [], None, None), few, listening, with_worker=False),
        httpx.AsyncClient(base_url=address, timeout=60) as stranger,
    ):
        answers = [await stranger.post("/v1/customer/sessions", json=guess) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
