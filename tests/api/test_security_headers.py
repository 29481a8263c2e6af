"""Every answer tells browsers to do nothing with it; nobody learns what answered."""

import httpx
import pytest

from app.domain.access import Role
from tests.api.conftest import Service

EXPECTED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cache-control": "no-store",
}
ANSWERS = [
    ("GET", "/livez", 200),
    ("GET", "/v1/models", 200),
    ("GET", "/v1/decisions/x", 422),
    ("GET", "/nowhere", 404),
    ("DELETE", "/livez", 405),
    ("POST", "/v1/applications", 422),
    ("GET", "/openapi.json", 200),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
async def test_every_answer_carries_them(
    http: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await http.request(method, path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in EXPECTED} == EXPECTED
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "geolocation=()" in answer.headers["permissions-policy"]
    assert "server" not in answer.headers
    assert "x-powered-by" not in answer.headers
    assert "strict-transport-security" not in answer.headers  # over http it means nothing


async def test_no_other_origin_is_let_in(http: httpx.AsyncClient) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    for answer in (
        await http.options("/v1/applications", headers=asked),
        await http.get("/v1/models", headers=asked),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect"])
async def test_no_page_runs_scripts_of_other_hosts(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code == 404


async def test_pages_keep_a_policy_of_their_own_and_nothing_foreign(
    service: Service, http: httpx.AsyncClient
) -> None:
    page = await http.get("/policies/passages/12%20CFR%201002.9(b)(2)")
    assert page.headers["content-type"].startswith("text/html"), page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "//" not in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert service.token(Role.SERVICE) not in page.text
