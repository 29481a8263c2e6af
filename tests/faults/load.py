"""Clients that never give up, and what the service has acknowledged to them."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx

from app.domain.access import Role
from app.embedded.demo import demo_application
from tests.api.test_thread import HOUSEHOLDS, application, recorded_decision
from tests.faults.deployments import Deployment

RETRIED = frozenset({429, 503})  # and whatever else says Retry-After: a key whose process died
ACKNOWLEDGED = frozenset({200, 201, 202})
PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Request:
    """One request, and the key that makes sending it again the same request."""

    path: str
    body: dict[str, Any] | None
    key: str = field(default_factory=lambda: uuid4().hex)


@dataclass(slots=True)
class Ledger:
    """What was acknowledged, written by every client."""

    decisions: dict[str, UUID] = field(default_factory=dict)
    external_ids: dict[str, str] = field(default_factory=dict)
    adverse: list[UUID] = field(default_factory=list)
    asked: set[tuple[UUID, str, str]] = field(default_factory=set)
    events: Counter[UUID] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    sent: int = 0
    answered: int = 0
    again: int = 0


def is_put_off(answer: httpx.Response) -> bool:
    """Whether the service asks to be sent the request again."""
    return answer.status_code in RETRIED or (
        answer.status_code == 409 and "Retry-After" in answer.headers
    )


class Clients:
    """Threads that keep the service under a steady load until they are told to stop.

    Each picks its requests by a generator of its own, so that a seed repeats them.
    """

    def __init__(
        self, deployment: Deployment, seed: int, *, threads: int = 3, pause_s: float = 0.25
    ) -> None:
        self.ledger = Ledger()
        self._deployment = deployment
        self._pause_s = pause_s
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._token = deployment.token(Role.SERVICE)
        each = [Random(seed * 100 + n) for n in range(threads)]  # noqa: S311 -- to be repeated
        self._threads = [
            threading.Thread(target=self._run, args=(rng,), daemon=True) for rng in each
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin nothing new; wait until all that was begun is acknowledged."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def _run(self, rng: Random) -> None:
        kept: list[Request] = []
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            with httpx.Client(
                base_url=self._deployment.address, headers=headers, timeout=10
            ) as http:
                while not self._stopping.is_set():
                    request = self._choose(rng, kept)
                    self._note(request, self._send(http, request))
                    if request.path in {"/v1/applications", "/v1/decisions"}:
                        kept.append(request)
                    self._stopping.wait(rng.uniform(0, 2 * self._pause_s))
        except Exception as error:  # noqa: BLE001 -- the test reads what a thread cannot raise
            self.ledger.wrong.append(f"a client ended: {error!r}")

    def _choose(self, rng: Random, kept: list[Request]) -> Request:
        kind = rng.choices(
            ("declined", "any", "recorded", "again", "event", "explanation"),
            (40, 15, 20, 10, 8, 7),
        )[0]
        with self._lock:
            adverse = rng.choice(self.ledger.adverse) if self.ledger.adverse else None
        if kind == "again" and kept:
            return rng.choice(kept)
        if kind == "event" and adverse is not None:
            told = {"kind": "review_requested", "at": datetime.now(UTC).isoformat()}
            return Request(f"/v1/decisions/{adverse}/events", told)
        if kind == "explanation" and adverse is not None:
            audience, language = rng.choice((("underwriter", "en"), ("customer", "es")))
            asked = f"audience={audience}&language={language}&wait_s=0"
            return Request(f"/v1/decisions/{adverse}/explanations?{asked}", None)
        if kind == "recorded":
            return Request("/v1/decisions", recorded_decision())
        if kind == "any":
            body = demo_application(rng.choice(HOUSEHOLDS), uuid4().hex)
            return Request("/v1/applications", body)
        return Request("/v1/applications", application())

    def _send(self, http: httpx.Client, request: Request) -> httpx.Response | None:
        """Send until it is acknowledged or refused for good; None when patience has ended."""
        deadline = time.monotonic() + PATIENCE_S
        headers = {"Idempotency-Key": request.key}
        while time.monotonic() < deadline:
            self.ledger.sent += 1
            try:
                answer = http.post(request.path, json=request.body, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and not is_put_off(answer):
                return answer
            self.ledger.again += 1
            time.sleep(0.1)
        return None

    def _note(self, request: Request, answer: httpx.Response | None) -> None:
        with self._lock:
            self.ledger.answered += 1
            if answer is None or answer.status_code not in ACKNOWLEDGED:
                said = "nothing" if answer is None else f"{answer.status_code} {answer.text[:300]}"
                self.ledger.wrong.append(f"{request.path.partition('?')[0]}: {said}")
            elif request.path.endswith("/events"):
                self.ledger.events[UUID(request.path.split("/")[3])] += 1
            elif "/explanations" in request.path:
                asked = dict(part.split("=") for part in request.path.partition("?")[2].split("&"))
                decision = UUID(request.path.split("/")[3])
                self.ledger.asked.add((decision, asked["audience"], asked["language"]))
            else:
                self._note_decision(request, answer.json())

    def _note_decision(self, request: Request, decision: dict[str, Any]) -> None:
        """A referral is kept, but is no decision yet: nothing is owed before a person decides."""
        assert request.body is not None
        if decision.get("status") == "referred":
            return
        found = UUID(decision["id"])
        if self.ledger.decisions.setdefault(request.key, found) != found:
            self.ledger.wrong.append(f"key {request.key} answered with two decisions")
        self.ledger.external_ids[request.body["external_id"]] = decision["id"]
        if decision["reasons"] and decision["status"] == "recorded":
            self.ledger.adverse.append(found)
