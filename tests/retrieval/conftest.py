"""Desks of two tenants."""

import pytest

from app.db.engine import Sessions
from app.domain.ids import TenantId
from tests.retrieval.desk import Desk


@pytest.fixture
def desk(sessions: Sessions, tenant: TenantId) -> Desk:
    return Desk(sessions, tenant)


@pytest.fixture
def other(sessions: Sessions, other_tenant: TenantId) -> Desk:
    return Desk(sessions, other_tenant)
