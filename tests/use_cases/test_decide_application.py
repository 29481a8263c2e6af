"""The decision workflow against real models, some of which are down."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import uuid_utils.compat
from sqlalchemy import text

from app.adapters.model_http import ModelCalls
from app.adapters.model_native import NativeModels
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.decisions import Offer
from app.domain.errors import InvalidFields
from app.domain.parties import Applicant
from app.domain.referrals import Application, Referral
from app.resources import PRODUCTS, seed_catalogue
from app.use_cases.decide_application import decide_application
from app.use_cases.record_decision import Recorded, RequestIdentity
from app.use_cases.view_decision import page_referrals
from reference import scorecard
from reference.applications import application_of_household, derive
from seed.library import scf_households
from tests.conftest import NOW
from tests.contracts.fake_model_server import FakeModelServer

DOWN = "http://127.0.0.1:9"
CARD = scorecard.load(scorecard.MODEL, scorecard.VERSION)
HOUSEHOLDS = [application_of_household(row) for row in scf_households("demo")]
DECLINED = next(a for a in HOUSEHOLDS if CARD.score(derive(a)) < CARD.cutoff)
APPROVED = next(a for a in HOUSEHOLDS if CARD.score(derive(a)) > CARD.cutoff + 40)


def application(features: dict[str, float], external_id: str = "") -> Application:
    received = NOW - timedelta(days=1)
    return Application(
        external_id or uuid4().hex,
        "personal-loan",
        "consumer",
        "US-federal",
        received,
        received,
        Offer(),
        (Applicant("primary", "r-1", "Ann Lee", "1 Road"),),
        features,
    )


async def decide(
    given: Application, actor: Actor, sessions: Sessions, scoring_url: str, pricing_url: str
) -> Recorded | Referral:
    calls = ModelCalls(deadline_s=1)
    models = NativeModels(lambda: scoring_url, lambda: pricing_url, PRODUCTS, calls)
    try:
        return await decide_application(
            given,
            request=RequestIdentity(None, given.external_id.encode().ljust(32)[:32]),
            actor=actor,
            sessions=sessions,
            catalogue=seed_catalogue(),
            scoring=models,
            pricing=models,
            rescoring=models,
            clock=lambda: NOW,
            new_id=uuid_utils.compat.uuid7,
            trace={},
        )
    finally:
        await calls.close()


@pytest.mark.parametrize("down", ["scoring", "pricing"])
async def test_an_application_is_referred_while_a_model_is_down_and_decided_afterwards(
    sessions: Sessions, actor: Actor, model_server: str, down: str
) -> None:
    given = application(APPROVED)
    scoring_url = DOWN if down == "scoring" else model_server

    referred = await decide(given, actor, sessions, scoring_url, DOWN)
    again = await decide(given, actor, sessions, scoring_url, DOWN)

    assert isinstance(referred, Referral)
    assert referred.why == f"{down}-unavailable"
    assert referred.due_at == given.completed_at + timedelta(days=30)
    assert again == referred
    waiting = await page_referrals(actor=actor, sessions=sessions, limit=10)
    assert [r.id for r in waiting] == [referred.id]
    assert "Ann" not in repr(waiting)

    decided = await decide(given, actor, sessions, model_server, model_server)

    assert isinstance(decided, Recorded)
    assert decided.decision.action == "approved"
    assert await page_referrals(actor=actor, sessions=sessions, limit=10) == []


async def test_a_model_out_of_order_loses_no_application(
    sessions: Sessions, actor: Actor, model_server: str
) -> None:
    for spoilt in ("nan", "off-scale"):
        fake = FakeModelServer(model_server, spoilt)
        referred = await decide(application(APPROVED), actor, sessions, fake.address, model_server)
        fake.close()
        assert isinstance(referred, Referral)


async def test_a_score_that_should_be_low_fails_above_the_cutoff(
    sessions: Sessions, actor: Actor, model_server: str
) -> None:
    """And a registration that says otherwise has the decision looked at by a person."""
    fake = FakeModelServer(model_server, "lower-is-better")
    decided = await decide(application(APPROVED), actor, sessions, fake.address, model_server)
    fake.close()
    assert isinstance(decided, Recorded)
    assert decided.decision.action == "declined"
    assert "direction-differs" in decided.decision.findings


async def test_who_applied_lies_sealed_while_the_application_waits(
    sessions: Sessions, actor: Actor
) -> None:
    given = application(APPROVED)
    await decide(given, actor, sessions, DOWN, DOWN)
    async with sessions.begin(actor.tenant_id) as tx:
        rows = await tx.session.execute(text("select referrals::text from referrals"))
        assert all("Ann" not in row[0] for row in rows)


async def test_an_impossible_application_is_refused_even_without_models(
    sessions: Sessions, actor: Actor
) -> None:
    given = application(APPROVED)
    tomorrow = NOW + timedelta(days=1)
    future = replace(given, received_at=tomorrow, completed_at=tomorrow)
    with pytest.raises(InvalidFields, match="/received_at"):
        await decide(future, actor, sessions, DOWN, DOWN)


async def test_a_reason_that_substitution_does_not_bear_out_is_a_finding(
    sessions: Sessions, actor: Actor, model_server: str
) -> None:
    found = []
    for features in [a for a in HOUSEHOLDS if CARD.score(derive(a)) < CARD.cutoff][:40]:
        decided = await decide(application(features), actor, sessions, model_server, model_server)
        assert isinstance(decided, Recorded)
        assert decided.decision.status == "recorded"
        found += [f for f in decided.decision.findings if f.startswith("substitution-failed:")]
    assert 0 < len(found) < 40
