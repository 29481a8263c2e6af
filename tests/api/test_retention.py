"""Erasure: refused while the law has records kept, and then complete."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import text

from app.embedded.start import DEMO_TENANT
from tests.api.conftest import Service
from tests.api.test_registry import compliance
from tests.api.test_thread import notice_of, recorded_decision

__all__ = ["compliance"]
LONG_AGO = datetime.now(UTC) - timedelta(days=365 * 3)


def about(reference: str, decided: datetime, **changes: Any) -> dict[str, Any]:
    applicant = {"reference": reference, "name": "Ann Lee", "address": "1 Road"}
    times = {
        "received_at": (decided - timedelta(days=2)).isoformat(),
        "decided_at": decided.isoformat(),
    }
    return recorded_decision(applicants=[applicant], **times, **changes)


async def handed_over(http: httpx.AsyncClient, decision_id: str, at: datetime) -> None:
    notice = (await notice_of(http, decision_id, "application/json")).json()
    event = {"kind": "notice_handed_over", "at": at.isoformat(), "notice_id": notice["id"]}
    told = await http.post(f"/v1/decisions/{decision_id}/events", json=event)
    assert told.status_code == 201, told.text


async def test_erasure_waits_for_the_statute_the_notice_and_every_hold(
    http: httpx.AsyncClient, compliance: httpx.AsyncClient, service: Service
) -> None:
    reference = uuid4().hex
    posted = await http.post("/v1/decisions", json=about(reference, LONG_AGO))
    decision_id = posted.json()["id"]
    erase = {"reference": reference}

    refused = await compliance.post("/v1/subjects:erase", json=erase)
    assert refused.status_code == 409
    assert "still owed" in refused.text
    await handed_over(http, decision_id, LONG_AGO + timedelta(days=1))
    held = await compliance.put(f"/v1/decisions/{decision_id}/hold", json={"why": "case 7"})
    assert held.status_code == 204
    refused = await compliance.post("/v1/subjects:erase", json=erase)
    assert "legal hold" in refused.text
    await compliance.delete(f"/v1/decisions/{decision_id}/hold")
    assert (await http.post("/v1/subjects:erase", json=erase)).status_code == 403

    erased = await compliance.post("/v1/subjects:erase", json=erase)

    assert erased.json() == {"decisions": 1}
    gone = await http.get(f"/v1/decisions/{decision_id}")
    assert gone.status_code == 410
    assert "subject-erased" in gone.text
    assert (await http.get(f"/v1/decisions/{decision_id}/notice")).status_code == 410
    assert (await http.get("/v1/work?limit=500")).status_code == 200
    assert (await http.get("/v1/print-queue")).status_code == 200
    assert decision_id in {
        d["id"] for d in (await http.get("/v1/decisions?limit=200")).json()["decisions"]
    }
    async with service.started.resources.sessions.begin(DEMO_TENANT) as tx:
        kept = await tx.session.execute(
            text("select action from audit_events where subject = :id"), {"id": decision_id}
        )
        assert {"decision.recorded", "notice.issued"} <= {row.action for row in kept}
    assert (await compliance.post("/v1/subjects:erase", json=erase)).status_code == 404
    again = await http.post("/v1/decisions", json=about(reference, datetime.now(UTC)))
    assert again.status_code == 201  # the same person may apply again


async def test_a_recent_decision_is_not_erased(
    http: httpx.AsyncClient, compliance: httpx.AsyncClient
) -> None:
    reference = uuid4().hex
    decided = datetime.now(UTC) - timedelta(days=700)
    posted = await http.post("/v1/decisions", json=about(reference, decided))
    await handed_over(http, posted.json()["id"], decided + timedelta(days=1))
    refused = await compliance.post("/v1/subjects:erase", json={"reference": reference})
    assert refused.status_code == 409
    assert "1002.12(b)(1)" in refused.text
