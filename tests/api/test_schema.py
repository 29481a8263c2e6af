"""The service keeps what its OpenAPI document promises, whatever is sent to any operation."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from app.api.documented import MEANINGS
from app.api.problems import STATUS
from app.domain.access import Role
from tests.api.conftest import Service
from tests.api.lender import Lender, open_lender
from tests.api.operations import DOCUMENT, OPERATIONS, Operation

# What a query names beside its parameters is passed over, as everywhere on the web.
CONFIG = {
    "seed": 1,
    "generation": {"allow-extra-parameters": False},
    "checks": {"negative_data_rejection": {"expected-statuses": ["4XX"]}},
}
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT, config=schemathesis.Config.from_dict(CONFIG))
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
    checks.allow_header_conformance,
    checks.missing_required_header,
]
# The service runs on a thread of its own and draws random numbers while Hypothesis draws cases.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")
PROBLEM = "application/problem+json"
DOCUMENTS = [
    "text/markdown",
    "text/html",
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/x-ndjson",
]
EVERY = pytest.mark.parametrize("operation", OPERATIONS, ids=str)
# Nobody waits here for a worker that this tenant has not got, nor for the cross-encoder.
AT_ONCE: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/decisions/{decision_id}/explanations"): {"wait_s": 0},
    ("GET", "/v1/policies/search"): {"profile": "interactive"},
}


@schemathesis.serializer(*DOCUMENTS)
def as_bytes(_: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module")
async def lender(service: Service) -> Lender:
    return await open_lender(service, "01900000-0000-7000-8000-0000000000f0")


def cases(operation: Operation, known: Mapping[str, str]) -> st.SearchStrategy[Any]:
    """Requests right and wrong, about things that are there and things that are not."""
    held = SCHEMA[operation.path][operation.method]
    named = {p["name"]: p["in"] for p in operation.held.get("parameters", ())}
    there = {
        name: known[name] for name, place in named.items() if place == "path" and name in known
    }
    query = AT_ONCE.get((operation.method, operation.path))
    strategies = [
        held.as_strategy(mode, path_parameters=path, query=query)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        for path in ({}, there)[: 1 + bool(there)]
        if mode is GenerationMode.POSITIVE or named or "requestBody" in operation.held
    ]
    return st.one_of(strategies)


def coverage_cases(operation: Operation) -> Iterator[Any]:
    """The boundaries of every parameter and field, and methods that are not served."""
    held = SCHEMA[operation.path][operation.method]
    return SCHEMA.iter_coverage_cases(
        held,
        generation_modes=list(GenerationMode),
        generation_config=SCHEMA.config.generation_for(operation=held),
    )


def answer(case: Any, address: str, headers: Mapping[str, str]) -> None:
    response = case.call(base_url=address, headers=dict(headers), timeout=60)
    case.validate_response(response, checks=CHECKS, headers=dict(headers))
    if response.status_code >= 400:
        assert response.headers["content-type"] == [PROBLEM], response.content
        problem = response.json()
        assert problem["status"] == response.status_code
        assert problem["type"].startswith("/errors/")


async def ask(
    operation: Operation, service: Service, lender: Lender, *, examples: int, covered: int
) -> None:
    headers = {} if operation.is_public else lender.headers(operation.role)

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases(operation, lender.known))
    def fuzz(case: Any) -> None:
        answer(case, service.address, headers)

    def run() -> None:  # in a thread: the service runs on this test's own loop
        for case in islice(coverage_cases(operation), covered):
            answer(case, service.address, headers)
        fuzz()

    await asyncio.to_thread(run)


@EVERY
async def test_every_operation_answers_as_documented(
    service: Service, lender: Lender, operation: Operation
) -> None:
    await ask(operation, service, lender, examples=6, covered=6)


@pytest.mark.long
@pytest.mark.timeout(1800)
@EVERY
async def test_every_operation_answers_as_documented_at_length(
    service: Service, lender: Lender, operation: Operation
) -> None:
    await ask(operation, service, lender, examples=400, covered=2000)


FORGED = "Bearer eyJhbGciOiJub25lIn0.eyJyb2xlcyI6WyJhZG1pbiJdfQ."


@EVERY
async def test_only_what_is_public_answers_without_a_token(
    service: Service, lender: Lender, operation: Operation
) -> None:
    path = operation.path
    for name in re.findall(r"{(\w+)}", path):
        path = path.replace(f"{{{name}}}", quote(lender.known.get(name, str(UUID(int=0))), safe=""))
    async with httpx.AsyncClient(base_url=service.address, timeout=60) as http:
        for headers in ({}, {"Authorization": FORGED}, {"Authorization": "Basic YTpi"}):
            response = await http.request(operation.method, path, headers=headers, content=b"{}")
            if operation.is_public:
                assert response.status_code not in {401, 403}
                continue
            assert response.status_code == 401, response.text
            assert response.headers["content-type"] == PROBLEM
            assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", sorted(DOCUMENT["paths"]))
async def test_a_method_not_served_is_refused_with_those_that_are(
    service: Service, lender: Lender, path: str
) -> None:
    served = {method.upper() for method in DOCUMENT["paths"][path]}
    for name in re.findall(r"{(\w+)}", path):
        path = path.replace(f"{{{name}}}", quote(lender.known.get(name, "x"), safe=""))
    async with httpx.AsyncClient(base_url=service.address, timeout=60) as http:
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"} - served:
            response = await http.request(method, path, headers=lender.headers(Role.SERVICE))
            assert response.status_code == 405, method
            assert response.headers["content-type"] == PROBLEM
            allowed = {each.strip() for each in response.headers["Allow"].split(",")}
            assert served <= allowed


def test_only_these_operations_are_public() -> None:
    public = {str(operation) for operation in OPERATIONS if operation.is_public}
    assert public == {
        "GET /livez",
        "GET /readyz",
        "GET /metrics",
        "GET /v1/receipt-keys",
        "GET /policies/passages/{citation}",
        "POST /v1/customer/sessions",
    }


def test_every_refusal_has_a_documented_response() -> None:
    """Each status that a refusal may have is declared by every operation it could come from."""
    documented = {status.phrase for status in MEANINGS}
    assert {status.phrase for status in STATUS.values()} <= documented
    for operation in OPERATIONS:
        for status, response in operation.held["responses"].items():
            if int(status) < 400:
                assert response["description"]
                continue
            name = response["$ref"].rpartition("/")[2]
            shown = DOCUMENT["components"]["responses"][name]["content"]
            assert list(shown) == [PROBLEM], operation
