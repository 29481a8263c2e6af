"""A lender of its own beside the demo's, with something of every kind to ask for."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from app.db.jobs import DecisionJob
from app.domain.access import Role
from app.domain.creditors import DEMO_CREDITOR
from app.domain.customers import PURPOSES
from app.domain.ids import DecisionId, TenantId
from app.resources import open_tenant
from app.use_cases.explain_decision import explain_decision
from app.use_cases.issue_notice import issue_notice
from tests.api.conftest import Service
from tests.api.test_thread import recorded_decision
from tests.use_cases.wording_desk import TEXTS

POLICY = """---
document: lending-policy
title: Lending policy
jurisdiction: US-federal
effective_date: 2026-01-01
---
# Income

An applicant's annual income must cover the monthly payments of all debts with room to spare.
"""


@dataclass(slots=True)
class Lender:
    service: Service
    tenant_id: TenantId
    known: dict[str, str] = field(default_factory=dict)
    session: str = ""  # a customer's, of the decision known

    def token(self, role: Role) -> str:
        assert self.service.started.issuer is not None
        return self.service.started.issuer.issue(role, self.tenant_id, now=datetime.now(UTC))

    def headers(self, role: Role) -> dict[str, str]:
        sent = self.session if role is Role.CUSTOMER else self.token(role)
        return {"Authorization": f"Bearer {sent}"}

    def client(self, role: Role) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.service.address, headers=self.headers(role), timeout=60
        )

    async def decide(self, **changes: Any) -> DecisionId:
        """Record a declined decision, then explain and notify it as the worker would."""
        async with self.client(Role.SERVICE) as http:
            posted = await http.post("/v1/decisions", json=recorded_decision(**changes))
            assert posted.status_code == 201, posted.text
        decision_id = DecisionId(UUID(posted.json()["id"]))
        held = self.service.started.resources
        parts: dict[str, Any] = {
            "sessions": held.sessions,
            "catalogue": held.catalogue,
            "clock": held.clock,
            "new_id": held.new_id,
        }
        await explain_decision(
            DecisionJob("explain-decision", self.tenant_id, decision_id),
            evidence=held.evidence,
            writer=held.writer,
            fallback=held.template_writer,
            **parts,
        )
        await issue_notice(DecisionJob("issue-notice", self.tenant_id, decision_id), **parts)
        return decision_id


async def _linked(http: httpx.AsyncClient, decision_id: DecisionId, purpose: str) -> dict[str, str]:
    until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    asked = {"purpose": purpose, "expires_at": until}
    issued = await http.post(f"/v1/decisions/{decision_id}/links", json=asked)
    assert issued.status_code == 201, issued.text
    made: dict[str, str] = issued.json()
    return made


async def _opened(service: Service, link: str, code: str) -> str:
    async with httpx.AsyncClient(base_url=service.address, timeout=60) as http:
        opened = await http.post("/v1/customer/sessions", json={"link": link, "code": code})
        assert opened.status_code == 201, opened.text
        return str(opened.json()["session"])


async def open_lender(service: Service, tenant_id: str) -> Lender:
    """Open a tenant and let it hold a decision, a document and a wording."""
    lender = Lender(service, TenantId(UUID(tenant_id)))
    await open_tenant(service.started.resources, lender.tenant_id, "Other", DEMO_CREDITOR)
    decision_id = await lender.decide()
    async with lender.client(Role.COMPLIANCE) as http:
        document = await http.post(
            "/v1/policies/documents", content=POLICY, headers={"Content-Type": "text/markdown"}
        )
        assert document.status_code in {200, 201}, document.text  # 200: other tests had one too
        models = (await http.get("/v1/models")).json()
        model = {"name": "personal-loan", "version": "1.0.0"}
        asked = {"code": "X-IN-06", "model": model, "text": TEXTS["X-IN-06"]}
        wording = await http.post("/v1/wordings", json=asked)
        assert wording.status_code == 201, wording.text
        path = f"/v1/decisions/{decision_id}/explanations"
        versions = (await http.get(path, params={"all": True})).json()["versions"]
        notices = (await http.get(f"/v1/decisions/{decision_id}/notices")).json()
        letter = await http.get(f"/v1/decisions/{decision_id}/notice")
        links = [await _linked(http, decision_id, purpose) for purpose in PURPOSES]
    lender.session = await _opened(service, links[1]["link"], letter.headers["Access-Code"])
    async with lender.client(Role.ADMIN) as http:
        until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
        body = {"name": "core banking", "scopes": ["view-decisions"], "expires_at": until}
        key = await http.post("/v1/api-keys", json=body)
        assert key.status_code == 201, key.text
        endpoint = {"url": "http://127.0.0.1:9/", "events": ["review.needed"]}
        webhook = (await http.post("/v1/webhooks", json=endpoint)).json()
        delivery = (await http.post(f"/v1/webhooks/{webhook['id']}:test")).json()
    lender.known = {
        "link_id": links[0]["id"],
        "key_id": key.json()["id"],
        "decision_id": str(decision_id),
        "explanation_id": versions[0]["id"],
        "notice_id": notices[0]["id"],
        "version_id": document.json()["id"],
        "document": "lending-policy",
        "wording_id": wording.json()["id"],
        "webhook_id": webhook["id"],
        "delivery_id": delivery["id"],
        "citation": "12 CFR 1002.9(b)(2)",
        "name": models[0]["model"]["name"],
        "version": models[0]["model"]["version"],
    }
    return lender
