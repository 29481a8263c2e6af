"""Explains real declines with the embedded language model: how they end, in what tokens and time.

`uv run python -m benchmarks.embedded_model` declines real survey households, explains each to the
customer in one process, and writes `benchmarks/results/embedded_model.json`. `--minutes` ends it
sooner, with what was explained by then. It fails where a decision ends without exactly one
published explanation, or with one that the verifier refuses.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

from rich.progress import track

from app.embedded.start import start
from app.observability import logs
from app.settings import Settings
from app.use_cases.publish_explanation import Explained
from benchmarks.declines import decline, declined_households, explain

RESULTS = Path(__file__).parent / "results" / "embedded_model.json"


async def main(declines: int, minutes: float) -> int:
    """Decline, explain, check; 1 where a decision ends without a proved explanation."""
    logs.configure(verbose=False)
    started = await start(Settings())
    assert started.writer is not None
    await started.writer.start()
    explained: list[Explained] = []
    seconds: list[float] = []
    loads: list[float] = []
    short = 0
    ends = time.monotonic() + 60 * minutes
    households = list(islice(declined_households(), declines))
    for features in track(households, description="Explaining"):
        if time.monotonic() > ends:
            break
        decision = await decline(started.resources, features)
        began = time.perf_counter()
        ended, is_proved = await explain(started.resources, decision, started.writer)
        seconds.append(time.perf_counter() - began)
        explained.append(ended)
        loads.append(os.getloadavg()[0])
        short += not is_proved
    await started.close()
    report = _report(explained, seconds, loads) | {"without_proved_explanation": short}
    RESULTS.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2))
    return 1 if short else 0


def _report(explained: list[Explained], seconds: list[float], loads: list[float]) -> dict[str, Any]:
    outcomes = Counter(ended.outcome for ended in explained)
    by_model = len(explained) - outcomes["template"]
    tokens_in = [ended.explanation.input_tokens for ended in explained]
    tokens_out = [ended.explanation.output_tokens for ended in explained]
    broken = Counter(rule for ended in explained for rule in set(ended.rules_broken))
    return {
        "declines": len(explained),
        "outcomes": dict(outcomes),
        "by_model_share": round(by_model / len(explained), 3),
        "tokens_in_median": statistics.median(tokens_in),
        "tokens_out_median": statistics.median(tokens_out),
        "tokens_in": sum(tokens_in),
        "tokens_out": sum(tokens_out),
        "seconds_median": round(statistics.median(seconds), 1),
        "seconds_p95": round(statistics.quantiles(seconds, n=20)[-1], 1),
        "seconds_max": round(max(seconds), 1),
        "load_median": statistics.median(loads),
        "load_max": max(loads),
        "declines_with_a_refused_draft_by_rule": dict(broken.most_common()),
    }


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--declines", type=int, default=300)
    arguments.add_argument("--minutes", type=float, default=120)
    given = arguments.parse_args()
    sys.exit(asyncio.run(main(given.declines, given.minutes)))
