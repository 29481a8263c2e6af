"""Approving, rejecting and sending back to review."""

from dataclasses import replace
from datetime import timedelta

import pytest
import uuid_utils.compat
from sqlalchemy import text

from app.adapters.llm_endpoint import Endpoint
from app.adapters.openai_writer import OpenAIWriter
from app.db import wordings
from app.domain.ids import EventId, WordingId
from app.domain.wording_errors import ReviewerNotIndependent
from app.domain.wordings import (
    Approval,
    ApprovedWording,
    ExpiredWording,
    PromptVersion,
    Refusal,
    RejectedWording,
    SupersededWording,
    WordingInReview,
)
from app.use_cases.draft_wording import WordingRequest
from app.use_cases.return_wordings_to_review import (
    Returned,
)
from tests.conftest import NOW
from tests.use_cases.wording_desk import CATALOGUE, EMPLOYED, LEVERAGE, WordingDesk, request, saying


async def test_approving_supersedes_what_stood_and_rejecting_does_not(
    wording_desk: WordingDesk,
) -> None:
    first = await wording_desk.draft(request())
    await wording_desk.review(first, Approval())
    second = await wording_desk.draft(
        request("Your debt was {leverage_ratio:ratio} of your assets.")
    )
    rejected = await wording_desk.review(second, Refusal("which debt?"))
    assert isinstance(rejected, RejectedWording)
    assert isinstance(await wording_desk.state(first.wording.id), ApprovedWording)
    third = await wording_desk.draft(
        request("Your debt was {leverage_ratio:ratio} of total assets.")
    )
    await wording_desk.review(third, Approval("clear"))
    assert isinstance(await wording_desk.state(first.wording.id), SupersededWording)
    async with wording_desk.sessions.begin(wording_desk.rita.tenant_id) as tx:
        actions = await tx.session.execute(
            text("select action from audit_events where subject = :id order by id"),
            {"id": first.wording.id},
        )
        assert list(actions.scalars()) == [
            "wording.drafted",
            "wording.review_requested",
            "wording.approved",
            "wording.superseded",
        ]


async def test_whoever_asked_cannot_approve(wording_desk: WordingDesk) -> None:
    held = await wording_desk.draft(request())
    with pytest.raises(ReviewerNotIndependent):
        await wording_desk.review(held, Approval(), by=wording_desk.carla)


async def test_nothing_goes_back_to_review_while_nothing_changed(wording_desk: WordingDesk) -> None:
    held = await wording_desk.draft(request())
    await wording_desk.review(held, Approval())
    assert await wording_desk.returned() == ()


async def test_a_changed_statement_sends_a_wording_back_to_review(
    wording_desk: WordingDesk,
) -> None:
    held = await wording_desk.draft(request())
    await wording_desk.review(held, Approval())
    entry = replace(CATALOGUE[LEVERAGE], statement="Total debt compared with total assets")
    (returned,) = await wording_desk.returned(catalogue={**CATALOGUE, LEVERAGE: entry})
    assert returned.expired == held.wording.id
    assert "statement" in returned.why
    assert returned.in_review is not None
    waiting = await wording_desk.state(returned.in_review)
    assert isinstance(waiting, WordingInReview)
    assert waiting.wording.text == held.wording.text
    assert waiting.wording.returned_from == held.wording.id
    # Four eyes look again: who asked the first time still may not review.
    with pytest.raises(ReviewerNotIndependent):
        await wording_desk.review(waiting, Approval(), by=wording_desk.carla)


async def test_a_wording_of_a_code_that_left_the_catalogue_expires(
    wording_desk: WordingDesk,
) -> None:
    held = await wording_desk.draft(request())
    without = {code: entry for code, entry in CATALOGUE.items() if code != LEVERAGE}
    (returned,) = await wording_desk.returned(catalogue=without)
    assert returned == Returned(held.wording.id, returned.why, None)
    assert isinstance(await wording_desk.state(held.wording.id), ExpiredWording)


async def test_a_text_that_no_longer_holds_expires_and_nothing_takes_its_place(
    wording_desk: WordingDesk,
) -> None:
    """It says a side that the reason, as the catalogue now states it, does not take."""
    said = "Your length of employment was too long."
    long = replace(
        CATALOGUE[EMPLOYED], statement="Length of employment too long", adverse_when="high"
    )
    held = await wording_desk.draft(
        WordingRequest(EMPLOYED, text=said), catalogue={**CATALOGUE, EMPLOYED: long}
    )
    (returned,) = await wording_desk.returned()
    assert returned == Returned(held.wording.id, returned.why, None)


async def test_an_amended_policy_or_a_new_prompt_sends_wordings_back_to_review(
    wording_desk: WordingDesk,
) -> None:
    endpoint = saying("Your total debt was 37% of your total assets.")
    writer = OpenAIWriter(Endpoint(endpoint.base_url, "key", "fake", timeout_s=1))
    by_model = await wording_desk.draft(request(None), writer=writer)
    await wording_desk.review(by_model, Approval())
    newer = PromptVersion("explain-reason-en-v2", "d" * 64)
    (returned,) = await wording_desk.returned(prompt=newer)
    assert "prompt" in returned.why
    assert returned.in_review is not None
    waiting = await wording_desk.state(returned.in_review)
    assert isinstance(waiting, WordingInReview)
    assert waiting.wording.prompt == newer
    assert await wording_desk.returned(prompt=newer) == ()

    amended = replace(
        waiting.wording,
        id=WordingId(uuid_utils.compat.uuid7()),
        prompt=newer,
        basis=replace(waiting.wording.basis, version_sha256="0" * 64),
    )
    async with wording_desk.sessions.begin(wording_desk.carla.tenant_id) as tx:
        await wordings.insert_draft(tx, amended, event=wording_desk.event(amended))
        await wordings.keep(
            tx,
            WordingInReview(amended, "carla", NOW - timedelta(days=1)),
            review_id=EventId(uuid_utils.compat.uuid7()),
            event=wording_desk.event(amended),
        )
    expired = await wording_desk.review(WordingInReview(amended, "carla", NOW), Approval())
    assert isinstance(expired, ExpiredWording)
    assert "amended" in expired.why
    await writer.close()
    endpoint.close()
