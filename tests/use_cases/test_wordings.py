"""From a request through review to decisions explained without any model."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import uuid_utils.compat
from sqlalchemy import text

from app.adapters.evidence import LibraryEvidence
from app.adapters.llm_endpoint import Endpoint
from app.adapters.openai_writer import OpenAIWriter
from app.adapters.template_writer import TemplateWriter
from app.db import wordings
from app.db.engine import Sessions
from app.db.jobs import DecisionJob
from app.domain.access import Actor, Role
from app.domain.audit import AuditEvent
from app.domain.catalogue import Catalogue
from app.domain.decisions import Decision
from app.domain.errors import InvalidFields, WriterUnavailable
from app.domain.explanation import Audience
from app.domain.ids import EventId, TenantId, WordingId
from app.domain.models import Feature, ReasonCode
from app.domain.wording_errors import ReviewerNotIndependent, WordingUnproved
from app.domain.wordings import (
    Approval,
    ApprovedWording,
    ExpiredWording,
    PromptVersion,
    Refusal,
    RejectedWording,
    SupersededWording,
    Wording,
    WordingInReview,
)
from app.resources import current_prompts, seed_catalogue
from app.use_cases.draft_wording import WordingRequest, draft_wording
from app.use_cases.explain_decision import explain_decision
from app.use_cases.find_policy_impact import Page, find_passage_impact
from app.use_cases.ports import ExplanationWriter
from app.use_cases.publish_explanation import Explained
from app.use_cases.record_decision import Recorded
from app.use_cases.return_wordings_to_review import (
    STANDING,
    Returned,
    return_wordings_to_review,
)
from app.use_cases.review_wording import get_wording, page_reviews, review_wording
from app.use_cases.stream_explanation import StreamEnded, SummaryProved, stream_explanation
from retrieval.library import Library
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.passages import Citation
from retrieval.search import Engine
from tests.conftest import NOW
from tests.contracts.fake_endpoint import FakeEndpoint
from tests.use_cases.test_decide_application import DECLINED, application, decide

CATALOGUE = seed_catalogue()
MODEL = ("personal-loan", "1.0.0")
LEVERAGE = ReasonCode("X-IN-06")
EMPLOYED = ReasonCode("C1-07")
# What a lender might say of each reason that the reference scorecard gives.
TEXTS = {
    "C1-08": "Your annual income was {annual_income:usd}, which was too low.",
    "C1-09": "Your monthly debt payments were {payment_to_income:ratio} of your monthly income.",
    "X-IN-06": "Your total debt was {leverage_ratio:ratio} of your total assets.",
    "X-AS-01": "Your income held in liquid assets was {liquid_months:months}, which was too low.",
    "X-RV-02": "Your card balances were {card_balance_to_income:ratio} of your annual income.",
    "X-IN-01": "Your vehicle loans were {vehicle_debt_to_income:ratio} of your annual income.",
    "X-IN-02": "Your education loans were {education_debt_to_income:ratio} of your annual income.",
    "X-IN-07": "Your application shows a payday loan in the past year.",
    "C1-21": "Your application shows a bankruptcy in the past five years.",
    "X-AS-07": "Your application shows spending above income in the past year.",
}


def saying(*sentences: str) -> FakeEndpoint:
    """An endpoint that answers with each of these in turn; the last one stays."""
    return FakeEndpoint(*(f"say:{sentence}" for sentence in sentences))


def event(tenant_id: TenantId, held: Wording) -> AuditEvent:
    event_id = EventId(uuid_utils.compat.uuid7())
    return AuditEvent(event_id, tenant_id, "test", "wording.test", held.id, NOW)


async def expire_all(sessions: Sessions, tenant_id: TenantId) -> None:
    """Let every wording expire, so that one test's approvals are not another's."""
    async with sessions.begin(tenant_id) as tx:
        for state in STANDING:
            for held in await wordings.page(tx, wordings.Filter(state=state, limit=200)):
                await wordings.keep(
                    tx,
                    ExpiredWording(held.wording, "test", NOW, "the test is over"),
                    review_id=EventId(uuid_utils.compat.uuid7()),
                    event=event(tenant_id, held.wording),
                )


class Desk:
    """One lender's compliance, its reviewer, and what they have at hand."""

    def __init__(self, sessions: Sessions, actor: Actor) -> None:
        self.sessions = sessions
        self.carla = replace(actor, name="carla", roles=frozenset({Role.COMPLIANCE}))
        self.rita = replace(actor, name="rita", roles=frozenset({Role.REVIEWER}))
        self.evidence = LibraryEvidence(sessions, Engine(Library(), OnnxEmbedder()))

    async def draft(
        self,
        request: WordingRequest,
        *,
        writer: ExplanationWriter | None = None,
        catalogue: Catalogue = CATALOGUE,
    ) -> WordingInReview:
        return await draft_wording(
            request,
            actor=self.carla,
            sessions=self.sessions,
            catalogue=catalogue,
            evidence=self.evidence,
            writer=writer,
            clock=lambda: NOW,
            new_id=uuid_utils.compat.uuid7,
        )

    async def review(
        self, held: WordingInReview, verdict: Approval | Refusal, *, by: Actor | None = None
    ) -> ApprovedWording | RejectedWording | ExpiredWording:
        return await review_wording(
            held.wording.id,
            verdict,
            actor=by or self.rita,
            sessions=self.sessions,
            catalogue=CATALOGUE,
            evidence=self.evidence,
            clock=lambda: NOW,
            new_id=uuid_utils.compat.uuid7,
        )

    async def approve_all(self) -> None:
        for code, said in TEXTS.items():
            held = await self.draft(WordingRequest(ReasonCode(code), model=MODEL, text=said))
            await self.review(held, Approval())

    async def returned(
        self,
        *,
        catalogue: Catalogue = CATALOGUE,
        prompt: PromptVersion | None = None,
    ) -> tuple[Returned, ...]:
        prompts = dict(current_prompts())
        if prompt is not None:
            prompts["en"] = prompt
        return await return_wordings_to_review(
            self.carla.tenant_id,
            sessions=self.sessions,
            catalogue=catalogue,
            evidence=self.evidence,
            prompts=prompts,
            clock=lambda: NOW,
            new_id=uuid_utils.compat.uuid7,
        )

    async def state(self, wording_id: WordingId) -> object:
        return await get_wording(wording_id, actor=self.rita, sessions=self.sessions)

    def event(self, held: Wording) -> AuditEvent:
        return event(self.carla.tenant_id, held)

    async def explain(
        self,
        decision: Decision,
        audience: Audience = "customer",
        writer: ExplanationWriter | None = None,
    ) -> Explained:
        job = DecisionJob("explain-decision", decision.tenant_id, decision.id, audience)
        return await explain_decision(
            job,
            sessions=self.sessions,
            catalogue=CATALOGUE,
            evidence=self.evidence,
            writer=writer,
            fallback=TemplateWriter(),
            clock=lambda: NOW,
            new_id=uuid_utils.compat.uuid7,
        )


@pytest.fixture
async def desk(sessions: Sessions, actor: Actor) -> AsyncIterator[Desk]:
    made = Desk(sessions, actor)
    yield made
    await expire_all(sessions, actor.tenant_id)


@pytest.fixture
async def declined(sessions: Sessions, actor: Actor, model_server: str) -> Decision:
    decided = await decide(application(DECLINED), actor, sessions, model_server, model_server)
    assert isinstance(decided, Recorded)
    return decided.decision


def request(said: str | None = TEXTS[LEVERAGE], **changes: Any) -> WordingRequest:
    made = WordingRequest(LEVERAGE, model=MODEL, text=said)
    return replace(made, **changes)


async def test_a_decline_is_explained_in_approved_wordings_and_no_model_is_asked(
    desk: Desk, declined: Decision
) -> None:
    await desk.approve_all()
    endpoint = saying("Never asked.")
    writer = OpenAIWriter(Endpoint(endpoint.base_url, "key", "fake", timeout_s=1))

    explained = await desk.explain(declined, writer=writer)

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
        await desk.state(WordingId(uuid_utils.compat.UUID(i))) for i in explanation.prompt.split()
    ]
    assert {type(held) for held in approved} == {ApprovedWording}
    await writer.close()
    endpoint.close()


async def test_a_stream_tells_in_approved_wordings_too(desk: Desk, declined: Decision) -> None:
    await desk.approve_all()
    streamed = await stream_explanation(
        declined.id,
        audience="customer",
        language="en",
        actor=desk.carla,
        sessions=desk.sessions,
        catalogue=CATALOGUE,
        evidence=desk.evidence,
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


async def test_an_amended_passage_names_the_wordings_that_quote_it(desk: Desk) -> None:
    held = await desk.draft(request())
    citation = Citation(held.wording.basis.citation.citation)

    async def relying() -> list[tuple[WordingId, bool]]:
        tenant_id = desk.carla.tenant_id
        found = await find_passage_impact(
            citation, Page(), tenant_id=tenant_id, sessions=desk.sessions
        )
        return [(each.wording_id, each.is_approved) for each in found.wordings]

    assert await relying() == [(held.wording.id, False)]
    await desk.review(held, Approval())
    assert await relying() == [(held.wording.id, True)]


async def test_an_underwriter_is_told_in_a_draft_of_the_very_decision(
    desk: Desk, declined: Decision
) -> None:
    await desk.approve_all()
    assert (await desk.explain(declined, "underwriter")).outcome == "template"


async def test_one_reason_without_an_approved_wording_leaves_the_whole_to_the_writer(
    desk: Desk, declined: Decision
) -> None:
    await desk.approve_all()
    code = declined.reasons[-1].code
    async with desk.sessions.begin(declined.tenant_id) as tx:
        (held,) = await wordings.find_approved(
            tx, [code], audience="customer", language="en", jurisdiction="US-federal"
        )
        expired = ExpiredWording(held.wording, "test", NOW, "gone")
        await wordings.keep(
            tx,
            expired,
            review_id=EventId(uuid_utils.compat.uuid7()),
            event=desk.event(held.wording),
        )
    assert (await desk.explain(declined)).outcome == "template"


async def test_a_wording_proved_on_another_version_of_the_law_is_not_used(
    desk: Desk, declined: Decision
) -> None:
    """A decision is explained by the law of its own day, not by what was reviewed on another's."""
    await desk.approve_all()
    for code in TEXTS:
        async with desk.sessions.begin(declined.tenant_id) as tx:
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
            await wordings.insert_draft(tx, stale, event=desk.event(stale))
            for step in (
                ExpiredWording(held.wording, "test", NOW, "amended"),
                WordingInReview(stale, "carla", NOW),
                ApprovedWording(stale, "rita", NOW),
            ):
                await wordings.keep(
                    tx,
                    step,
                    review_id=EventId(uuid_utils.compat.uuid7()),
                    event=desk.event(step.wording),
                )
    assert (await desk.explain(declined)).outcome == "template"


async def test_what_a_person_sends_is_put_in_review_once(desk: Desk) -> None:
    held = await desk.draft(request())
    assert held.wording.drafted_by == held.submitted_by == "carla"
    assert held.wording.fills > 10
    assert held.wording.prompt == PromptVersion("", "")
    assert await desk.draft(request()) == held
    waiting = await page_reviews(before=None, limit=10, actor=desk.rita, sessions=desk.sessions)
    assert waiting == [held]


async def test_an_untrue_wording_is_refused_with_the_value_and_nothing_is_stored(
    desk: Desk,
) -> None:
    with pytest.raises(WordingUnproved, match=r"leverage_ratio = 0\.37"):
        await desk.draft(request("Your total debt was 222% of your total assets."))
    with pytest.raises(WordingUnproved):
        await desk.draft(request(f"{TEXTS[LEVERAGE]} You will be approved next time."))
    # For a counter-intuitive reason no side is taken, so the wording may take none.
    with pytest.raises(WordingUnproved):
        await desk.draft(
            request("Your total debt was too high beside your assets.", counter_intuitive=True)
        )
    assert await page_reviews(before=None, limit=10, actor=desk.rita, sessions=desk.sessions) == []


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
    desk: Desk, changes: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidFields, match=pointer):
        await desk.draft(request(**changes))


async def test_a_model_drafts_the_wording_and_its_number_becomes_a_slot(desk: Desk) -> None:
    endpoint = saying(
        "Your total debt was 222% of your total assets.",
        "Your total debt was 37% of your total assets, which was too high.",
    )
    writer = OpenAIWriter(Endpoint(endpoint.base_url, "key", "fake", timeout_s=1))
    held = await desk.draft(request(None), writer=writer)
    wording = held.wording
    assert wording.text == (
        "Your total debt was {leverage_ratio:ratio} of your total assets, which was too high."
    )
    assert (wording.drafted_by, wording.requested_by) == ("model:fake", "carla")
    assert wording.prompt == current_prompts()["en"]
    assert len(wording.raw) == 2
    await writer.close()
    endpoint.close()


async def test_a_model_that_never_words_it_truly_leaves_nothing_behind(desk: Desk) -> None:
    endpoint = saying("You will be approved next month.")
    writer = OpenAIWriter(Endpoint(endpoint.base_url, "key", "fake", timeout_s=1))
    with pytest.raises(WordingUnproved, match="approved next month"):
        await desk.draft(request(None), writer=writer)
    with pytest.raises(WriterUnavailable):
        await desk.draft(request(None))
    assert await page_reviews(before=None, limit=10, actor=desk.rita, sessions=desk.sessions) == []
    await writer.close()
    endpoint.close()


async def test_approving_supersedes_what_stood_and_rejecting_does_not(desk: Desk) -> None:
    first = await desk.draft(request())
    await desk.review(first, Approval())
    second = await desk.draft(request("Your debt was {leverage_ratio:ratio} of your assets."))
    rejected = await desk.review(second, Refusal("which debt?"))
    assert isinstance(rejected, RejectedWording)
    assert isinstance(await desk.state(first.wording.id), ApprovedWording)
    third = await desk.draft(request("Your debt was {leverage_ratio:ratio} of total assets."))
    await desk.review(third, Approval("clear"))
    assert isinstance(await desk.state(first.wording.id), SupersededWording)
    async with desk.sessions.begin(desk.rita.tenant_id) as tx:
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


async def test_whoever_asked_cannot_approve(desk: Desk) -> None:
    held = await desk.draft(request())
    with pytest.raises(ReviewerNotIndependent):
        await desk.review(held, Approval(), by=desk.carla)


async def test_nothing_goes_back_to_review_while_nothing_changed(desk: Desk) -> None:
    held = await desk.draft(request())
    await desk.review(held, Approval())
    assert await desk.returned() == ()


async def test_a_changed_statement_sends_a_wording_back_to_review(desk: Desk) -> None:
    held = await desk.draft(request())
    await desk.review(held, Approval())
    entry = replace(CATALOGUE[LEVERAGE], statement="Total debt compared with total assets")
    (returned,) = await desk.returned(catalogue={**CATALOGUE, LEVERAGE: entry})
    assert returned.expired == held.wording.id
    assert "statement" in returned.why
    assert returned.in_review is not None
    waiting = await desk.state(returned.in_review)
    assert isinstance(waiting, WordingInReview)
    assert waiting.wording.text == held.wording.text
    assert waiting.wording.returned_from == held.wording.id
    # Four eyes look again: who asked the first time still may not review.
    with pytest.raises(ReviewerNotIndependent):
        await desk.review(waiting, Approval(), by=desk.carla)


async def test_a_wording_of_a_code_that_left_the_catalogue_expires(desk: Desk) -> None:
    held = await desk.draft(request())
    without = {code: entry for code, entry in CATALOGUE.items() if code != LEVERAGE}
    (returned,) = await desk.returned(catalogue=without)
    assert returned == Returned(held.wording.id, returned.why, None)
    assert isinstance(await desk.state(held.wording.id), ExpiredWording)


async def test_a_text_that_no_longer_holds_expires_and_nothing_takes_its_place(
    desk: Desk,
) -> None:
    """It says a side that the reason, as the catalogue now states it, does not take."""
    said = "Your length of employment was too long."
    long = replace(
        CATALOGUE[EMPLOYED], statement="Length of employment too long", adverse_when="high"
    )
    held = await desk.draft(
        WordingRequest(EMPLOYED, text=said), catalogue={**CATALOGUE, EMPLOYED: long}
    )
    (returned,) = await desk.returned()
    assert returned == Returned(held.wording.id, returned.why, None)


async def test_an_amended_policy_or_a_new_prompt_sends_wordings_back_to_review(
    desk: Desk,
) -> None:
    endpoint = saying("Your total debt was 37% of your total assets.")
    writer = OpenAIWriter(Endpoint(endpoint.base_url, "key", "fake", timeout_s=1))
    by_model = await desk.draft(request(None), writer=writer)
    await desk.review(by_model, Approval())
    newer = PromptVersion("explain-reason-en-v2", "d" * 64)
    (returned,) = await desk.returned(prompt=newer)
    assert "prompt" in returned.why
    assert returned.in_review is not None
    waiting = await desk.state(returned.in_review)
    assert isinstance(waiting, WordingInReview)
    assert waiting.wording.prompt == newer
    assert await desk.returned(prompt=newer) == ()

    amended = replace(
        waiting.wording,
        id=WordingId(uuid_utils.compat.uuid7()),
        prompt=newer,
        basis=replace(waiting.wording.basis, version_sha256="0" * 64),
    )
    async with desk.sessions.begin(desk.carla.tenant_id) as tx:
        await wordings.insert_draft(tx, amended, event=desk.event(amended))
        await wordings.keep(
            tx,
            WordingInReview(amended, "carla", NOW - timedelta(days=1)),
            review_id=EventId(uuid_utils.compat.uuid7()),
            event=desk.event(amended),
        )
    expired = await desk.review(WordingInReview(amended, "carla", NOW), Approval())
    assert isinstance(expired, ExpiredWording)
    assert "amended" in expired.why
    await writer.close()
    endpoint.close()
