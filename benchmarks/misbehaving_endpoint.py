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
from itertools import islice
from pathlib import Path

from rich.progress import track

from app.adapters.llm_endpoint import Endpoint
from app.adapters.openai_writer import OpenAIWriter, PromptSet
from app.embedded.start import start
from app.observability import logs
from app.settings import Settings
from benchmarks.declines import decline, declined_households, explain
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
    applications = list(islice(declined_households(), declines))
    prompt_sets: tuple[PromptSet, ...] = ("small", "large")
    report: dict[str, object] = {"declines": len(applications), "seed": seed}
    short = 0
    for prompt_set in prompt_sets:
        drawing = random.Random(seed)  # noqa: S311 -- a reproducible script of faults
        outcomes: Counter[str] = Counter()
        met: Counter[str] = Counter()
        seconds = []
        for features in track(applications, description=f"Explaining ({prompt_set})"):
            decision = await decline(started.resources, features)
            steps = [drawing.choice(FAULTS) for _ in range(drawing.randint(1, 3))]
            script = (*steps, drawing.choice(("faithful", *FAULTS[:3])))
            fake = FakeEndpoint(*script)
            endpoint = Endpoint(fake.base_url, "key", "fake", timeout_s=TIMEOUT_S)
            writer = OpenAIWriter(endpoint, prompt_set=prompt_set)
            began = time.perf_counter()
            explained, is_proved = await explain(started.resources, decision, writer)
            seconds.append(time.perf_counter() - began)
            await writer.close()
            await asyncio.to_thread(fake.close)
            met.update(script[: len(fake.bodies)])
            outcomes[explained.outcome] += 1
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


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--declines", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    sys.exit(asyncio.run(main(given.declines, given.seed)))
