"""Puts a thousand real applications through the service and checks every notice.

`uv run python -m benchmarks.thousand_applications` posts real survey households through
`POST /v1/applications`, waits for each notice, checks it element by element against what the
law asks of it, and compares the principal reasons under the two reference populations of comment
9(b)(2)-5. It writes `benchmarks/results/thousand_applications.json` and fails where a notice
is missing, incomplete or without its due date.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import httpx
from rich.progress import track

from app.adapters.model_native import parse_scored
from app.adapters.registration_json import registration_from_json
from app.domain.access import Role
from app.domain.reasons import Attributed, principal_reasons
from app.embedded.demo import demo_application
from app.embedded.serving import listen, serving
from app.embedded.start import DEMO_TENANT, start
from app.observability import logs
from app.settings import Settings
from reference import gbm, scorecard
from reference.applications import application_of_household, derive
from seed.library import scf_households

RESULTS = Path(__file__).parent / "results"
OWED = {"declined", "counteroffer"}
AT_ONCE = 8
ELEMENTS = {
    "statement of the action taken",
    "statement of specific reasons",
    "notice of section 701(a) of the Act",
}
HEADS = ("creditor_name", "creditor_address", "addressee_name", "addressee_address", "agency_name")
FACTS = {"scorecard": 0.32, "gbm": 0.53}


async def main(applications: int) -> int:
    """Post, wait, check, compare; 1 where a notice falls short."""
    logs.configure(verbose=False)
    settings = Settings(llm_disabled=True)
    started = await start(settings)
    assert started.issuer is not None
    token = started.issuer.issue(Role.SERVICE, DEMO_TENANT, now=datetime.now(UTC))
    listening = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    run = f"{time.time_ns():x}"
    households = [
        row
        for row, _ in zip(
            chain(scf_households("demo"), scf_households("develop")),
            range(applications),
            strict=False,
        )
    ]
    async with (
        serving(started, settings, listening, with_worker=True),
        httpx.AsyncClient(
            base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=120
        ) as http,
    ):
        began = time.perf_counter()
        decided = await _decide(http, households, run)
        seconds = time.perf_counter() - began
        owed = [decision for decision in decided if decision["action"] in OWED]
        short = await _check(http, owed)
        everything = time.perf_counter() - began
    await started.close()
    report = {
        "applications": len(decided),
        "actions": dict(Counter(decision["action"] for decision in decided)),
        "quarantined": sum(decision["status"] == "quarantined" for decision in decided),
        "notices_complete": len(owed) - len(short),
        "notices_short": short,
        "reasons_given": dict(Counter(len(decision["reasons"]) for decision in owed)),
        "substitution_findings": sum(
            finding.startswith("substitution-failed") for d in owed for finding in d["findings"]
        ),
        "reasons_substituted": sum(len(decision["reasons"]) for decision in owed),
        "counter_intuitive_decisions": sum(
            "counter-intuitive-reason" in decision["findings"] for decision in owed
        ),
        "claimed_reasons_differ": sum(
            "claimed-reasons-differ" in decision["findings"] for decision in owed
        ),
        "seconds_to_decide": round(seconds, 1),
        "seconds_until_every_notice": round(everything, 1),
        "methods": {name: _compare(name, households) for name in FACTS},
        "load_1m": round(os.getloadavg()[0], 2),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "thousand_applications.json").write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))
    return 1 if short else 0


async def _decide(
    http: httpx.AsyncClient, households: Sequence[dict[str, str]], run: str
) -> list[dict[str, Any]]:
    slots = asyncio.Semaphore(AT_ONCE)

    async def post(at: int, household: dict[str, str]) -> dict[str, Any]:
        async with slots:
            body = demo_application(household, f"{run}-{at}")
            body["external_id"] = f"{run}-{at}"
            posted = await http.post("/v1/applications", json=body)
            posted.raise_for_status()
            answered: dict[str, Any] = posted.json()
            return answered

    posts = [asyncio.create_task(post(at, household)) for at, household in enumerate(households)]
    return [await task for task in track(asyncio.as_completed(posts), "Deciding", total=len(posts))]


async def _check(http: httpx.AsyncClient, owed: Sequence[dict[str, Any]]) -> list[str]:
    """Name what is missing from whose notice."""
    short = []
    for decision in track(owed, "Checking notices"):
        notice = None
        for _ in range(600):
            answer = await http.get(f"/v1/decisions/{decision['id']}/notice")
            if answer.is_success:
                notice = answer.json()
                break
            await asyncio.sleep(0.1)
        if notice is None:
            short.append(f"{decision['id']}: no notice")
            continue
        lacking = sorted(ELEMENTS - set(notice["elements"]))
        lacking += [name for name in HEADS if not notice[name].strip()]
        if [r["code"] for r in notice["reasons"]] != [r["code"] for r in decision["reasons"]]:
            lacking.append("the decision's reasons in their order")
        due = datetime.fromisoformat(notice["due_at"])
        received = datetime.fromisoformat(decision["received_at"])
        if due != received + timedelta(days=30):
            lacking.append("the due date")
        short += [f"{decision['id']}: {name}" for name in lacking]
    return short


def _compare(name: str, households: Sequence[dict[str, str]]) -> dict[str, Any]:
    """Share of declines whose reasons differ between the two references, and whose first does."""
    model, version = (
        (gbm.MODEL, gbm.VERSION) if name == "gbm" else (scorecard.MODEL, scorecard.VERSION)
    )
    described = scorecard.registration(model, version)
    near = registration_from_json(described)
    everyone = replace(near, method="all_applicants")
    card = scorecard.load(scorecard.MODEL, scorecard.VERSION)
    declined = differ = same_first = 0
    for household in households:
        values = derive(application_of_household(household))
        answer = gbm.answer(values) if name == "gbm" else scorecard.answer(card, described, values)
        attributed: Attributed = parse_scored(answer).attributed
        ours = [reason.code for reason in principal_reasons(attributed, near)]
        if not ours:
            continue
        theirs = [reason.code for reason in principal_reasons(attributed, everyone)]
        declined += 1
        differ += set(ours) != set(theirs)
        same_first += ours[0] == (theirs or [""])[0]
    return {
        "declines": declined,
        "sets_differ": round(differ / declined, 3),
        "same_first_reason": round(same_first / declined, 3),
        "facts_sets_differ": FACTS[name],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applications", type=int, default=1000)
    sys.exit(asyncio.run(main(parser.parse_args().applications)))
