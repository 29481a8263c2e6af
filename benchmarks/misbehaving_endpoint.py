"""Explains real declines through a language-model endpoint that misbehaves in every way.

`uv run python -m benchmarks.misbehaving_endpoint` declines real survey households and explains
each, once with the prompts for small models and once with those for large ones, through an
endpoint that draws what it does next from every fault the tests know. It fails where a decision
ends without exactly one published explanation, or with one that the verifier refuses, and
writes `benchmarks/results/misbehaving_endpoint.json`.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from uuid import uuid4

from rich.progress import track
from sqlalchemy import text

from app.adapters.llm_endpoint import Endpoint
from app.adapters.openai_writer import OpenAIWriter, PromptSet
from app.db import registrations
from app.db.jobs import DecisionJob
from app.domain.decisions import Decision, Offer
from app.domain.dossiers import to_dossier
from app.domain.explanation import Verified
from app.domain.parties import Applicant
from app.domain.referrals import Application
from app.domain.verification.verify import verify
from app.embedded.by_hand import OPERATOR
from app.embedded.start import DEMO_TENANT, start
from app.observability import logs
from app.resources import Resources
from app.settings import Settings
from app.use_cases.decide_application import decide_application
from app.use_cases.explain_decision import explain_decision
from app.use_cases.record_decision import Recorded, RequestIdentity
from reference import scorecard
from reference.applications import application_of_household, derive
from seed.library import scf_households
from tests.contracts.fake_endpoint import FakeEndpoint

RESULTS = Path(__file__).parent / "results" / "misbehaving_endpoint.json"
TIMEOUT_S = 0.4
FAULTS = (
    "slow", "hang", "trickle", "429", "429:0", "429:3600", "500", "503", "401", "400", "cut",
    "huge", "wrong JSON", "other JSON", "wrong content type", "garbage", "empty choices",
    "refusal", "hallucinated", "injected", "untrue",
)  # fmt: skip


async def main(declines: int, seed: int) -> int:
    """Decline, explain, check; 1 where a decision ends without a proved explanation."""
    logs.configure(verbose=False)
    started = await start(Settings(llm_disabled=True))
    card = scorecard.load(scorecard.MODEL, scorecard.VERSION)
    rows = chain(scf_households("demo"), scf_households("develop"))
    households = (application_of_household(row) for row in rows)
    refused = (h for h in households if card.score(derive(h)) < card.cutoff)
    applications = list(islice(refused, declines))
    prompt_sets: tuple[PromptSet, ...] = ("small", "large")
    report: dict[str, object] = {"declines": len(applications), "seed": seed}
    short = 0
    for prompt_set in prompt_sets:
        drawing = random.Random(seed)  # noqa: S311 -- a reproducible script of faults
        outcomes: Counter[str] = Counter()
        met: Counter[str] = Counter()
        seconds = []
        for features in track(applications, description=f"Explaining ({prompt_set})"):
            decision = await _decline(started.resources, features)
            steps = [drawing.choice(FAULTS) for _ in range(drawing.randint(1, 3))]
            script = (*steps, drawing.choice(("faithful", *FAULTS[:3])))
            fake = FakeEndpoint(*script)
            endpoint = Endpoint(fake.base_url, "key", "fake", timeout_s=TIMEOUT_S)
            writer = OpenAIWriter(endpoint, prompt_set=prompt_set)
            began = time.perf_counter()
            outcome, is_proved = await _explain(started.resources, decision, writer)
            seconds.append(time.perf_counter() - began)
            await writer.close()
            await asyncio.to_thread(fake.close)
            met.update(script[: len(fake.bodies)])
            outcomes[outcome] += 1
            short += not is_proved
        report[prompt_set] = {
            **outcomes,
            "faults_met": {fault: met[fault] for fault in FAULTS},
            "median_s": round(statistics.median(seconds), 2),
            "max_s": round(max(seconds), 2),
        }
    await started.close()
    report["without_proved_explanation"] = short
    RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))
    return 1 if short else 0


async def _decline(resources: Resources, features: dict[str, float]) -> Decision:
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


async def _explain(
    resources: Resources, decision: Decision, writer: OpenAIWriter
) -> tuple[str, bool]:
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
    return explained.outcome, is_proved and published == 1


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--declines", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    sys.exit(asyncio.run(main(given.declines, given.seed)))
