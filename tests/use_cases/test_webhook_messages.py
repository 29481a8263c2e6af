"""What the workflows tell, in the transaction of what they tell of."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from typing_extensions import override

from app.adapters.template_writer import TemplateWriter
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.errors import ExplanationWithheld
from app.domain.explanation import Dossier, Finding, Written
from app.domain.referrals import Referral
from app.domain.webhooks import EventType
from app.use_cases.explain_decision import explain_decision
from tests.use_cases.explaining import Desk
from tests.use_cases.test_decide_application import DECLINED, DOWN, application, decide
from tests.use_cases.webhook_desk import WebhookDesk

EVENTS: tuple[EventType, ...] = (
    "decision.recorded",
    "explanation.ready",
    "notice.issued",
    "review.needed",
)


class Unfounded(TemplateWriter):
    """Says what no fact bears out."""

    @override
    async def write(
        self,
        dossier: Dossier,
        *,
        corrections: Sequence[Finding] = (),
        previous: Written | None = None,
    ) -> Written:
        written = await super().write(dossier, corrections=corrections, previous=previous)
        return replace(written, draft=replace(written.draft, summary="You owe 77,777 dollars."))


@pytest.fixture
async def webhooks(sessions: Sessions, actor: Actor) -> WebhookDesk:
    desk = WebhookDesk(sessions, actor.tenant_id)
    await desk.register("http://127.0.0.1:9/", EVENTS)
    return desk


async def told(webhooks: WebhookDesk, subject: object) -> list[dict[str, Any]]:
    rows = await webhooks.rows("select body from webhook_messages order by id")
    return [json.loads(row.body) for row in rows if str(subject) in row.body]


async def test_a_referred_application_asks_for_a_person_once(
    sessions: Sessions, actor: Actor, webhooks: WebhookDesk
) -> None:
    given = application(DECLINED)
    referral = await decide(given, actor, sessions, DOWN, DOWN)
    assert isinstance(referral, Referral)
    assert await decide(given, actor, sessions, DOWN, DOWN) == referral
    (message,) = await told(webhooks, referral.id)
    assert message["type"] == "review.needed"
    assert message["data"]["why"] == "referred"
    assert message["data"]["href"] == "/v1/referrals"
    assert given.external_id not in json.dumps(message)


async def test_a_withheld_explanation_asks_for_a_person_once(
    webhooks: WebhookDesk, desk: Desk
) -> None:
    parts = {**desk.parts, "fallback": Unfounded()}
    for _ in range(2):
        with pytest.raises(ExplanationWithheld):
            await explain_decision(desk.job, writer=None, **parts)
    recorded, asked = await told(webhooks, desk.recorded.id)
    assert recorded["type"] == "decision.recorded"
    assert (asked["type"], asked["data"]["why"]) == ("review.needed", "explanation-withheld")

    explained = await explain_decision(desk.job, writer=None, **desk.parts)
    ready = (await told(webhooks, desk.recorded.id))[2:]
    assert [message["type"] for message in ready] == ["explanation.ready"]
    assert ready[0]["data"]["explanation_id"] == str(explained.explanation.id)
    await explain_decision(desk.job, writer=None, **desk.parts)
    assert len(await told(webhooks, desk.recorded.id)) == 3
