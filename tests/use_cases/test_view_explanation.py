"""What stands, as each reader sees it."""

from dataclasses import replace

import pytest

from app.domain.contradictions import contradictions
from app.domain.errors import ExplanationNotReady
from app.domain.explanation import Audience
from app.use_cases.view_explanation import ViewedExplanation, view_explanation
from tests.contracts.watchful_endpoint import UNTRUE, WatchfulEndpoint
from tests.domain.kinds_of_notice import CATALOGUE
from tests.use_cases.explaining import Desk, writing


async def seen(desk: Desk, audience: Audience) -> ViewedExplanation:
    return await view_explanation(
        desk.recorded.id,
        audience=audience,
        language=desk.language,
        actor=desk.actor,
        sessions=desk.sessions,
        catalogue=CATALOGUE,
    )


async def test_real_views_of_a_real_decision_agree(desk: Desk) -> None:
    customer = replace(desk, audience="customer")
    await customer.explain()
    async with writing(WatchfulEndpoint(CATALOGUE)) as writer:
        await desk.explain(writer=writer)
    for audience in ("customer", "underwriter", "compliance"):
        viewed = await seen(desk, audience)
        assert contradictions(viewed.views) == ()
    views = (await seen(desk, "underwriter")).views
    assert views.underwriter.score == desk.recorded.score.value  # type: ignore[union-attr] # scored
    assert [line.code for line in views.underwriter.attributions if (line.deficit or 0) > 0]
    assert views.customer.reasons[0].text != views.underwriter.reasons[0].text
    named = {check.name: check.passed for check in views.compliance.checks}
    named.pop("reading-grade")  # the template's reviewed words are what they are
    assert all(named.values()), named


async def test_compliance_sees_the_drafts_that_were_refused(desk: Desk) -> None:
    customer = replace(desk, audience="customer")
    async with writing(WatchfulEndpoint(CATALOGUE, "untrue")) as writer:
        await customer.explain(writer=writer)
    compliance = (await seen(customer, "compliance")).views.compliance
    refused = compliance.refused[0]
    assert UNTRUE in refused.texts
    assert {finding.rule for finding in refused.findings} == set(refused.rules) != set()
    assert all(sentence.evidence for sentence in compliance.sentences)


async def test_nobody_sees_what_was_not_written_for_them(desk: Desk) -> None:
    await replace(desk, audience="customer").explain()
    with pytest.raises(ExplanationNotReady):
        await seen(desk, "underwriter")


async def test_a_spanish_explanation_keeps_the_english(desk: Desk) -> None:
    spanish = replace(desk, audience="customer", language="es")
    explanation = (await spanish.explain()).explanation
    assert explanation.english is not None
    viewed = await seen(spanish, "customer")
    assert viewed.views.customer.english == explanation.english
    assert viewed.views.customer.labels["tips"] == "Qué puede hacer"
