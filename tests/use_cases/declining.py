"""A real application that the reference model declines, decided and recorded."""

from datetime import datetime, timedelta
from uuid import uuid4

import uuid_utils.compat

from app.adapters.model_http import ModelCalls
from app.adapters.model_native import NativeModels
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.decisions import Decision, Offer
from app.domain.parties import Applicant
from app.domain.referrals import Application
from app.resources import PRODUCTS, seed_catalogue
from app.use_cases.decide_application import decide_application
from app.use_cases.ports import NewId
from app.use_cases.record_decision import Recorded, RequestIdentity
from reference import scorecard
from reference.applications import application_of_household, derive
from seed.library import scf_households
from tests.conftest import NOW

CARD = scorecard.load(scorecard.MODEL, scorecard.VERSION)
HOUSEHOLDS = [application_of_household(row) for row in scf_households("demo")]
DECLINED = next(a for a in HOUSEHOLDS if CARD.score(derive(a)) < CARD.cutoff)


async def decline(
    actor: Actor,
    sessions: Sessions,
    model_server: str,
    *,
    at: datetime = NOW,
    new_id: NewId = uuid_utils.compat.uuid7,
) -> Decision:
    external_id = uuid4().hex
    received = at - timedelta(days=1)
    calls = ModelCalls()
    models = NativeModels(lambda: model_server, lambda: model_server, PRODUCTS, calls)
    try:
        recorded = await decide_application(
            Application(
                external_id,
                "personal-loan",
                "consumer",
                "US-federal",
                received,
                received,
                Offer(),
                (Applicant("primary", external_id, "Ann Lee", "1 Road"),),
                DECLINED,
            ),
            request=RequestIdentity(None, external_id.encode().ljust(32)[:32]),
            actor=actor,
            sessions=sessions,
            catalogue=seed_catalogue(),
            scoring=models,
            pricing=models,
            rescoring=models,
            clock=lambda: at,
            new_id=new_id,
            trace={},
        )
    finally:
        await calls.close()
    assert isinstance(recorded, Recorded)
    assert recorded.decision.action == "declined"
    assert len(recorded.decision.reasons) > 1
    return recorded.decision
