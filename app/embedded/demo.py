"""The main job on real input: one declined application, explained from end to end over HTTP."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from app.api.explanation_presenters import passage_href
from app.domain.access import Role
from app.embedded.serving import listen, serving
from app.embedded.start import DEMO_TENANT, Started
from app.settings import Settings
from reference.applications import application_of_household
from seed.library import scf_households

WAIT_S = 280


@dataclass(frozen=True, slots=True)
class Shown:
    """What the demo ends with, and where its pages lie."""

    decision: dict[str, Any]
    explanation: dict[str, Any]
    notice: dict[str, Any]
    notice_text: str
    pages: dict[str, str]
    seconds: dict[str, float]


def demo_application(row: dict[str, str], run: str) -> dict[str, Any]:
    """Make an application of a survey household; the person's name and address are made up."""
    features = application_of_household(row)
    received = datetime.now(UTC) - timedelta(days=3)
    return {
        "external_id": f"{row['applicant_id']}-{run}",
        "product": "personal-loan",
        "received_at": received.isoformat(),
        "requested": {
            "amount": features["requested_amount"],
            "term_months": int(features["requested_term_months"]),
        },
        "applicants": [
            {
                "role": "primary",
                "reference": row["applicant_id"],
                "name": "Jordan Example",
                "address": "12 Sample Road\nSpringfield, IL 62704",
            }
        ],
        "application": features,
    }


async def run_demo(started: Started, settings: Settings, state: Path) -> Shown:
    """Decide, explain and notify about the first demo household that is declined."""
    if started.issuer is None:
        message = "the demo needs the embedded database"
        raise RuntimeError(message)
    token = started.issuer.issue(Role.SERVICE, DEMO_TENANT, now=datetime.now(UTC))
    listening = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    seconds: dict[str, float] = {}
    async with (
        serving(started, settings, listening, with_worker=True),
        httpx.AsyncClient(
            base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=WAIT_S + 20
        ) as http,
    ):
        at = time.perf_counter()
        decision = await _declined(http)
        seconds["decision"] = round(time.perf_counter() - at, 2)
        at = time.perf_counter()
        explained = await http.post(
            f"/v1/decisions/{decision['id']}/explanations", params={"wait_s": WAIT_S}
        )
        explained.raise_for_status()
        seconds["explanation"] = round(time.perf_counter() - at, 2)
        body = explained.json()
        notice = await http.get(f"/v1/decisions/{decision['id']}/notice")
        text = await http.get(
            f"/v1/decisions/{decision['id']}/notice", headers={"Accept": "text/plain"}
        )
        page = await http.get(
            f"/v1/decisions/{decision['id']}/notice", headers={"Accept": "text/html"}
        )
        for response in (notice, text, page):
            response.raise_for_status()
        pages = await _write_pages(state, decision["id"], page.text, body["explanation"], http)
    return Shown(body["decision"], body["explanation"], notice.json(), text.text, pages, seconds)


async def _declined(http: httpx.AsyncClient) -> dict[str, Any]:
    run = f"{time.time_ns():x}"
    for row in scf_households("demo"):
        response = await http.post("/v1/applications", json=demo_application(row, run))
        response.raise_for_status()
        decision: dict[str, Any] = response.json()
        if decision["action"] == "declined" and len(decision["reasons"]) > 2:  # noqa: PLR2004 -- several to show
            return decision
    message = "no household of the demo split is declined"
    raise RuntimeError(message)


async def _write_pages(
    state: Path,
    decision_id: str,
    notice_html: str,
    explanation: dict[str, Any],
    http: httpx.AsyncClient,
) -> dict[str, str]:
    """Write the notice and each cited passage as pages that open without a server."""
    folder = state / "demo" / decision_id
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    pages = {"notice": folder / "notice.html"}
    pages["notice"].write_text(notice_html, encoding="utf-8")
    for at, reason in enumerate(explanation["reasons"], start=1):
        for citation in reason["citations"]:
            path = passage_href(citation["citation"], citation["quote"]).partition("#")[0]
            response = await http.get(path)
            response.raise_for_status()
            page = folder / f"citation-{at}.html"
            page.write_text(response.text, encoding="utf-8")
            pages[f"citation {at}"] = page
    return {
        name: page.as_uri() + ("#quote" if name.startswith("citation") else "")
        for name, page in pages.items()
    }
