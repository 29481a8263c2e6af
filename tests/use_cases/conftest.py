"""What the workflows share: a tenant that knows the reference models."""

from collections.abc import AsyncIterator

import pytest
import uuid_utils.compat

from app.adapters.evidence import LibraryEvidence
from app.adapters.model_http import ModelCalls
from app.adapters.model_native import NativeModels
from app.db import registrations, tenants
from app.db.engine import Sessions
from app.domain.access import Actor, Role
from app.domain.audit import AuditEvent
from app.domain.creditors import DEMO_CREDITOR
from app.domain.decisions import Decision
from app.domain.ids import EventId, TenantId
from app.resources import PRODUCTS
from retrieval.library import Library
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.search import Engine
from tests.conftest import NOW
from tests.use_cases.declining import decline
from tests.use_cases.explaining import Desk
from tests.use_cases.wording_desk import WordingDesk, expire_all


@pytest.fixture(scope="module")
async def actor(sessions: Sessions, tenant: TenantId, model_server: str) -> AsyncIterator[Actor]:
    calls = ModelCalls()
    described = await NativeModels(
        lambda: model_server, lambda: model_server, PRODUCTS, calls
    ).registrations()
    async with sessions.begin(tenant) as tx:
        await tenants.ensure(tx, "Example", DEMO_CREDITOR, at=NOW)
        for registration in described:
            event_id = EventId(uuid_utils.compat.uuid7())
            event = AuditEvent(event_id, tenant, "test", "model.registered", tenant, NOW)
            await registrations.register(tx, registration, at=NOW, event=event)
    yield Actor("test", tenant, frozenset({Role.SERVICE}))
    await calls.close()


@pytest.fixture
async def desk(sessions: Sessions, actor: Actor, model_server: str) -> Desk:
    evidence = LibraryEvidence(sessions, Engine(Library(), OnnxEmbedder()))
    return Desk(sessions, actor, evidence, await decline(actor, sessions, model_server))


@pytest.fixture
async def wording_desk(sessions: Sessions, actor: Actor) -> AsyncIterator[WordingDesk]:
    made = WordingDesk(sessions, actor)
    yield made
    await expire_all(sessions, actor.tenant_id)


@pytest.fixture
async def declined(sessions: Sessions, actor: Actor, model_server: str) -> Decision:
    return await decline(actor, sessions, model_server)
