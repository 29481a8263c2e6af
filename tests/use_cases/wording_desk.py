"""A lender's compliance desk for wordings, as tests of them need it."""

from dataclasses import replace
from typing import Any

import uuid_utils.compat

from app.adapters.evidence import LibraryEvidence
from app.adapters.template_writer import TemplateWriter
from app.db import wordings
from app.db.engine import Sessions
from app.db.jobs import DecisionJob
from app.domain.access import Actor, Role
from app.domain.audit import AuditEvent
from app.domain.catalogue import Catalogue
from app.domain.decisions import Decision
from app.domain.explanation import Audience
from app.domain.ids import EventId, TenantId, WordingId
from app.domain.models import ReasonCode
from app.domain.wordings import (
    Approval,
    ApprovedWording,
    ExpiredWording,
    PromptVersion,
    Refusal,
    RejectedWording,
    Wording,
    WordingInReview,
)
from app.resources import current_prompts, seed_catalogue
from app.use_cases.draft_wording import WordingRequest, draft_wording
from app.use_cases.explain_decision import explain_decision
from app.use_cases.ports import ExplanationWriter
from app.use_cases.publish_explanation import Explained
from app.use_cases.return_wordings_to_review import (
    STANDING,
    Returned,
    return_wordings_to_review,
)
from app.use_cases.review_wording import get_wording, review_wording
from retrieval.library import Library
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.search import Engine
from tests.conftest import NOW
from tests.contracts.fake_endpoint import FakeEndpoint

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


class WordingDesk:
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
        held = await draft_wording(
            request,
            wording_id=WordingId(uuid_utils.compat.uuid7()),
            actor=self.carla,
            sessions=self.sessions,
            catalogue=catalogue,
            evidence=self.evidence,
            writer=writer,
            clock=lambda: NOW,
            new_id=uuid_utils.compat.uuid7,
        )
        assert isinstance(held, WordingInReview)
        return held

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


def request(said: str | None = TEXTS[LEVERAGE], **changes: Any) -> WordingRequest:
    made = WordingRequest(LEVERAGE, model=MODEL, text=said)
    return replace(made, **changes)
