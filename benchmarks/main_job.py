"""Real applications through the whole job: how their explanations ended, and at what cost.

`uv run python -m benchmarks.main_job --applications 50` writes `benchmarks/results/main_job.json`.
Every declined or countered application must end with a verified explanation or a labelled
template, and with its notice; the command fails where one does not.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from app.domain.access import Role
from app.embedded.demo import demo_application
from app.embedded.serving import listen, serving
from app.embedded.start import DEMO_TENANT, start
from app.observability import logs
from app.settings import Settings
from seed.library import scf_households

RESULTS = Path(__file__).parent / "results"
OWED = {"declined", "counteroffer"}


async def main(applications: int) -> int:
    """Decide the first demo households, wait for each explanation, and count."""
    logs.configure(verbose=False)
    settings = Settings()
    started = await start(settings)
    assert started.issuer is not None
    token = started.issuer.issue(Role.SERVICE, DEMO_TENANT, now=datetime.now(UTC))
    listening = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    headers = {"Authorization": f"Bearer {token}"}
    rows: list[dict[str, Any]] = []
    actions: dict[str, int] = {}
    run = f"{time.time_ns():x}"
    async with (
        serving(started, settings, listening, with_worker=True),
        httpx.AsyncClient(base_url=address, headers=headers, timeout=320) as http,
    ):
        for household, _ in zip(scf_households("demo"), range(applications), strict=False):
            posted = await http.post("/v1/applications", json=demo_application(household, run))
            posted.raise_for_status()
            decision = posted.json()
            actions[decision["action"]] = actions.get(decision["action"], 0) + 1
            if decision["action"] not in OWED:
                continue
            began = time.perf_counter()
            path = f"/v1/decisions/{decision['id']}"
            explained = await http.post(f"{path}/explanations", params={"wait_s": 300})
            explained.raise_for_status()
            explanation = explained.json()["explanation"]
            notice = await http.get(f"{path}/notice")
            notice.raise_for_status()
            is_model = explanation["written_by"] == "model"
            outcome = "template"
            if is_model:
                outcome = "first_try" if explanation["attempts"] == 1 else "corrected"
            rows.append(
                {
                    "outcome": outcome,
                    "reasons": len(decision["reasons"]),
                    "attempts": explanation["attempts"],
                    "tokens": explanation["tokens"],
                    "writer_seconds": round(explanation["seconds"], 2),
                    "waited_seconds": round(time.perf_counter() - began, 2),
                }
            )
            print(f"\r{len(rows)} explained", end="", file=sys.stderr)
    await started.close()
    _report(applications, actions, rows)
    return 0


def _report(applications: int, actions: dict[str, int], rows: list[dict[str, Any]]) -> None:
    outcomes = {
        name: sum(row["outcome"] == name for row in rows)
        for name in ("first_try", "corrected", "template")
    }
    report = {
        "applications": applications,
        "actions": actions,
        "outcomes": outcomes,
        "writer_seconds": _spread([row["writer_seconds"] for row in rows]),
        "tokens": _spread([row["tokens"] for row in rows]),
        "machine": " ".join(
            [f"{os.cpu_count()} cores", platform.machine(), "Python", platform.python_version()]
        ),
        "rows": rows,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "main_job.json").write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps({name: report[name] for name in report if name != "rows"}, indent=1))


def _spread(values: list[float]) -> dict[str, float]:
    return {
        "min": min(values),
        "median": statistics.median(values),
        "max": max(values),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applications", type=int, default=50)
    sys.exit(asyncio.run(main(parser.parse_args().applications)))
