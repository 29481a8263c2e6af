"""A second lender: opened by the operator, seen by nobody else, and mute until it is confirmed."""

import pytest

from app.db import tenants
from app.db.engine import Sessions
from app.domain.creditors import DEMO_CREDITOR
from app.domain.errors import AgencyNotConfirmed, InvalidFields
from app.domain.ids import TenantId
from app.use_cases.tenants import create_tenant, list_tenants
from tests.conftest import NOW
from tests.domain.kinds_of_notice import KINDS, compose
from tests.use_cases.identified import Office


async def test_a_tenant_is_opened_and_listed(sessions: Sessions, tenant: TenantId) -> None:
    office = Office(sessions, tenant)
    async with sessions.begin(tenant) as tx:
        await tenants.ensure(tx, "Example", DEMO_CREDITOR, at=NOW)
    made = await create_tenant(" Second Bank ", actor="command line", **office.parts)
    listed = await list_tenants(sessions=sessions)

    assert (made.name, made.created_at) == ("Second Bank", NOW)
    assert made in listed
    assert tenant in {line.id for line in listed}
    assert await Office(sessions, made.id).audited(made.id) == ["tenant.created"]


async def test_no_notice_goes_out_before_the_profile_is_confirmed(
    sessions: Sessions, tenant: TenantId
) -> None:
    made = await create_tenant("Third Bank", actor="command line", **Office(sessions, tenant).parts)
    async with sessions.begin(made.id) as tx:
        profile = await tenants.get_creditor(tx)
    assert profile.name == "Third Bank"
    with pytest.raises(AgencyNotConfirmed):
        compose(KINDS["c3-credit-scoring"](), profile)


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "x" * 201])
async def test_a_name_that_no_letter_could_carry_opens_nothing(
    sessions: Sessions, tenant: TenantId, name: str
) -> None:
    before = await list_tenants(sessions=sessions)
    with pytest.raises(InvalidFields):
        await create_tenant(name, actor="command line", **Office(sessions, tenant).parts)
    assert await list_tenants(sessions=sessions) == before
