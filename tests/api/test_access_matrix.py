"""Every route x everyone x own and other tenant: exactly the allowed cells answer."""

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest

from app.domain.access import GRANTS, STAFF, Permission, Role
from app.domain.customers import PURPOSES
from app.domain.ids import ApiKeyId, LinkId, TenantId
from app.use_cases.api_keys import create_api_key
from app.use_cases.customer_links import issue_link
from app.use_cases.open_session import open_session
from app.use_cases.view_decision import view_letters
from tests.api.conftest import Service
from tests.api.lender import Lender, open_lender
from tests.api.operations import OPERATIONS, Operation
from tests.use_cases.identified import Office, Time, new_id

ABSENT = str(UUID(int=0))  # what the owner has none of
SOON = (datetime.now(UTC) + timedelta(days=7)).isoformat()
NOW = datetime.now(UTC).isoformat()
KEY_SCOPES = frozenset({Permission.VIEW_DECISIONS, Permission.RECORD_EVENTS})
# A body that is understood, for each route that has one and names something in its path: only
# then does another tenant's request get as far as looking for what is not theirs.
BODIES: dict[str, Any] = {
    "POST /v1/decisions/{decision_id}/events": {"kind": "reasons_requested", "at": NOW},
    "POST /v1/decisions/{decision_id}/links": {"purpose": "read_decision", "expires_at": SOON},
    "POST /v1/wordings/{wording_id}/reviews": {"verdict": "approve"},
    "POST /v1/policies/documents/{document}/end": {"on": "2026-11-25"},
    "PATCH /v1/webhooks/{webhook_id}": {"description": "changed"},
    "POST /v1/webhooks/{webhook_id}/deliveries:replay": {"since": NOW},
    "PUT /v1/decisions/{decision_id}/hold": {"why": "case 7"},
}
# What a tenant's own answer says nothing of another's: the law that all share.
SHARED = {"/v1/policies/passages/{citation}", "/policies/passages/{citation}"}
QUERIES: dict[str, dict[str, Any]] = {
    "POST /v1/decisions/{decision_id}/explanations": {"wait_s": 0},
    "GET /v1/policies/search": {"profile": "interactive"},
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asks: of which tenant, with what to show, allowed what."""

    name: str
    is_of_owner: bool
    bearer: str | None
    holds: frozenset[Permission]


@pytest.fixture(scope="module")
async def owner(service: Service) -> Lender:
    return await open_lender(service, "01900000-0000-7000-8000-0000000000f1")


@pytest.fixture(scope="module")
async def callers(service: Service, owner: Lender) -> list[Caller]:
    """Everyone, of the tenant whose things are asked for and of another."""
    stranger = TenantId(UUID("01900000-0000-7000-8000-0000000000f2"))
    sessions = service.started.resources.sessions
    theirs = Office(sessions, stranger, Time(datetime.now(UTC)))
    ours = Office(sessions, owner.tenant_id, Time(datetime.now(UTC)))
    decision, _ = await theirs.decided("c3-credit-scoring")
    made = [(theirs, await _session(theirs, decision.id)), (ours, owner.session)]
    everyone = [Caller("nobody", is_of_owner=True, bearer=None, holds=frozenset())]
    for office, session in made:
        is_ours = office is ours
        for role in sorted(STAFF):
            token = Lender(service, office.tenant_id).token(role)
            everyone.append(Caller(role, is_ours, token, GRANTS[role]))
        everyone.append(Caller("customer", is_ours, session, PURPOSES["request_review"]))
        everyone.append(Caller("api key", is_ours, await _key(office), KEY_SCOPES))
    return everyone


async def _session(office: Office, decision_id: Any) -> str:
    until = office.time.now + timedelta(days=1)
    link = await issue_link(
        LinkId(new_id()), decision_id, "request_review", until,
        actor=office.actor(), **office.making,
    )  # fmt: skip
    letters = await view_letters(decision_id, actor=office.actor(), sessions=office.sessions)
    return (await open_session(link.text, letters[0].code, **office.making)).text


async def _key(office: Office) -> str:
    until = office.time.now + timedelta(days=1)
    admin = office.actor(Role.ADMIN)
    key_id = ApiKeyId(new_id())
    made = await create_api_key(key_id, "matrix", KEY_SCOPES, until, actor=admin, **office.making)
    return made.text


def in_order(operation: Operation) -> tuple[int, str]:
    """What ends things comes last, and a session's own end after everything."""
    ends = {"DELETE": 1}.get(operation.method, 0)
    return (2 if operation.path == "/v1/customer/session" else ends, str(operation))


async def test_exactly_the_allowed_cells_answer(
    service: Service, owner: Lender, callers: list[Caller]
) -> None:
    wrong: list[str] = []
    async with httpx.AsyncClient(base_url=service.address, timeout=60) as http:
        for operation in sorted(OPERATIONS, key=in_order):
            answers = await asyncio.gather(
                *(_ask(http, operation, owner, caller) for caller in callers)
            )
            for caller, response in zip(callers, answers, strict=True):
                why = _what_is_wrong(operation, caller, response, owner)
                if why is not None:
                    whose = "own" if caller.is_of_owner else "other"
                    answer = f"{response.status_code} {response.text[:200]}"
                    wrong.append(f"{operation} x {caller.name} x {whose}: {why}; got {answer}")

    assert not wrong, "\n".join(wrong)


async def _ask(
    http: httpx.AsyncClient, operation: Operation, owner: Lender, caller: Caller
) -> httpx.Response:
    headers = {} if caller.bearer is None else {"Authorization": f"Bearer {caller.bearer}"}
    has_body = operation.held.get("requestBody", {}).get("required", False)
    return await http.request(
        operation.method,
        _path(operation, owner),
        params=QUERIES.get(str(operation)),
        headers=headers,
        json=BODIES.get(str(operation), {}) if has_body else None,
    )


def _path(operation: Operation, owner: Lender) -> str:
    path = operation.path
    for name in re.findall(r"{(\w+)}", path):
        path = path.replace(f"{{{name}}}", quote(owner.known.get(name, ABSENT), safe=""))
    return path


def _what_is_wrong(
    operation: Operation, caller: Caller, response: httpx.Response, owner: Lender
) -> str | None:
    status = response.status_code
    may = operation.is_public or operation.wanted <= caller.holds
    if status >= 500:
        return "nothing may break"
    if not may:
        refusal = 401 if caller.bearer is None else 403
        return None if status == refusal else f"must be refused with {refusal}"
    if status in {401, 403}:
        return "must be allowed"
    if caller.is_of_owner or operation.is_public:
        is_named = ABSENT in _path(operation, owner)
        return None if status != 404 or is_named else "is there"
    if "{" in operation.path and operation.path not in SHARED:
        is_found = status != 404 and "/errors/unknown-model" not in response.text
        return "must not be found; see BODIES" if is_found else None
    seen = {name for name, value in owner.known.items() if _is_secret(name, value, operation)}
    told = sorted(name for name in seen if owner.known[name] in response.text)
    return f"tells another tenant's {', '.join(told)}" if told else None


def _is_secret(name: str, value: str, operation: Operation) -> bool:
    """An id that the path does not already name; names of models and laws are nobody's."""
    is_id = re.fullmatch(r"[0-9a-f-]{36}", value) is not None
    return is_id and f"{{{name}}}" not in operation.path


def test_every_role_is_in_the_matrix_and_holds_what_its_grants_say() -> None:
    """Permissions nobody holds would make routes that nobody can be tested on."""
    held = frozenset[Permission]().union(*GRANTS.values())
    assert held == frozenset(Permission)
    assert Role.CUSTOMER not in STAFF
    assert not GRANTS[Role.CUSTOMER] & frozenset[Permission]().union(
        *(GRANTS[role] for role in STAFF)
    )
