"""A receipt over HTTP, checked with nothing but the published keys and what was delivered."""

import hashlib
import json
from uuid import uuid4

import httpx
import pytest
import rfc8785

from app.adapters.ed25519_signer import ReceiptBroken, check_receipt
from app.adapters.receipt_keys import read_jwks
from app.api.receipts import router
from app.domain.access import Role
from tests.api.conftest import Service
from tests.api.test_thread import application, explain, notice_of, recorded_decision


async def test_a_receipt_attests_what_was_decided_explained_and_sent(
    http: httpx.AsyncClient, service: Service
) -> None:
    posted = (await http.post("/v1/decisions", json=recorded_decision())).json()
    explained = (await explain(http, posted["id"]))["explanation"]
    notice = (await notice_of(http, posted["id"], "application/json")).json()

    answered = await http.get(f"/v1/decisions/{posted['id']}/receipt")
    assert answered.status_code == 200, answered.text
    async with httpx.AsyncClient(base_url=service.address) as stranger:
        published = await stranger.get("/v1/receipt-keys")
    assert published.headers["content-type"] == "application/jwk-set+json"
    content = check_receipt(answered.content, read_jwks(published.content)).content

    assert content["action"] == "declined"
    assert content["reason_codes"] == [reason["code"] for reason in posted["reasons"]]
    assert content["explanation_id"] == explained["id"]
    assert content["evidence"] == explained["evidence"]
    delivered = {
        "summary": explained["summary"],
        **{f"reasons[{at}].statement": r["statement"] for at, r in enumerate(explained["reasons"])},
        **{
            f"reasons[{at}].citations[0]": r["citations"][0]["quote"]
            for at, r in enumerate(explained["reasons"])
        },
    }
    sentences = content["sentences"]
    assert isinstance(sentences, list)
    assert {s["where"]: s["sha256"] for s in sentences} == {
        where: hashlib.sha256(text.encode()).hexdigest() for where, text in delivered.items()
    }
    assert content["notices"] == [
        {
            "id": notice["id"],
            "duty": notice["duty"],
            "addressee": "primary",
            "content_sha256": hashlib.sha256(rfc8785.dumps(notice)).hexdigest(),
        }
    ]
    assert "Ann Lee" not in answered.text
    assert "1 Road" not in answered.text
    altered = answered.text.replace('"declined"', '"approved"')
    with pytest.raises(ReceiptBroken, match="`action` is not what was signed"):
        check_receipt(altered.encode(), read_jwks(published.content))


async def test_a_decision_that_owes_no_explanation_has_a_receipt_too(
    http: httpx.AsyncClient,
) -> None:
    body = recorded_decision(rules=[{"id": "x", "code": "ZZ-9"}])
    posted = (await http.post("/v1/decisions", json=body)).json()
    assert posted["status"] == "quarantined"
    receipt = (await http.get(f"/v1/decisions/{posted['id']}/receipt")).json()
    assert receipt["content"]["explanation_id"] is None


async def test_no_receipt_without_what_it_attests(http: httpx.AsyncClient) -> None:
    assert (await http.get(f"/v1/decisions/{uuid4()}/receipt")).status_code == 404
    decision = (await http.post("/v1/applications", json=application())).json()
    refused = await http.get(f"/v1/decisions/{decision['id']}/receipt", params={"language": "es"})
    assert refused.json()["type"] == "/errors/explanation-not-ready"
    assert "/v1/decisions/{decision_id}/receipt" in json.dumps(
        (await http.get("/openapi.json")).json()
    )


async def test_receipts_are_for_those_who_may_see_decisions(service: Service) -> None:
    path = f"/v1/decisions/{uuid4()}/receipt"
    async with httpx.AsyncClient(base_url=service.address) as stranger:
        assert (await stranger.get(path)).status_code == 401
        admin = {"Authorization": f"Bearer {service.token(Role.ADMIN)}"}
        assert (await stranger.get(path, headers=admin)).status_code == 403
    assert len(router.routes) == 2
