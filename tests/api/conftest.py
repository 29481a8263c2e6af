"""The service as it runs: real HTTP, real database, real models; only the language model is off."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app.api.rates import RateClass
from app.domain.access import Role
from app.embedded.serving import listen, serving
from app.embedded.start import DEMO_TENANT, Started, start
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Service:
    address: str
    started: Started

    def token(self, role: Role) -> str:
        assert self.started.issuer is not None
        return self.started.issuer.issue(role, DEMO_TENANT, now=datetime.now(UTC))


@pytest.fixture(scope="session")
def spans() -> InMemorySpanExporter:
    """Every span of the run: the SDK as in production, with an exporter that keeps them."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


# All tests come from one address; those of the rates have services of their own.
UNBOUND = " ".join(f"{name}=1000000" for name in get_args(RateClass))


@pytest.fixture(scope="session")
async def service(embedded_database: Path, spans: InMemorySpanExporter) -> AsyncIterator[Service]:
    settings = Settings(
        home=embedded_database,
        llm_disabled=True,
        max_body_bytes=200_000,
        webhook_allowed_hosts="127.0.0.1",
        rates=UNBOUND,
    )
    started = await start(settings)
    listening = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with serving(started, settings, listening, with_worker=True):
        yield Service(address, started)
    await started.close()


Client = Callable[[Role], httpx.AsyncClient]


@pytest.fixture
async def http(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {service.token(Role.SERVICE)}"}
    async with httpx.AsyncClient(base_url=service.address, headers=headers, timeout=60) as client:
        yield client
