"""Declines of real survey households, explained and proved again from what the database holds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from uuid import uuid4

from sqlalchemy import text

from app.db import registrations
from app.db.jobs import DecisionJob
from app.domain.decisions import Decision, Offer
from app.domain.dossiers import to_dossier
from app.domain.explanation import Verified
from app.domain.parties import Applicant
from app.domain.referrals import Application
from app.domain.verification.verify import verify
from app.embedded.by_hand import OPERATOR
from app.embedded.start import DEMO_TENANT
from app.resources import Resources
from app.use_cases.decide_application import decide_application
from app.use_cases.explain_decision import explain_decision
from app.use_cases.ports import ExplanationWriter
from app.use_cases.publish_explanation import Explained
from app.use_cases.record_decision import Recorded, RequestIdentity
from reference import scorecard
from reference.applications import application_of_household, derive
from seed.library import scf_households


def declined_households() -> Iterator[dict[str, float]]:
    """Yield the features of the survey's households below the reference scorecard's cutoff."""
    card = scorecard.load(scorecard.MODEL, scorecard.VERSION)
    rows = chain(scf_households("demo"), scf_households("develop"))
    households = (application_of_household(row) for row in rows)
    return (h for h in households if card.score(derive(h)) < card.cutoff)


async def decline(resources: Resources, features: dict[str, float]) -> Decision:
    """Decide a real applicant's application by the reference models; they are declined."""
    external_id = uuid4().hex
    received = datetime.now(UTC) - timedelta(days=1)
    decided = await decide_application(
        Application(
            external_id,
            "personal-loan",
            "consumer",
            "US-federal",
            received,
            received,
            Offer(),
            (Applicant("primary", external_id, "Ann Lee", "1 Road"),),
            features,
        ),
        request=RequestIdentity(None, external_id.encode()),
        actor=OPERATOR,
        sessions=resources.sessions,
        catalogue=resources.catalogue,
        scoring=resources.scoring,
        pricing=resources.models,
        rescoring=None,
        clock=resources.clock,
        new_id=resources.new_id,
        trace={},
    )
    assert isinstance(decided, Recorded)
    return decided.decision


async def explain(
    resources: Resources, decision: Decision, writer: ExplanationWriter | None
) -> tuple[Explained, bool]:
    """Explain, then prove again what was published, from what the database holds."""
    explained = await explain_decision(
        DecisionJob("explain-decision", DEMO_TENANT, decision.id),
        sessions=resources.sessions,
        catalogue=resources.catalogue,
        evidence=resources.evidence,
        writer=writer,
        fallback=resources.template_writer,
        clock=resources.clock,
        new_id=resources.new_id,
    )
    assert decision.model is not None
    async with resources.sessions.begin(DEMO_TENANT) as tx:
        model = decision.model
        registration = await registrations.get(tx, model.name, model.version)
        count = text("select count(*) from explanations where decision_id = :id")
        published = (await tx.session.execute(count, {"id": decision.id})).scalar_one()
    passages, quotes = await resources.evidence.find(decision, resources.catalogue)
    dossier = to_dossier(
        decision,
        registration,
        resources.catalogue,
        audience="customer",
        language="en",
        passages=passages,
        quotes=quotes,
    )
    is_proved = isinstance(verify(explained.explanation.draft, dossier), Verified)
    return explained, is_proved and published == 1
