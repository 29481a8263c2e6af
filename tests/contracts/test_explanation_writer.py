"""What every writer keeps to, and what becomes of an endpoint that misbehaves."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from app.adapters.openai_writer import OpenAIWriter
from app.adapters.template_writer import TemplateWriter
from app.domain.errors import WriterUnavailable
from app.domain.explanation import (
    Citation,
    Dossier,
    EvidencePassage,
    Fact,
    ReasonToExplain,
)
from app.domain.ids import DecisionId
from app.domain.models import ReasonCode
from app.domain.verification.verify import findings_of
from app.use_cases.ports import ExplanationWriter
from tests.contracts.fake_endpoint import FakeEndpoint

PASSAGE = EvidencePassage(
    "12 CFR 1002.9(b)(2)",
    "The reasons must be specific and indicate the principal reasons.",
    "in force",
)
REASON = ReasonToExplain(
    ReasonCode("C1-09"),
    "Excessive obligations in relation to income",
    (
        Fact(
            "p",
            "monthly debt payments as a share of monthly income",
            Decimal("0.47"),
            "ratio",
            "high",
        ),
    ),
)
DOSSIER = Dossier(
    DecisionId(UUID(int=1)),
    "customer",
    "en",
    "declined",
    "personal-loan",
    date(2026, 11, 1),
    None,
    (REASON,),
    (PASSAGE,),
    {REASON.code: Citation(PASSAGE.citation, PASSAGE.text)},
)

Endpoint = Callable[..., FakeEndpoint]


WRITERS: list[OpenAIWriter] = []


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    made: list[FakeEndpoint] = []

    def make(*script: str) -> FakeEndpoint:
        made.append(FakeEndpoint(*script))
        return made[-1]

    yield make
    while WRITERS:
        await WRITERS.pop().close()
    for fake in made:
        fake.close()


def writer_at(fake: FakeEndpoint) -> OpenAIWriter:
    WRITERS.append(OpenAIWriter(fake.base_url, "key", "fake", timeout_s=0.5))
    return WRITERS[-1]


@pytest.fixture(params=["template", "openai"])
async def writer(request: pytest.FixtureRequest, endpoint: Endpoint) -> ExplanationWriter:
    return TemplateWriter() if request.param == "template" else writer_at(endpoint("good"))


async def test_a_writer_states_each_reason_once_with_the_citation_it_was_given(
    writer: ExplanationWriter,
) -> None:
    written = await writer.write(DOSSIER)
    (statement,) = written.draft.statements
    assert statement.code == REASON.code
    assert statement.citations == (DOSSIER.quotes[REASON.code],)
    assert findings_of(written.draft, DOSSIER) == ()


async def test_a_writer_labels_who_wrote(writer: ExplanationWriter) -> None:
    written = await writer.write(DOSSIER)
    assert written.writer == ("template" if isinstance(writer, TemplateWriter) else "model")
    assert written.model


@pytest.mark.parametrize("fault", ["500", "429"])
async def test_a_passing_fault_is_tried_again(endpoint: Endpoint, fault: str) -> None:
    written = await writer_at(endpoint(fault, "good")).write(DOSSIER)
    assert findings_of(written.draft, DOSSIER) == ()


@pytest.mark.parametrize("fault", ["500", "429", "401", "400", "slow"])
async def test_a_lasting_fault_says_that_the_writer_is_unavailable(
    endpoint: Endpoint, fault: str
) -> None:
    with pytest.raises(WriterUnavailable):
        await writer_at(endpoint(fault)).write(DOSSIER)


async def test_a_refused_key_is_not_tried_again(endpoint: Endpoint) -> None:
    fake = endpoint("401")
    with pytest.raises(WriterUnavailable):
        await writer_at(fake).write(DOSSIER)
    assert len(fake.bodies) == 1


async def test_an_endpoint_that_keeps_failing_is_left_alone(endpoint: Endpoint) -> None:
    fake = endpoint("400")
    writer = writer_at(fake)
    for _ in range(5):
        with pytest.raises(WriterUnavailable):
            await writer.write(DOSSIER)
    assert len(fake.bodies) == 3


@pytest.mark.parametrize("reply", ["garbage", "untrue", "injected"])
async def test_what_an_endpoint_makes_up_does_not_pass(endpoint: Endpoint, reply: str) -> None:
    written = await writer_at(endpoint(reply)).write(DOSSIER)
    assert findings_of(written.draft, DOSSIER)


async def test_only_the_refused_reason_is_written_again(endpoint: Endpoint) -> None:
    two = replace(DOSSIER, reasons=(REASON, replace(REASON, code=ReasonCode("C1-08"))))
    fake = endpoint("good", "untrue", "good")
    writer = writer_at(fake)
    first = await writer.write(two)
    second = await writer.write(two, corrections=findings_of(first.draft, two), previous=first)
    assert len(fake.bodies) == 3
    assert second.draft.statements[0] == first.draft.statements[0]


async def test_no_applicant_data_leaves(endpoint: Endpoint) -> None:
    fake = endpoint("good")
    await writer_at(fake).write(DOSSIER)
    assert str(DOSSIER.decision_id) not in fake.bodies[0]
    assert "12 CFR" not in fake.bodies[0]
