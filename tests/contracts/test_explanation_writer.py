"""What every writer keeps to, whoever words it, and what becomes of an endpoint's faults."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest

from app.adapters.openai_writer import PromptSet
from app.adapters.template_writer import TemplateWriter
from app.domain.errors import WriterUnavailable
from app.domain.explanation import (
    Citation,
    Dossier,
    EvidencePassage,
    Fact,
    Language,
    ReasonToExplain,
)
from app.domain.ids import DecisionId
from app.domain.models import ReasonCode
from app.domain.verification.verify import findings_of
from app.resources import seed_catalogue
from app.use_cases.ports import ExplanationWriter
from tests.contracts.conftest import Writing
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
QUOTE = Citation(PASSAGE.citation, PASSAGE.text)
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
    {REASON.code: QUOTE},
)


MakeEndpoint = Callable[..., FakeEndpoint]


@pytest.fixture(params=["template", "small", "large"])
async def writer(
    request: pytest.FixtureRequest, endpoint: MakeEndpoint, writing: Writing
) -> ExplanationWriter:
    if request.param == "template":
        return TemplateWriter()
    return writing(endpoint("faithful"), prompt_set=request.param)


async def test_a_writer_states_each_reason_once_with_a_citation_it_was_given(
    writer: ExplanationWriter,
) -> None:
    written = await writer.write(DOSSIER)
    (statement,) = written.draft.statements
    assert statement.code == REASON.code
    assert statement.citations == (DOSSIER.quotes[REASON.code],)
    assert findings_of(written.draft, DOSSIER) == ()


async def test_a_writer_words_statement_by_statement_what_it_words_at_once(
    writer: ExplanationWriter,
) -> None:
    two = replace(DOSSIER, reasons=(REASON, replace(REASON, code=ReasonCode("C1-08"))))
    two = replace(two, quotes={reason.code: DOSSIER.quotes[REASON.code] for reason in two.reasons})
    drafts = [written.draft async for written in writer.write_statements(two)]
    assert drafts[-1] == (await writer.write(two)).draft
    for earlier, later in pairwise(drafts):
        assert later.statements[: len(earlier.statements)] == earlier.statements


async def test_a_writer_labels_who_wrote(writer: ExplanationWriter) -> None:
    written = await writer.write(DOSSIER)
    assert written.writer == ("template" if isinstance(writer, TemplateWriter) else "model")
    assert written.model
    assert written.prompt


@pytest.mark.parametrize("fault", ["500", "503", "429", "429:0", "cut"])
async def test_a_passing_fault_is_tried_again(
    endpoint: MakeEndpoint, writing: Writing, fault: str
) -> None:
    fake = endpoint(fault, "good")
    written = await writing(fake).write(DOSSIER)
    assert findings_of(written.draft, DOSSIER) == ()
    assert len(fake.bodies) == 2


@pytest.mark.parametrize(
    ("fault", "calls"),
    [
        ("500", 3),
        ("429", 3),
        ("cut", 3),
        ("401", 1),
        ("403", 1),
        ("404", 1),
        ("400", 2),  # once more without a schema
        ("slow", 1),
        ("hang", 1),
        ("trickle", 1),
        ("huge", 1),
        ("wrong JSON", 1),
        ("other JSON", 1),
        ("wrong content type", 1),
    ],
)
async def test_a_lasting_fault_says_that_the_writer_is_unavailable(
    endpoint: MakeEndpoint, writing: Writing, fault: str, calls: int
) -> None:
    fake = endpoint(fault)
    timeout_s = 0.5 if fault in {"slow", "hang", "trickle"} else 5
    with pytest.raises(WriterUnavailable):
        await writing(fake, timeout_s=timeout_s).write(DOSSIER)
    assert len(fake.bodies) == calls


async def test_an_endpoint_is_left_alone_for_as_long_as_it_says(
    endpoint: MakeEndpoint, writing: Writing
) -> None:
    fake = endpoint("429:1", "good")
    await writing(fake).write(DOSSIER)
    first, second = fake.at
    assert second - first >= 1


async def test_an_endpoint_that_asks_for_more_time_than_there_is_is_not_waited_for(
    endpoint: MakeEndpoint, writing: Writing
) -> None:
    fake = endpoint("429:3600", "good")
    writer = writing(fake)
    began = time.monotonic()
    for _ in range(2):
        with pytest.raises(WriterUnavailable):
            await writer.write(DOSSIER)
    assert time.monotonic() - began < 1
    assert len(fake.bodies) == 1


async def test_an_endpoint_that_keeps_failing_is_left_alone(
    endpoint: MakeEndpoint, writing: Writing
) -> None:
    fake = endpoint("401")
    writer = writing(fake)
    for _ in range(5):
        with pytest.raises(WriterUnavailable):
            await writer.write(DOSSIER)
    assert len(fake.bodies) == 3


@pytest.mark.parametrize("step", ["plain only", "reasoning"])
@pytest.mark.parametrize("prompt_set", ["small", "large"])
async def test_an_endpoint_of_another_dialect_is_spoken_to_in_it_from_then_on(
    endpoint: MakeEndpoint, writing: Writing, step: str, prompt_set: PromptSet
) -> None:
    fake = endpoint(step)
    writer = writing(fake, prompt_set=prompt_set)
    await writer.write(DOSSIER)
    learning = len(fake.bodies)
    written = await writer.write(DOSSIER)
    assert findings_of(written.draft, DOSSIER) == ()
    assert len(fake.bodies) == learning + 1
    sent = json.loads(fake.bodies[-1])
    assert ("response_format" in sent) == (step != "plain only")
    assert ("max_completion_tokens" in sent) == (step == "reasoning")


async def test_a_request_refused_for_another_reason_teaches_nothing(
    endpoint: MakeEndpoint, writing: Writing
) -> None:
    fake = endpoint("400", "400", "good")
    writer = writing(fake)
    with pytest.raises(WriterUnavailable):
        await writer.write(DOSSIER)
    await writer.write(DOSSIER)
    assert "response_format" in json.loads(fake.bodies[-1])


@pytest.mark.parametrize("prompt_set", ["small", "large"])
@pytest.mark.parametrize(
    "reply", ["garbage", "empty choices", "refusal", "hallucinated", "injected"]
)
async def test_what_an_endpoint_makes_up_does_not_pass(
    endpoint: MakeEndpoint, writing: Writing, reply: str, prompt_set: PromptSet
) -> None:
    written = await writing(endpoint(reply), prompt_set=prompt_set).write(DOSSIER)
    assert findings_of(written.draft, DOSSIER)


async def test_only_the_refused_reason_is_written_again_by_a_small_model(
    endpoint: MakeEndpoint, writing: Writing
) -> None:
    two = replace(DOSSIER, reasons=(REASON, replace(REASON, code=ReasonCode("C1-08"))))
    fake = endpoint("good", "untrue", "good")
    writer = writing(fake)
    first = await writer.write(two)
    second = await writer.write(two, corrections=findings_of(first.draft, two), previous=first)
    assert len(fake.bodies) == 3
    assert second.draft.statements[0] == first.draft.statements[0]
    temperatures = [json.loads(body)["temperature"] for body in fake.bodies]
    assert temperatures == [0, 0, 0.4]


async def test_a_large_model_is_shown_its_reply_and_what_was_wrong_with_it(
    endpoint: MakeEndpoint, writing: Writing
) -> None:
    fake = endpoint("hallucinated", "faithful")
    writer = writing(fake, prompt_set="large")
    first = await writer.write(DOSSIER)
    findings = findings_of(first.draft, DOSSIER)
    second = await writer.write(DOSSIER, corrections=findings, previous=first)
    assert findings_of(second.draft, DOSSIER) == ()
    *_, reply, shown = json.loads(fake.bodies[-1])["messages"]
    assert reply == {"role": "assistant", "content": first.raw[0]}
    assert findings[0].rule in shown["content"]


@pytest.mark.parametrize("nothing", ["refusal", "empty choices"])
async def test_a_large_model_that_said_nothing_is_asked_the_same_again(
    endpoint: MakeEndpoint, writing: Writing, nothing: str
) -> None:
    fake = endpoint(nothing, "faithful")
    writer = writing(fake, prompt_set="large")
    first = await writer.write(DOSSIER)
    findings = findings_of(first.draft, DOSSIER)
    second = await writer.write(DOSSIER, corrections=findings, previous=first)
    assert findings_of(second.draft, DOSSIER) == ()
    asked, again = (json.loads(body)["messages"] for body in fake.bodies)
    assert asked == again


async def test_a_draft_has_a_deadline_whatever_each_call_may_take(
    endpoint: MakeEndpoint, writing: Writing
) -> None:
    six = tuple(replace(REASON, code=ReasonCode(f"C1-0{at}")) for at in range(1, 7))
    writer = writing(endpoint("slow"), timeout_s=5, deadline_s=0.4)
    began = time.monotonic()
    with pytest.raises(WriterUnavailable, match="no draft within"):
        await writer.write(replace(DOSSIER, reasons=six))
    assert time.monotonic() - began < 1.4


async def test_who_stops_waiting_closes_the_request(
    endpoint: MakeEndpoint, writing: Writing
) -> None:
    fake = endpoint("hang", "good")
    writer = writing(fake, timeout_s=20)
    work = asyncio.create_task(writer.write(DOSSIER))
    await asyncio.to_thread(fake.asked.wait, 5)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert await asyncio.to_thread(fake.left.wait, 5)
    assert (await writer.write(DOSSIER)).draft.statements  # the breaker has learnt nothing from it


async def test_no_more_calls_run_at_once_than_allowed(
    endpoint: MakeEndpoint, writing: Writing
) -> None:
    fake = endpoint("pause")
    writer = writing(fake, concurrency=2, timeout_s=5)
    await asyncio.gather(*(writer.write(DOSSIER) for _ in range(8)))
    assert fake.most_at_once == 2


@pytest.mark.parametrize("prompt_set", ["small", "large"])
async def test_two_requests_begin_the_same_to_the_byte(
    endpoint: MakeEndpoint, writing: Writing, prompt_set: PromptSet
) -> None:
    fake = endpoint("faithful")
    writer = writing(fake, prompt_set=prompt_set)
    await writer.write(DOSSIER)
    other = replace(REASON, code=ReasonCode("C1-07"), statement="Length of employment", facts=())
    await writer.write(replace(DOSSIER, reasons=(other,), quotes={other.code: QUOTE}))
    first, second = (body[: body.rindex('{"role":"user"') or 0] for body in fake.bodies)
    assert first == second
    assert '"messages":[{"role":"system"' in first
    assert len(first) > 1500


async def test_a_language_without_a_prompt_for_the_audience_is_left_to_the_template(
    endpoint: MakeEndpoint, writing: Writing
) -> None:
    fake = endpoint("faithful")
    with pytest.raises(WriterUnavailable, match="no prompt"):
        await writing(fake).write(replace(DOSSIER, audience="compliance"))
    assert fake.bodies == []


@pytest.mark.parametrize("language", ["en", "es"])
async def test_every_reviewed_statement_is_proved_in_the_words_of_the_template(
    language: Language,
) -> None:
    for entry in seed_catalogue().values():
        reason = ReasonToExplain(
            entry.code,
            entry.statement,
            (),
            entry.adverse_when,
            entry.translations.get(language, ""),
        )
        dossier = replace(DOSSIER, language=language, reasons=(reason,), quotes={})
        written = await TemplateWriter().write(dossier)
        found = [f for f in findings_of(written.draft, dossier) if "citations" not in f.where]
        assert found == [], entry.code
