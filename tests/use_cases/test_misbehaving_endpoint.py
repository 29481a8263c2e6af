"""Whatever the language model's endpoint does, every decision ends with a proved explanation."""

from collections.abc import AsyncIterator
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
import uuid_utils.compat
from sqlalchemy import text

from app.adapters.evidence import LibraryEvidence
from app.adapters.llm_endpoint import Endpoint
from app.adapters.model_budget import TenantBudgets
from app.adapters.model_http import ModelCalls
from app.adapters.model_native import NativeModels
from app.adapters.openai_writer import OpenAIWriter, PromptSet
from app.adapters.template_writer import TemplateWriter
from app.db import decisions, registrations
from app.db.engine import Sessions
from app.db.jobs import DecisionJob
from app.domain.access import Actor
from app.domain.budgets import Limits
from app.domain.decisions import Decision, Offer
from app.domain.dossiers import to_dossier
from app.domain.explanation import Dossier, Verified
from app.domain.models import Feature, RegisteredFeature, Registration
from app.domain.parties import Applicant
from app.domain.reasons import Attributed
from app.domain.referrals import Application
from app.domain.verification.verify import verify
from app.resources import PRODUCTS, seed_catalogue
from app.use_cases.decide_application import decide_application
from app.use_cases.explain_decision import explain_decision
from app.use_cases.publish_explanation import Explained
from app.use_cases.record_decision import Recorded, RequestIdentity
from reference import scorecard
from reference.applications import application_of_household, derive
from retrieval.library import Library
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.search import Engine
from seed.library import scf_households
from tests.conftest import NOW
from tests.contracts.fake_endpoint import FakeEndpoint

CATALOGUE = seed_catalogue()
CARD = scorecard.load(scorecard.MODEL, scorecard.VERSION)
DECLINED = [
    features
    for row in scf_households("demo")
    if CARD.score(derive(features := application_of_household(row))) < CARD.cutoff
]
# What comes of an endpoint that does this and nothing else.
LASTING = {
    "faithful": "first_try",
    "slow": "template",
    "hang": "template",
    "trickle": "template",
    "429": "template",
    "429:0": "template",
    "429:3600": "template",
    "500": "template",
    "401": "template",
    "400": "template",
    "cut": "template",
    "huge": "template",
    "wrong JSON": "template",
    "other JSON": "template",
    "wrong content type": "template",
    "garbage": "template",
    "empty choices": "template",
    "refusal": "template",
    "hallucinated": "template",
    "injected": "template",
    "plain only": "first_try",
}
# What comes of an endpoint that does it once and then behaves.
PASSING = {
    "429:0": "first_try",
    "500": "first_try",
    "cut": "first_try",
    "400": "first_try",
    "hallucinated": "corrected",
    "injected": "corrected",
    "garbage": "corrected",
    "slow": "template",  # a timeout is not tried again: it has cost its time already
}
WAITS = frozenset({"slow", "hang", "trickle"})


class Workplace(NamedTuple):
    sessions: Sessions
    actor: Actor
    models: NativeModels
    evidence: LibraryEvidence


@pytest.fixture(scope="module")
async def workplace(
    sessions: Sessions, actor: Actor, model_server: str
) -> AsyncIterator[Workplace]:
    calls = ModelCalls()
    models = NativeModels(lambda: model_server, lambda: model_server, PRODUCTS, calls)
    evidence = LibraryEvidence(sessions, Engine(Library(), OnnxEmbedder()))
    yield Workplace(sessions, actor, models, evidence)
    await calls.close()


async def decline(at: Workplace, number: int) -> Decision:
    """Decline a real household's application."""
    external_id = uuid4().hex
    decided = await decide_application(
        Application(
            external_id,
            "personal-loan",
            "consumer",
            "US-federal",
            NOW - timedelta(days=1),
            NOW - timedelta(days=1),
            Offer(),
            (Applicant("primary", "r-1", "Ann Lee", "1 Road"),),
            DECLINED[number % len(DECLINED)],
        ),
        request=RequestIdentity(None, external_id.encode()),
        actor=at.actor,
        sessions=at.sessions,
        catalogue=CATALOGUE,
        scoring=at.models,
        pricing=at.models,
        rescoring=at.models,
        clock=lambda: NOW,
        new_id=uuid_utils.compat.uuid7,
        trace={},
    )
    assert isinstance(decided, Recorded)
    assert decided.decision.action == "declined"
    return decided.decision


async def explain(at: Workplace, decision: Decision, writer: OpenAIWriter) -> Explained:
    return await explain_decision(
        DecisionJob("explain-decision", at.actor.tenant_id, decision.id),
        sessions=at.sessions,
        catalogue=CATALOGUE,
        evidence=at.evidence,
        writer=writer,
        fallback=TemplateWriter(),
        clock=lambda: NOW,
        new_id=uuid_utils.compat.uuid7,
    )


async def dossier_of(at: Workplace, decision: Decision) -> Dossier:
    assert decision.model is not None
    async with at.sessions.begin(at.actor.tenant_id) as tx:
        registration = await registrations.get(tx, decision.model.name, decision.model.version)
        held = await decisions.get(tx, decision.id)
    passages, quotes = await at.evidence.find(held, CATALOGUE)
    return to_dossier(
        held,
        registration,
        CATALOGUE,
        audience="customer",
        language="en",
        passages=passages,
        quotes=quotes,
    )


async def published(at: Workplace, decision: Decision) -> int:
    async with at.sessions.begin(at.actor.tenant_id) as tx:
        found = await tx.session.execute(
            text("select count(*) from explanations where decision_id = :id"), {"id": decision.id}
        )
        return int(found.scalar_one())


CASES: list[tuple[tuple[str, ...], str]] = [
    ((fault,), outcome) for fault, outcome in LASTING.items()
]
CASES += [((fault, "faithful"), outcome) for fault, outcome in PASSING.items()]


@pytest.mark.parametrize("prompt_set", ["small", "large"])
@pytest.mark.parametrize(("script", "outcome"), CASES, ids=[" then ".join(c[0]) for c in CASES])
async def test_every_decision_ends_with_a_proved_explanation(
    workplace: Workplace, script: tuple[str, ...], outcome: str, prompt_set: PromptSet
) -> None:
    decision = await decline(workplace, len(" ".join(script)))
    fake = FakeEndpoint(*script)
    waits = WAITS.intersection(script)
    endpoint = Endpoint(fake.base_url, "key", "fake", timeout_s=0.4 if waits else 10)
    writer = OpenAIWriter(endpoint, prompt_set=prompt_set)
    try:
        explained = await explain(workplace, decision, writer)
    finally:
        await writer.close()
        fake.close()

    assert explained.outcome == outcome
    explanation = explained.explanation
    dossier = await dossier_of(workplace, decision)
    assert isinstance(verify(explanation.draft, dossier), Verified)
    assert [s.code for s in explanation.draft.statements] == [r.code for r in decision.reasons]
    assert explanation.writer == ("template" if outcome == "template" else "model")
    assert await published(workplace, decision) == 1


async def test_a_used_up_budget_leaves_the_words_to_the_template(workplace: Workplace) -> None:
    decision = await decline(workplace, 7)
    fake = FakeEndpoint("faithful")
    budget = TenantBudgets(workplace.sessions, lambda: NOW, Limits(tokens=10))
    writer = OpenAIWriter(Endpoint(fake.base_url, "key", "fake", budget=budget))
    explained = await explain(workplace, decision, writer)
    await writer.close()
    fake.close()
    assert explained.outcome == "template"
    assert fake.bodies == []


async def test_a_calls_tokens_are_counted_as_the_endpoint_says(workplace: Workplace) -> None:
    decision = await decline(workplace, 8)
    fake = FakeEndpoint("faithful")
    budget = TenantBudgets(workplace.sessions, lambda: NOW, Limits())
    writer = OpenAIWriter(Endpoint(fake.base_url, "key", "fake", budget=budget), prompt_set="large")
    await explain(workplace, decision, writer)
    await writer.close()
    fake.close()
    async with workplace.sessions.begin(workplace.actor.tenant_id) as tx:
        row = (
            await tx.session.execute(text("select tokens, tokens_held from model_spending"))
        ).one()
    assert (row.tokens, row.tokens_held) == (15 * len(fake.bodies), 0)


NAME, ADDRESS, ACCOUNT = "Zelda Quimby", "77 Hidden Lane", "4929-1234-5678-1234"
PLANTED = f"{NAME}, {ADDRESS}, {ACCOUNT}"


def planted(value: object) -> Any:
    """The same value with a name, an address and an account number in every text it holds."""
    if isinstance(value, str):
        return PLANTED
    if isinstance(value, tuple):
        return tuple(planted(item) for item in value)
    if isinstance(value, dict):
        return {key: planted(item) for key, item in value.items()} | {PLANTED: PLANTED}
    if hasattr(value, "__dataclass_fields__"):
        return replace(
            value,  # type: ignore[type-var] # a frozen value of the domain
            **{f.name: planted(getattr(value, f.name)) for f in fields(value)},  # type: ignore[arg-type] # likewise
        )
    return value


@pytest.mark.parametrize("prompt_set", ["small", "large"])
async def test_no_name_address_or_account_goes_over_the_wire(
    workplace: Workplace, prompt_set: PromptSet
) -> None:
    true = await decline(workplace, 3)
    assert true.model is not None
    async with workplace.sessions.begin(workplace.actor.tenant_id) as tx:
        registration = await registrations.get(tx, true.model.name, true.model.version)
    spoilt: Decision = replace(
        planted(true), reasons=true.reasons, action=true.action, jurisdiction=true.jurisdiction
    )
    assert spoilt.attributed is not None
    spoilt = replace(spoilt, attributed=told_as_text(spoilt.attributed, true))
    passages, quotes = await workplace.evidence.find(spoilt, CATALOGUE)
    dossier = to_dossier(
        spoilt,
        as_categories(registration),
        CATALOGUE,
        audience="underwriter",
        language="en",
        passages=passages,
        quotes=quotes,
    )
    fake = FakeEndpoint("faithful")
    writer = OpenAIWriter(Endpoint(fake.base_url, "key", "fake"), prompt_set=prompt_set)
    first = await writer.write(dossier)
    await writer.write(dossier, corrections=(), previous=first)
    await writer.close()
    fake.close()
    sent = "\n".join(fake.bodies).casefold()
    for part in (*NAME.split(), ADDRESS, "Hidden", "4929", "5678", str(true.id)):
        assert part.casefold() not in sent
    assert CATALOGUE[true.reasons[0].code].statement.casefold() in sent


def told_as_text(attributed: Attributed, decision: Decision) -> Attributed:
    """Attributions whose values are texts, as of categories, and one a plain number."""
    assert decision.attributed is not None
    leading = {reason.features[0] for reason in decision.reasons if reason.features}
    return replace(
        attributed,
        items=tuple(
            replace(item, value=NAME if item.feature in leading else Decimal(1))
            for item in decision.attributed.items
        ),
    )


def as_categories(registration: Registration) -> Registration:
    def category(feature: RegisteredFeature) -> RegisteredFeature:
        return replace(feature, name=Feature(feature.name), unit="category", type="category")

    return replace(registration, features=tuple(category(f) for f in registration.features))
