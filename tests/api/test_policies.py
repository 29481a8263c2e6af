"""The policy library over HTTP: search, passages, and a tenant's own documents."""

import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import docx
import httpx
import pypdf
import pytest
import typst

from app.domain.access import Role
from tests.api.conftest import Service

SEARCH = "/v1/policies/search"
DOCUMENTS = "/v1/policies/documents"
DESCRIBED = {"jurisdiction": "US-federal", "effective_from": "2020-01-01"}
REASONS = "specific principal reasons for adverse action"


@pytest.fixture
async def desk(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {service.token(Role.COMPLIANCE)}"}
    async with httpx.AsyncClient(base_url=service.address, headers=headers, timeout=60) as client:
        yield client


async def upload(desk: httpx.AsyncClient, content: bytes, **said: Any) -> httpx.Response:
    return await desk.post(DOCUMENTS, content=content, params={**DESCRIBED, **said})


def named() -> str:
    return f"policy-{uuid4().hex[:12]}"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "12 CFR 1002.9"),
        ({"as_of": "2024-01-01", "limit": 3}, "12 CFR 1002.9"),
        ({"known_at": "2999-01-01T00:00:00Z"}, "12 CFR 1002.9"),
        ({"jurisdiction": "US-federal", "product": "card", "status": "any"}, "12 CFR 1002.9"),
        ({"profile": "interactive", "status": "in_force"}, "12 CFR 1002.9"),
    ],
)
async def test_search_by_every_parameter(
    http: httpx.AsyncClient, changes: dict[str, Any], expected: str
) -> None:
    answer = (await http.get(SEARCH, params={"q": f"12 CFR 1002.9 {REASONS}", **changes})).json()
    assert answer["hits"][0]["citation"].startswith(expected)
    assert answer["is_answered"] is True
    assert len(answer["hits"]) <= changes.get("limit", 10)


async def test_nothing_was_known_before_it_was_recorded(http: httpx.AsyncClient) -> None:
    found = await http.get(SEARCH, params={"q": REASONS, "known_at": "2001-01-01T00:00:00Z"})
    assert found.json()["hits"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"q": ""},
        {"q": "x" * 2001},
        {"q": "a\0b"},
        {"known_at": "2026-01-01T00:00:00"},
        {"known_at": "0001-01-01T00:00:00+05:00"},
        {"known_at": "soon"},
        {"as_of": "2026-02-30"},
        {"status": "nonsense"},
        {"profile": "deep"},
        {"limit": 0},
        {"limit": 51},
        {"limit": "many"},
    ],
)
async def test_what_means_nothing_is_refused(
    http: httpx.AsyncClient, wrong: dict[str, Any]
) -> None:
    response = await http.get(SEARCH, params={"q": REASONS, **wrong})
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "words",
    [
        "'; drop table policy_passages; --",
        "credit & !| (:* <-> %_\\",
        "\U0001f642 " * 50,
        "\u05e9\u05dc\u05d5\u05dd \u202e \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
        "\x01\x1b[31m",
        "1002.9(" + "a)(" * 600,
        "(" * 2000,
    ],
)
async def test_hostile_words_get_an_answer(http: httpx.AsyncClient, words: str) -> None:
    response = await http.get(SEARCH, params={"q": words})
    assert response.status_code == 200, response.text
    for filtered in ("jurisdiction", "product"):
        assert (await http.get(SEARCH, params={"q": "x", filtered: words[:100]})).status_code == 200


async def test_what_no_url_should_carry_is_never_our_failure(http: httpx.AsyncClient) -> None:
    for raw in ("%ED%A0%80", "%FF", "%00", "x" * 60_000):
        response = await http.get(f"{SEARCH}?q={raw}")
        assert response.status_code in {200, 400, 414, 422}
    for raw in ("%ED%A0%80", "%00", "a%00b", quote("12 CFR 1002.9(") + "x" * 5000):
        response = await http.get(f"/v1/policies/passages/{raw}")
        assert response.status_code == 404, response.text
        assert (await http.get(f"/policies/passages/{raw}")).status_code == 404
    assert (await http.get(f"{DOCUMENTS}/nonsense")).status_code == 422
    assert (await http.get(f"{DOCUMENTS}/{uuid4()}")).status_code == 404


def word() -> bytes:
    made = docx.Document()
    made.add_heading("Limits", 1)
    made.add_paragraph("Above the limit is declined.")
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


PDF = typst.compile(b"= Limits\nAbove the limit is declined.", format="pdf")
CONTENTS = {
    "a.md": b"# Limits\n\nAbove the limit is declined.",
    "a.txt": b"Above the limit is declined.",
    "a.html": b"<html><h1>Limits</h1><p>Above the limit is declined.</html>",
    "a.pdf": PDF,
    "a.docx": word(),
}


@pytest.mark.parametrize("name", CONTENTS)
async def test_a_document_of_each_format_is_taken_in(desk: httpx.AsyncClient, name: str) -> None:
    said = {"file_name": name, "document": named(), "title": f"Limits {name}"}
    posted = await upload(desk, CONTENTS[name], **said)
    assert posted.status_code == 201, posted.text
    again = await upload(desk, CONTENTS[name], **said)
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    read = (await desk.get(posted.headers["Location"])).json()
    assert (read["document"], read["is_shared"]) == (said["document"], False)
    assert read["passages"] == len(read["outline"]) > 0
    assert posted.json()["id"] in {row["id"] for row in (await desk.get(DOCUMENTS)).json()}
    ended = await desk.post(f"{DOCUMENTS}/{said['document']}/end", json={"on": "2026-01-01"})
    assert ended.status_code == 204, ended.text


def encrypted() -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(PDF))
    writer.encrypt("secret", algorithm="AES-256")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("[Content_Types].xml", "<Types/>")
        target.writestr("word/document.xml", b" " * 5_000_000)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "a.md", "empty"),
        (b" \n", "a.md", "empty"),
        (b"# Heading\n", "a.md", "no-text"),
        (b"a\0b", "a.md", "control-characters"),
        (encrypted(), "a.pdf", "encrypted"),
        (PDF[:300], "a.pdf", "corrupt"),
        (bomb(), "a.docx", "zip-bomb"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "wrong-type"),
        (b"text", "a.pdf", "wrong-type"),
        ("Stra\xdfe".encode("latin-1"), "a.txt", "not-utf-8"),
    ],
)
async def test_a_document_that_cannot_be_read_is_refused(
    desk: httpx.AsyncClient, content: bytes, name: str, reason: str
) -> None:
    before = len((await desk.get(DOCUMENTS)).json())
    refused = await upload(desk, content, file_name=name, document=named())
    assert refused.status_code == 422, refused.text
    assert f"({reason})" in refused.json()["detail"]
    assert len((await desk.get(DOCUMENTS)).json()) == before


@pytest.mark.parametrize(
    "said",
    [
        {"title": "a\0b"},
        {"file_name": "a\0.md"},
        {"jurisdiction": "\0"},
        {"jurisdiction": ""},
        {"product": "\0"},
        {"document": "A b"},
        {"effective_from": "never"},
        {"effective_to": "2019-01-01"},
    ],
)
async def test_a_description_that_means_nothing_is_refused(
    desk: httpx.AsyncClient, said: dict[str, str]
) -> None:
    refused = await upload(desk, b"# A\n\nText.", **{"document": named(), **said})
    assert refused.status_code == 422, refused.text


@pytest.mark.parametrize("role", [Role.SERVICE, Role.UNDERWRITER, Role.REVIEWER, Role.ADMIN])
async def test_only_compliance_manages_documents(service: Service, role: Role) -> None:
    headers = {"Authorization": f"Bearer {service.token(role)}"}
    async with httpx.AsyncClient(base_url=service.address, headers=headers) as client:
        assert (await upload(client, b"# A\n\nText.")).status_code == 403
        ended = await client.post(f"{DOCUMENTS}/a/end", json={"on": "2026-01-01"})
        assert ended.status_code == 403
    async with httpx.AsyncClient(base_url=service.address) as nobody:
        assert (await upload(nobody, b"# A\n\nText.")).status_code == 401
        assert (await nobody.get(SEARCH, params={"q": "x"})).status_code == 401


async def test_a_document_may_be_larger_than_other_bodies(desk: httpx.AsyncClient) -> None:
    huge = b"a" * 300_000
    content = b'<html><h1>Limits</h1><p title="' + huge + b'">Above the limit is declined.</html>'
    assert (await upload(desk, content, document=named())).status_code == 201
    refused = await desk.post(DOCUMENTS, content=b"a" * 25_000_001)
    assert refused.status_code == 413
    assert "25000000" in refused.text
    other = await desk.post(f"{DOCUMENTS}/a/end", content=huge)
    assert other.status_code == 413


async def test_a_passage_shows_what_its_version_changed(desk: httpx.AsyncClient) -> None:
    name = named()
    for limit, begins in (("43%", "2020-01-01"), ("40%", "2026-06-01")):
        body = f"# {name}\n\n## 1 Ratio\n\nAbove {limit} is declined.\n".encode()
        posted = await upload(desk, body, document=name, title=name, effective_from=begins)
        assert posted.status_code == 201, posted.text
    path = "/v1/policies/passages/" + quote(f"{name} \u00a7 1")
    passage = (await desk.get(path, params={"as_of": "2026-07-01"})).json()
    assert [c["text"] for c in passage["changes"] if c["kind"] != "kept"] == ["43%", "40%"]
    assert passage["former_version"] is not None
    old = (await desk.get(path, params={"as_of": "2026-01-01"})).json()
    assert (old["changes"], old["hits"][0]["text"]) == ([], "Above 43% is declined.")
    overlap = await upload(desk, b"# A\n\nText.", document=name, effective_from="2021-01-01")
    assert overlap.status_code == 409
    early = await desk.post(f"{DOCUMENTS}/{name}/end", json={"on": "2026-01-01"})
    assert early.status_code == 422
    assert "/on" in early.text


async def test_an_amended_paragraph_is_found_as_of_its_time_alone(http: httpx.AsyncClient) -> None:
    path = "/v1/policies/passages/12 CFR 1002.6(a)"
    assert (await http.get(path, params={"as_of": "2026-07-20"})).status_code == 200
    assert (await http.get(path, params={"as_of": "2026-07-21"})).status_code == 404
    asked = await http.get(SEARCH, params={"q": "12 CFR 1002.6(a)", "as_of": "2026-11-24"})
    cautions = {c["citation"]: c["status"] for c in asked.json()["cautions"]}
    assert cautions["12 CFR 1002.6(a)"] == "amended_text_not_held"
    assert (await http.get("/v1/policies/documents/nobody/end")).status_code == 405
