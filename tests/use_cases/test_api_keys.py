"""API keys: hashed, bounded in what and how long, rotated with an overlap, revoked within seconds."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.db.engine import Sessions
from app.domain.access import Permission, Role
from app.domain.api_keys import LONGEST
from app.domain.credentials import CredentialKind, parse_credential
from app.domain.errors import InvalidFields, NotAuthenticated
from app.domain.identity_errors import ApiKeyEnded, ApiKeyNotFound
from app.domain.ids import ApiKeyId, TenantId
from app.use_cases.api_keys import (
    MadeKey,
    create_api_key,
    page_api_keys,
    revoke_api_key,
    rotate_api_key,
)
from app.use_cases.authenticate_api_key import REMEMBERED, ApiKeys
from tests.conftest import NOW
from tests.use_cases.identified import Office, new_id

SCOPES = frozenset({Permission.RECORD_DECISIONS, Permission.VIEW_DECISIONS})
HOUR = timedelta(hours=1)


@pytest.fixture
def office(sessions: Sessions, tenant: TenantId) -> Office:
    return Office(sessions, tenant)


@pytest.fixture
def api_keys(office: Office) -> ApiKeys:
    return ApiKeys(office.sessions, office.time)


async def made(office: Office, **changes: Any) -> MadeKey:
    terms: dict[str, Any] = {
        "scopes": SCOPES,
        "expires_at": office.time.now + timedelta(days=30),
        **changes,
    }
    admin = office.actor(Role.ADMIN)
    key_id = ApiKeyId(new_id())
    return await create_api_key(key_id, "core banking", **terms, actor=admin, **office.making)


async def rotated(office: Office, key: MadeKey, **changes: Any) -> MadeKey:
    terms: dict[str, Any] = {
        "overlap": HOUR,
        "expires_at": None,
        "rotation_id": new_id(),
        **changes,
    }
    admin = office.actor(Role.ADMIN)
    return await rotate_api_key(key.key.id, **terms, actor=admin, **office.making)


async def test_a_key_proves_its_tenant_and_holds_its_scopes_and_nothing_else(
    office: Office, api_keys: ApiKeys
) -> None:
    key = await made(office)
    actor = await api_keys.authenticate(key.text)

    assert actor.tenant_id == office.tenant_id
    assert {p for p in Permission if actor.may(p)} == SCOPES
    assert actor.name == f"api-key {key.key.id}"


async def test_of_a_secret_only_its_hash_is_kept(office: Office) -> None:
    key = await made(office)
    credential = parse_credential(key.text, CredentialKind.API_KEY)
    assert credential is not None
    async with office.sessions.begin(office.tenant_id) as tx:
        found = await tx.session.execute(
            text("select k::text as row, digest from api_keys k where id = :id"),
            {"id": key.key.id},
        )
        row = found.one()

    assert credential.secret.hex() not in row.row
    assert bytes(row.digest) == credential.digest
    assert key.text not in repr(key)
    assert credential.secret.hex() not in repr(credential)


async def test_what_is_no_key_of_ours_is_refused(
    office: Office, api_keys: ApiKeys, other_tenant: TenantId
) -> None:
    key = await made(office)
    head, secret = key.text[:67], key.text[68:]
    moved = head.replace(office.tenant_id.hex, other_tenant.hex)
    for wrong in (
        f"{head}_{'0' * 64}",
        f"{moved}_{secret}",
        f"rk_{office.tenant_id.hex}{new_id().hex}_{secret}",
        f"rl{key.text[2:]}",
        f"rs{key.text[2:]}",
        key.text.upper(),
        f"{key.text}0",
        f"{key.text}\n",
        "rk_",
    ):
        with pytest.raises(NotAuthenticated):
            await api_keys.authenticate(wrong)


async def test_a_revoked_key_stops_within_seconds(office: Office, api_keys: ApiKeys) -> None:
    key = await made(office)
    await api_keys.authenticate(key.text)
    for _ in range(2):  # revoked twice, it was revoked once
        await revoke_api_key(key.key.id, actor=office.actor(Role.ADMIN), **office.parts)

    fresh = ApiKeys(office.sessions, office.time)
    with pytest.raises(NotAuthenticated):
        await fresh.authenticate(key.text)
    office.time.now += REMEMBERED
    with pytest.raises(NotAuthenticated):
        await api_keys.authenticate(key.text)
    assert await office.audited(key.key.id) == ["api_key.created", "api_key.revoked"]
    with pytest.raises(ApiKeyEnded):
        await rotated(office, key)


async def test_a_key_ends_at_its_time_though_it_was_just_used(
    office: Office, api_keys: ApiKeys
) -> None:
    key = await made(office, expires_at=office.time.now + timedelta(seconds=2))
    await api_keys.authenticate(key.text)
    office.time.passes(seconds=2)
    with pytest.raises(NotAuthenticated):
        await api_keys.authenticate(key.text)


async def test_a_rotated_secret_works_at_once_and_the_old_one_for_the_overlap(
    office: Office, api_keys: ApiKeys
) -> None:
    first = await made(office)
    second = await rotated(office, first)
    await api_keys.authenticate(first.text)
    await api_keys.authenticate(second.text)

    third = await rotated(office, first)
    office.time.now += REMEMBERED
    with pytest.raises(NotAuthenticated):  # two secrets at most
        await api_keys.authenticate(first.text)
    await api_keys.authenticate(second.text)
    office.time.now += HOUR
    with pytest.raises(NotAuthenticated):
        await api_keys.authenticate(second.text)
    await api_keys.authenticate(third.text)


async def test_a_rotation_run_again_replaces_the_secret_that_nobody_was_shown(
    office: Office, api_keys: ApiKeys
) -> None:
    """The process died before the answer went out; the retry has the same id."""
    first = await made(office)
    rotation_id = new_id()
    lost = await rotated(office, first, rotation_id=rotation_id)
    shown = await rotated(office, first, rotation_id=rotation_id)

    await api_keys.authenticate(first.text)
    await api_keys.authenticate(shown.text)
    with pytest.raises(NotAuthenticated):
        await api_keys.authenticate(lost.text)


async def test_a_making_run_again_shows_the_same_key_with_a_new_secret(
    office: Office, api_keys: ApiKeys
) -> None:
    key_id, admin = ApiKeyId(new_id()), office.actor(Role.ADMIN)
    until = office.time.now + HOUR
    lost, shown = [
        await create_api_key(key_id, "again", SCOPES, until, actor=admin, **office.making)
        for _ in range(2)
    ]
    await api_keys.authenticate(shown.text)
    with pytest.raises(NotAuthenticated):
        await api_keys.authenticate(lost.text)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"scopes": frozenset({Permission.MANAGE_API_KEYS})}, "/scopes"),
        ({"scopes": frozenset({Permission.READ_OWN_DECISION})}, "/scopes"),
        ({"scopes": SCOPES | {Permission.ERASE_SUBJECTS}}, "/scopes"),
        ({"expires_at": NOW}, "/expires_at"),
        (
            {"expires_at": NOW + LONGEST + timedelta(seconds=1)},
            "/expires_at",
        ),
    ],
)
async def test_a_key_holds_no_more_than_a_service_and_for_no_more_than_a_year(
    office: Office, changes: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidFields) as refusal:
        await made(office, **changes)
    assert [problem.pointer for problem in refusal.value.problems] == [pointer]


async def test_keys_are_listed_newest_first_with_their_last_use(
    office: Office, api_keys: ApiKeys, other_tenant: TenantId
) -> None:
    first, second = await made(office), await made(office)
    await api_keys.authenticate(first.text)
    used_at = office.time.now
    for _ in range(3):
        office.time.passes(minutes=1)
        await api_keys.authenticate(first.text)
    admin = office.actor(Role.ADMIN)
    page = await page_api_keys(before=None, limit=2, actor=admin, sessions=office.sessions)

    assert [key.id for key in page] == [second.key.id, first.key.id]
    assert page[0].last_used_at is None
    assert page[1].last_used_at == used_at  # to some ten minutes
    stranger = Office(office.sessions, other_tenant).actor(Role.ADMIN)
    theirs = await page_api_keys(before=None, limit=9, actor=stranger, sessions=office.sessions)
    assert first.key.id not in {key.id for key in theirs}
    with pytest.raises(ApiKeyNotFound):
        await revoke_api_key(first.key.id, actor=stranger, **office.parts)
