"""Compliance's registry of models and the creditor profile, over HTTP."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.domain.access import Role
from tests.api.conftest import Service


@pytest.fixture
async def compliance(service: Service) -> Any:
    headers = {"Authorization": f"Bearer {service.token(Role.COMPLIANCE)}"}
    async with httpx.AsyncClient(base_url=service.address, headers=headers, timeout=30) as client:
        yield client


def registration(**changes: Any) -> dict[str, Any]:
    statistics = {"income": 1.25}
    return {
        "model": {"name": f"m-{uuid4().hex[:8]}", "version": "1"},
        "cutoff": 500,
        "features": [
            {"name": "income", "unit": "usd", "direction": "higher_is_better", "code": "C1-08"}
        ],
        "references": {
            kind: {"n": 100, "means": statistics, "medians": statistics}
            for kind in ("near_cutoff", "all_applicants")
        },
        **changes,
    }


async def test_a_model_is_registered_once_and_never_changes(
    compliance: httpx.AsyncClient,
) -> None:
    body = registration()
    first = await compliance.post("/v1/models", json=body)
    assert first.status_code == 201, first.text
    assert len(first.json()["references"]["near_cutoff"]["sha256"]) == 64
    assert (await compliance.post("/v1/models", json=body)).json() == first.json()
    changed = await compliance.post("/v1/models", json={**body, "cutoff": 501})
    assert changed.status_code == 409
    assert "model-already-registered" in changed.text
    read = await compliance.get(f"/v1/models/{body['model']['name']}/1")
    assert read.json() == first.json()
    again = await compliance.post("/v1/models", json=read.json())
    assert again.status_code == 201
    listed = (await compliance.get("/v1/models")).json()
    assert {"personal-loan", body["model"]["name"]} <= {m["model"]["name"] for m in listed}
    assert (await compliance.get("/v1/models/none/1")).status_code == 422


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"features": []}, "/features"),
        ({"features": [{"name": "prot_age", "direction": "higher_is_better", "code": "C1-08"}]}, "1002.6(b)(1)"),
        ({"features": [{"name": "income", "direction": "sideways", "code": "C1-08"}]}, "/features/0/direction"),
        ({"references": {}}, "/references/near_cutoff"),
        ({"tolerance": -1}, "/tolerance"),
        ({"cutoff": "NaN"}, "/cutoff"),
        ({"method": "best_customers"}, "/method"),
    ],
)  # fmt: skip
async def test_a_registration_that_cannot_stand_is_refused(
    compliance: httpx.AsyncClient, changes: dict[str, Any], named: str
) -> None:
    refused = await compliance.post("/v1/models", json=registration(**changes))
    assert refused.status_code == 422, refused.text
    assert named in refused.text


async def test_an_agency_from_no_text_is_confirmed_by_a_person(
    compliance: httpx.AsyncClient,
) -> None:
    before = (await compliance.get("/v1/creditor")).json()
    profile = {
        "name": "Example Credit Union",
        "address": "1 Main Street",
        "phone": "1-800-555-0100",
        "agency_type": "federal_credit_union",
    }
    put = await compliance.put("/v1/creditor", json=profile)
    assert put.json()["agency_confirmed"] is False
    assert "1775 Duke Street" in put.json()["agency_address"]
    confirmed = await compliance.put("/v1/creditor", json={**profile, "agency_confirmed": True})
    assert confirmed.json()["agency_confirmed"] is True
    assert confirmed.json()["agency_confirmed_by"]
    large = await compliance.put("/v1/creditor", json={**profile, "assets": 11_000_000_000})
    assert large.json()["agency_name"] == "Bureau of Consumer Financial Protection"
    short = await compliance.put("/v1/creditor", json={**profile, "retention_months": 24})
    assert short.status_code == 422
    kept = {
        name: before[name]
        for name in profile | {"contact": 1, "contact_address": 1, "contact_phone": 1}
    }
    restored = await compliance.put("/v1/creditor", json={**kept, "agency_confirmed": True})
    assert restored.json()["name"] == before["name"]


async def test_a_service_registers_nothing(http: httpx.AsyncClient) -> None:
    assert (await http.post("/v1/models", json=registration())).status_code == 403
    assert (await http.put("/v1/creditor", json={})).status_code in {403, 422}
