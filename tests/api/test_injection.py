"""What was sent as text stays text: in letters, pages, queries, headers and logs."""

import asyncio
import io
import json
import re
import time
from collections.abc import Iterator
from copy import deepcopy
from itertools import islice
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pypdf
import pytest
import structlog
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import text

from app.domain.access import Role
from app.domain.ids import DecisionId
from app.observability import logs
from app.use_cases.search_policies import read_passage
from app.web.pages import render_passage
from retrieval import passages as library
from tests.api.conftest import Service
from tests.api.lender import Lender, open_lender
from tests.api.operations import DOCUMENT, OPERATIONS, Operation
from tests.api.test_thread import application, recorded_decision

MARKUP = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</address></main><h1 style=color:red>Approved</h1>",
    "{{ notice.reasons }} {% include 'x' %} ${7*7} <%= 7 %>",
    "<!-- ]]> <svg/onload=alert(1)> javascript:alert(1)",
    '#panic("x") $x^2$ *b* _i_ \\ `raw` @label https://evil.example',
    "&lt;b&gt; &amp; &#60;i&#62;",
)
HOSTILE_SQL = (
    "'; drop table decisions; select pg_sleep(9); --",
    "' or '1'='1' /* \" $$ \\' %s %(x)s :id",
)
HARMLESS = "Plain words"
TABLES = "select count(*) from information_schema.tables where table_schema = 'public'"


@pytest.fixture(scope="module")
async def lender(service: Service) -> Lender:
    return await open_lender(service, "01900000-0000-7000-8000-0000000000f1")


def skeleton(html: str) -> list[tuple[str, dict[str, str | None]]]:
    """Every element with its attributes, in order: what no text may change."""
    return [(node.tag or "", dict(node.attributes)) for node in LexborHTMLParser(html).css("*")]


def words(text_: str) -> str:
    return re.sub(r"\s+", "", text_)


def about(name: str, address: str) -> dict[str, Any]:
    report = {"agency": name, "address": address, "phone": name, "score": 601, "score_min": 300,
              "score_max": 850, "score_provider": name, "score_date": "2026-11-01", "key_factors": [address]}  # fmt: skip
    return {
        "applicants": [
            {
                "reference": uuid4().hex,
                "name": name,
                "address": address,
                "consumer_reports": [report],
            }
        ]
    }


def profile(name: str) -> dict[str, Any]:
    return {
        **dict.fromkeys(("name", "phone", "address"), name),
        **dict.fromkeys(("contact", "contact_address", "contact_phone"), name),
        "agency_type": "other_creditor",
        "agency_confirmed": True,
    }


async def letter(lender: Lender, decision_id: DecisionId, accept: str) -> httpx.Response:
    async with lender.client(Role.SERVICE) as http:
        path = f"/v1/decisions/{decision_id}/notice"
        response = await http.get(path, headers={"Accept": accept})
    assert response.status_code == 200, response.text
    return response


async def test_markup_in_names_and_addresses_is_printed_and_never_understood(
    lender: Lender,
) -> None:
    made, markup = None, ""
    async with lender.client(Role.COMPLIANCE) as http:
        assert (await http.put("/v1/creditor", json=profile("Harmless Bank"))).status_code == 200
        plain = await lender.decide(**about("Ann Lee", "1 Road"))
        expected = await letter(lender, plain, "text/html")
        for markup in MARKUP:
            put = await http.put("/v1/creditor", json=profile(markup))
            assert put.status_code == 200, put.text
            made = await lender.decide(**about(markup, f"1 Road\n{markup}"))
            page = await letter(lender, made, "text/html")
            assert skeleton(page.text) == skeleton(expected.text)
            shown = LexborHTMLParser(page.text).text()
            assert words(shown).count(words(markup)) >= 6
            policy = page.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "script-src" not in policy
            assert page.headers["X-Content-Type-Options"] == "nosniff"
            in_text = await letter(lender, made, "text/plain")
            assert in_text.headers["content-type"].startswith("text/plain")
            assert words(markup) in words(in_text.text)
    assert made is not None
    pdf = pypdf.PdfReader(io.BytesIO((await letter(lender, made, "application/pdf")).content))
    printed = "".join(sheet.extract_text() for sheet in pdf.pages)
    assert words(markup) in words(printed)


async def test_typst_markup_is_printed_as_it_is(lender: Lender) -> None:
    markup = MARKUP[5]
    made = await lender.decide(**about(markup, markup))
    pdf = pypdf.PdfReader(io.BytesIO((await letter(lender, made, "application/pdf")).content))
    printed = "".join(sheet.extract_text() for sheet in pdf.pages)
    assert words(markup) in words(printed)
    for sheet in pdf.pages:
        for annotation in sheet.get("/Annots") or ():
            assert "evil.example" not in str(annotation.get_object())


async def test_markup_in_a_policy_is_shown_and_never_understood(
    service: Service, lender: Lender
) -> None:
    evil = " ".join(f"`{markup}`" for markup in MARKUP)
    content = f"---\ndocument: evil\ntitle: '<b onload=x>Title</b>'\njurisdiction: US-federal\neffective_date: 2026-01-01\n---\n# Evil {MARKUP[0]}\n\n{evil}\n"
    async with lender.client(Role.COMPLIANCE) as http:
        posted = await http.post(
            "/v1/policies/documents", content=content, headers={"Content-Type": "text/markdown"}
        )
        assert posted.status_code == 201, posted.text
        outline = (await http.get(posted.headers["Location"])).json()["outline"]
    resources = service.started.resources
    on = resources.clock().date()
    for entry in outline:
        parts = await read_passage(
            library.Citation(entry["citation"]),
            library.Query(entry["citation"], on),
            tenant_id=lender.tenant_id,
            sessions=resources.sessions,
        )
        for quoted in ("", parts[0].text[:60]):
            page = render_passage(parts, quoted)
            tags = {tag for tag, _ in skeleton(page)}
            assert tags <= {
                "html",
                "head",
                "meta",
                "title",
                "style",
                "body",
                "main",
                "h1",
                "p",
                "mark",
            }
            names = {name for _, attributes in skeleton(page) for name in attributes}
            assert names <= {"lang", "charset", "name", "content", "class", "id"}


async def test_the_public_page_repeats_nothing_that_was_sent(service: Service) -> None:
    async with httpx.AsyncClient(base_url=service.address) as http:
        path = f"/policies/passages/{quote('12 CFR 1002.9(b)(2)', safe='')}"
        page = await http.get(path, params={"quote": MARKUP[0]})
        assert page.status_code == 200
        assert "alert(1)" not in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        for evil in (*MARKUP, "../../etc/passwd", "x\r\nSet-Cookie: a=b", "%00", "x\u2028y"):
            gone = await http.get(f"/policies/passages/{quote(evil, safe='')}")
            assert gone.status_code in {404, 422}
            assert gone.headers["content-type"] == "application/problem+json"
            assert "set-cookie" not in gone.headers
            for hostile in ("alert(1)", "passwd", "evil.example"):
                assert hostile not in gone.text


# SQL


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return resolved(next(each for each in schema[choice] if each.get("type") != "null"))
    return schema


SAMPLES = {"uuid": str(uuid4()), "date-time": "2026-11-01T00:00:00Z", "date": "2026-11-01"}


def sample(schema: dict[str, Any]) -> Any:
    """A value with every field of a schema in it."""
    schema = resolved(schema)
    extra = schema.get("additionalProperties")
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object":
            held = {name: sample(below) for name, below in schema.get("properties", {}).items()}
            return {**held, "a": sample(extra)} if isinstance(extra, dict) else held
        case "array":
            return [sample(schema["items"])] if "items" in schema else []
        case "integer" | "number" | "boolean":
            return schema.get("minimum", 1) if schema["type"] != "boolean" else True
        case _:
            return SAMPLES.get(schema.get("format", ""), "A")


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where text stands in a body."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield from leaves(below, (*path, name))
    elif isinstance(value, list):
        for at, below in enumerate(value[:1]):
            yield from leaves(below, (*path, at))
    elif isinstance(value, str):
        yield path


def replaced(body: Any, path: tuple[Any, ...], value: str) -> Any:
    copy = deepcopy(body)
    below = copy
    for step in path[:-1]:
        below = below[step]
    below[path[-1]] = value
    return copy


BODIES: dict[str, Any] = {
    "POST /v1/decisions": lambda: recorded_decision(**about("Ann Lee", "1 Road")),
    "POST /v1/applications": application,
}


def requests(operation: Operation, known: dict[str, str]) -> Iterator[Any]:
    """Requests with a text in one place at a time, as functions of that text."""
    parameters = operation.held.get("parameters", [])
    filled = {
        p["name"]: known.get(p["name"]) or sample(p["schema"])
        for p in parameters
        if p["in"] == "path"
    }
    path = operation.path
    for name in filled:
        path = path.replace(f"{{{name}}}", "{}")
    names = list(filled)

    def url(values: dict[str, Any]) -> str:
        return path.format(*(quote(str(values[name]), safe="") for name in names))

    contents = operation.held.get("requestBody", {}).get("content", {})
    shape = contents.get("application/json", {}).get("schema")
    make = BODIES.get(str(operation), lambda: None if shape is None else sample(shape))
    required = {
        p["name"]: sample(p["schema"])
        for p in parameters
        if p["in"] == "query" and p.get("required")
    }
    for name in names:
        yield lambda value, name=name: {
            "url": url({**filled, name: re.sub("[/:]", "", value)}),  # either leads elsewhere
            "params": required,
            "json": make(),
        }
    for p in parameters:
        if p["in"] in {"query", "header"} and resolved(p["schema"]).get("type") in {
            "string",
            "array",
        }:
            sent = "params" if p["in"] == "query" else "headers"
            yield lambda value, name=p["name"], sent=sent: {
                "url": url(filled), "params": required, "json": make(), sent: {**(required if sent == "params" else {}), name: value}
            }  # fmt: skip
    for place in leaves(make()):
        yield lambda value, place=place: {
            "url": url(filled), "params": required, "json": replaced(make(), place, value)
        }  # fmt: skip


async def outcome(http: httpx.AsyncClient, method: str, request: dict[str, Any]) -> Any:
    started = time.perf_counter()
    response = await http.request(method, **request)
    assert time.perf_counter() - started < 8, request  # pg_sleep was not run
    if not response.content or "json" not in response.headers["content-type"]:
        return response.status_code, response.headers.get("content-type")
    answered = response.json()
    if isinstance(answered, dict):
        return response.status_code, answered.get("type"), sorted(answered)
    return response.status_code, len(answered)


# What ends once is gone for whoever asks again, so no two answers can be compared.
ONCE = {"POST /v1/policies/documents/{document}/end"}


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
async def test_sql_in_any_text_is_answered_as_any_other_text(
    service: Service, lender: Lender, operation: Operation
) -> None:
    headers = {} if operation.is_public else lender.headers(operation.role)
    sessions = service.started.resources.sessions
    async with sessions.begin(lender.tenant_id) as tx:
        before = (await tx.session.execute(text(TABLES))).scalar_one()
        decided = (await tx.session.execute(text("select count(*) from decisions"))).scalar_one()
    async with httpx.AsyncClient(base_url=service.address, headers=headers, timeout=60) as http:
        # What a first request changes is changed before any two are compared.
        first = 1 if operation.method == "GET" else None
        for asking in islice(requests(operation, lender.known), first):
            await outcome(http, operation.method, asking(HARMLESS))
        for asking in requests(operation, lender.known):
            plain = asking(f"{HARMLESS} {uuid4().hex}")
            expected = await outcome(http, operation.method, plain)
            for hostile in HOSTILE_SQL:
                found = await outcome(http, operation.method, asking(f"{hostile} {uuid4().hex}"))
                if str(operation) in ONCE:
                    assert found[0] < 500, asking(hostile)
                else:
                    assert found == expected, asking(hostile)
    async with sessions.begin(lender.tenant_id) as tx:
        assert (await tx.session.execute(text(TABLES))).scalar_one() == before
        after = (await tx.session.execute(text("select count(*) from decisions"))).scalar_one()
        assert after >= decided


# Names that deceive, headers and logs

TURNED = [
    ("an override", "Ann \u202eeeL"),
    ("an isolate", "Ann \u2066Lee"),
    ("a line separator", "Ann\u2028Lee"),
    ("a next line", "Ann\u0085Lee"),
    ("an escape", "Ann\x1b[31mLee"),
    ("a line end", "Ann\r\nLee"),
    ("a zero", "Ann\x00Lee"),
]


@pytest.mark.parametrize("name", [case[1] for case in TURNED], ids=[case[0] for case in TURNED])
async def test_a_name_that_would_turn_or_end_a_line_is_refused(
    http: httpx.AsyncClient, name: str
) -> None:
    for changes in (about(name, "1 Road"), {"external_id": name}, {"score_provider": name}):
        refused = await http.post("/v1/decisions", json=recorded_decision(**changes))
        assert refused.status_code == 422, refused.text
        assert "Lee" not in refused.text


async def test_names_of_all_scripts_are_printed_as_they_were_sent(lender: Lender) -> None:
    for name in (
        "\u0410nn L\u0435\u0435",
        "\u0646\u0627\u200c\u0632",
        "क्\u200dष Rao",
        "Zoë Ångström",
        "李小龍",
    ):
        made = await lender.decide(**about(name, "1 Road"))
        page = await letter(lender, made, "text/html")
        assert name in LexborHTMLParser(page.text).text()


async def raw(service: Service, request: bytes) -> bytes:
    address = httpx.URL(service.address)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(request)
    await writer.drain()
    answered = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    return answered


@pytest.mark.parametrize(
    "line",
    [
        b"Idempotency-Key: a\rX-Split: 1",
        b"Idempotency-Key: a\nX-Split: 1",
        b"Idempotency-Key: a\x00b",
        b"traceparent: 00-\r\n x-split",
        b"X-Request-Id: \xff\xfe%0d%0aX-Split: 1",
        b"Accept: text/html\x0b\x1b[2J",
    ],
)
async def test_no_header_that_was_sent_becomes_one_of_ours(
    service: Service, lender: Lender, line: bytes
) -> None:
    body = json.dumps(recorded_decision()).encode()
    token = lender.token(Role.SERVICE).encode()
    head = b"\r\n".join(
        [
            b"POST /v1/decisions?x=%0d%0aX-Split:%201 HTTP/1.1",
            b"Host: x",
            b"Connection: close",
            b"Content-Type: application/json",
            b"Authorization: Bearer " + token,
            b"Content-Length: " + str(len(body)).encode(),
            line,
        ]
    )
    answered = await raw(service, head + b"\r\n\r\n" + body)
    status, _, rest = answered.partition(b"\r\n")
    assert status.split()[1] in {b"201", b"400", b"422"}
    assert b"x-split" not in rest.partition(b"\r\n\r\n")[0].lower()


def test_an_entry_of_the_log_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    try:
        structlog.get_logger().info("a\nb", name="x\r\n{} \u2028 \u0085 \x1b[31m")
    finally:
        structlog.reset_defaults()
    printed = capsys.readouterr().err
    assert len(printed.splitlines()) == 1
    assert "\x1b" not in printed


async def test_a_name_of_a_file_leads_nowhere(lender: Lender) -> None:
    async with lender.client(Role.COMPLIANCE) as http:
        for name in (
            "../../etc/passwd",
            "..\\..\\x.md",
            "/etc/passwd",
            "a/../../b.md",
            "x.md\u202e",
        ):
            posted = await http.post(
                "/v1/policies/documents",
                params={"file_name": name, "title": "T", "jurisdiction": "US-federal",
                        "effective_from": "2026-01-01", "document": f"d-{uuid4().hex[:8]}"},
                content=f"# Rules {uuid4().hex}\n\nIncome is looked at.",
                headers={"Content-Type": "text/markdown"},
            )  # fmt: skip
            assert posted.status_code in {201, 422}, posted.text
            for document in ("../x", "a/b", "a b", "A", "\u0430"):
                refused = await http.post(
                    "/v1/policies/documents", params={"document": document}, content="# x"
                )
                assert refused.status_code == 422
