"""Endpoints that misbehave, and writers that speak to them."""

from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

import pytest

from app.adapters.llm_endpoint import Endpoint
from app.adapters.openai_writer import OpenAIWriter, PromptSet
from tests.contracts.fake_endpoint import FakeEndpoint


class Writing(Protocol):
    """Makes a writer that speaks to an endpoint; its bounds may be given."""

    def __call__(
        self, fake: FakeEndpoint, *, prompt_set: PromptSet = "small", **bounds: Any
    ) -> OpenAIWriter: ...


@pytest.fixture
async def endpoint() -> AsyncIterator[Callable[..., FakeEndpoint]]:
    made: list[FakeEndpoint] = []

    def make(*script: str) -> FakeEndpoint:
        made.append(FakeEndpoint(*script))
        return made[-1]

    yield make
    for fake in made:
        fake.close()


@pytest.fixture
async def writing(endpoint: Callable[..., FakeEndpoint]) -> AsyncIterator[Writing]:
    made: list[OpenAIWriter] = []

    def make(fake: FakeEndpoint, *, prompt_set: PromptSet = "small", **bounds: Any) -> OpenAIWriter:
        bounds = {"timeout_s": 5.0, "deadline_s": 20.0, **bounds}
        made.append(
            OpenAIWriter(Endpoint(fake.base_url, "key", "fake", **bounds), prompt_set=prompt_set)
        )
        return made[-1]

    yield make
    for writer in made:
        await writer.close()
