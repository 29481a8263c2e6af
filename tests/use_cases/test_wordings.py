"""From a request through review to decisions explained without any model."""

from dataclasses import replace
from typing import Any

import pytest
import uuid_utils.compat

from app.adapters.llm_endpoint import Endpoint
from app.adapters.openai_writer import OpenAIWriter
from app.adapters.template_writer import TemplateWriter
from app.db import wordings
from app.domain.decisions import Decision
from app.domain.errors import InvalidFields, WriterUnavailable
from app.domain.ids import EventId, WordingId
from app.domain.models import Feature, ReasonCode
from app.domain.wording_errors import WordingUnproved
from app.domain.wordings import (
    Approval,
    ApprovedWording,
    ExpiredWording,
    PromptVersion,
    WordingInReview,
)
from app.resources import current_prompts
from app.use_cases.find_policy_impact import Page, find_passage_impact
from app.use_cases.places import Places
from app.use_cases.review_wording import page_reviews
from app.use_cases.stream_explanation import StreamEnded, SummaryProved, stream_explanation
from retrieval.passages import Citation
from tests.conftest import NOW
from tests.use_cases.wording_desk import CATALOGUE, LEVERAGE, TEXTS, WordingDesk, request, saying


async def test_a_decline_is_explained_in_approved_wordings_and_no_model_is_asked(
    wording_desk: WordingDesk, declined: Decision
) -> None:
    await wording_desk.approve_all()
    endpoint = saying("Never asked.")
    writer = OpenAIWriter(Endpoint(endpoint.base_url, "key", "fake", timeout_s=1))

    explained = await wording_desk.explain(declined, writer=writer)

    assert explained.outcome == "wording"
    explanation = explained.explanation
    assert explanation.writer == "wording"
    assert endpoint.bodies == []
    assert explanation.input_tokens == explanation.output_tokens == 0
    statements = {s.code: s.text for s in explanation.draft.statements}
    assert list(statements) == [reason.code for reason in declined.reasons]
    assert "{" not in "".join(statements.values())
    spans = [entry for entry in explanation.evidence if entry.kind == "passage"]
    assert len(spans) == len(declined.reasons)
    assert all(len(span.version_sha256) == 64 for span in spans)
    approved = [
        await wording_desk.state(WordingId(uuid_utils.compat.UUID(i)))
        for i in explanation.prompt.split()
    ]
    assert {type(held) for held in approved} == {ApprovedWording}
    await writer.close()
    endpoint.close()


async def test_a_stream_tells_in_approved_wordings_too(
    wording_desk: WordingDesk, declined: Decision
) -> None:
    await wording_desk.approve_all()
    streamed = await stream_explanation(
        declined.id,
        audience="customer",
        language="en",
        actor=wording_desk.carla,
        sessions=wording_desk.sessions,
        catalogue=CATALOGUE,
        evidence=wording_desk.evidence,
        places=Places(1, line=0),
        writer=None,
        fallback=TemplateWriter(),
        clock=lambda: NOW,
        new_id=uuid_utils.compat.uuid7,
        trace={},
    )
    *shown, summary, ended = [event async for event in streamed]
    assert isinstance(ended, StreamEnded)
    assert ended.explained.outcome == "wording"
    assert isinstance(summary, SummaryProved)
    assert len(shown) == len(declined.reasons)


async def test_an_amended_passage_names_the_wordings_that_quote_it(
    wording_desk: WordingDesk,
) -> None:
    held = await wording_desk.draft(request())
    citation = Citation(held.wording.basis.citation.citation)

    async def relying() -> list[tuple[WordingId, bool]]:
        tenant_id = wording_desk.carla.tenant_id
        found = await find_passage_impact(
            citation, Page(), tenant_id=tenant_id, sessions=wording_desk.sessions
        )
        return [(each.wording_id, each.is_approved) for each in found.wordings]

    assert await relying() == [(held.wording.id, False)]
    await wording_desk.review(held, Approval())
    assert await relying() == [(held.wording.id, True)]


async def test_an_underwriter_is_told_in_a_draft_of_the_very_decision(
    wording_desk: WordingDesk, declined: Decision
) -> None:
    await wording_desk.approve_all()
    assert (await wording_desk.explain(declined, "underwriter")).outcome == "template"


async def test_one_reason_without_an_approved_wording_leaves_the_whole_to_the_writer(
    wording_desk: WordingDesk, declined: Decision
) -> None:
    await wording_desk.approve_all()
    code = declined.reasons[-1].code
    async with wording_desk.sessions.begin(declined.tenant_id) as tx:
        (held,) = await wordings.find_approved(
            tx, [code], audience="customer", language="en", jurisdiction="US-federal"
        )
        expired = ExpiredWording(held.wording, "test", NOW, "gone")
        await wordings.keep(
            tx,
            expired,
            review_id=EventId(uuid_utils.compat.uuid7()),
            event=wording_desk.event(held.wording),
        )
    assert (await wording_desk.explain(declined)).outcome == "template"


async def test_a_wording_proved_on_another_version_of_the_law_is_not_used(
    wording_desk: WordingDesk, declined: Decision
) -> None:
    """A decision is explained by the law of its own day, not by what was reviewed on another's."""
    await wording_desk.approve_all()
    for code in TEXTS:
        async with wording_desk.sessions.begin(declined.tenant_id) as tx:
            (held,) = await wordings.find_approved(
                tx,
                [ReasonCode(code)],
                audience="customer",
                language="en",
                jurisdiction="US-federal",
            )
            stale = replace(
                held.wording,
                id=WordingId(uuid_utils.compat.uuid7()),
                basis=replace(held.wording.basis, version_sha256="0" * 64),
            )
            await wordings.insert_draft(tx, stale, event=wording_desk.event(stale))
            for step in (
                ExpiredWording(held.wording, "test", NOW, "amended"),
                WordingInReview(stale, "carla", NOW),
                ApprovedWording(stale, "rita", NOW),
            ):
                await wordings.keep(
                    tx,
                    step,
                    review_id=EventId(uuid_utils.compat.uuid7()),
                    event=wording_desk.event(step.wording),
                )
    assert (await wording_desk.explain(declined)).outcome == "template"


async def test_what_a_person_sends_is_put_in_review_once(wording_desk: WordingDesk) -> None:
    held = await wording_desk.draft(request())
    assert held.wording.drafted_by == held.submitted_by == "carla"
    assert held.wording.fills > 10
    assert held.wording.prompt == PromptVersion("", "")
    assert await wording_desk.draft(request()) == held
    waiting = await page_reviews(
        before=None, limit=10, actor=wording_desk.rita, sessions=wording_desk.sessions
    )
    assert waiting == [held]


async def test_an_untrue_wording_is_refused_with_the_value_and_nothing_is_stored(
    wording_desk: WordingDesk,
) -> None:
    with pytest.raises(WordingUnproved, match=r"leverage_ratio = 0\.37"):
        await wording_desk.draft(request("Your total debt was 222% of your total assets."))
    with pytest.raises(WordingUnproved):
        await wording_desk.draft(request(f"{TEXTS[LEVERAGE]} You will be approved next time."))
    # For a counter-intuitive reason no side is taken, so the wording may take none.
    with pytest.raises(WordingUnproved):
        await wording_desk.draft(
            request("Your total debt was too high beside your assets.", counter_intuitive=True)
        )
    assert (
        await page_reviews(
            before=None, limit=10, actor=wording_desk.rita, sessions=wording_desk.sessions
        )
        == []
    )


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"code": ReasonCode("X-NO-01")}, "/code"),
        ({"feature": Feature("annual_income")}, "/feature"),
        ({"code": ReasonCode("C1-13")}, "/feature"),
        ({"text": "Your debt was {income:usd}."}, "/text"),
    ],
)
async def test_a_request_that_names_what_is_not_there_is_refused(
    wording_desk: WordingDesk, changes: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidFields, match=pointer):
        await wording_desk.draft(request(**changes))


async def test_a_model_drafts_the_wording_and_its_number_becomes_a_slot(
    wording_desk: WordingDesk,
) -> None:
    endpoint = saying(
        "Your total debt was 222% of your total assets.",
        "Your total debt was 37% of your total assets, which was too high.",
    )
    writer = OpenAIWriter(Endpoint(endpoint.base_url, "key", "fake", timeout_s=1))
    held = await wording_desk.draft(request(None), writer=writer)
    wording = held.wording
    assert wording.text == (
        "Your total debt was {leverage_ratio:ratio} of your total assets, which was too high."
    )
    assert (wording.drafted_by, wording.requested_by) == ("model:fake", "carla")
    assert wording.prompt == current_prompts()["en"]
    assert len(wording.raw) == 2
    await writer.close()
    endpoint.close()


async def test_a_model_that_never_words_it_truly_leaves_nothing_behind(
    wording_desk: WordingDesk,
) -> None:
    endpoint = saying("You will be approved next month.")
    writer = OpenAIWriter(Endpoint(endpoint.base_url, "key", "fake", timeout_s=1))
    with pytest.raises(WordingUnproved, match="approved next month"):
        await wording_desk.draft(request(None), writer=writer)
    with pytest.raises(WriterUnavailable):
        await wording_desk.draft(request(None))
    assert (
        await page_reviews(
            before=None, limit=10, actor=wording_desk.rita, sessions=wording_desk.sessions
        )
        == []
    )
    await writer.close()
    endpoint.close()
