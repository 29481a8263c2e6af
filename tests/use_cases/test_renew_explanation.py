"""Writing an explanation anew: the new version stands, the earlier ones stay."""

import asyncio
from dataclasses import replace

import pytest

from app.db.jobs import DecisionJob
from app.domain.errors import ExplanationNotFound
from app.domain.explanation import Explanation
from app.domain.explanation_versions import Renewal
from app.domain.ids import ExplanationId
from app.use_cases.request_explanation import find_explanation, request_explanation
from app.use_cases.view_explanation import page_versions, view_version
from tests.domain.kinds_of_notice import CATALOGUE
from tests.use_cases.explaining import Desk


async def standing(desk: Desk) -> Explanation:
    found = await find_explanation(
        desk.recorded.id,
        audience=desk.audience,
        language=desk.language,
        actor=desk.actor,
        sessions=desk.sessions,
    )
    assert found is not None
    return found


def renewing(desk: Desk, replaces: ExplanationId) -> DecisionJob:
    return replace(desk.job, renewal=Renewal(replaces, "policy_changed"))


async def test_a_renewal_stands_and_the_earlier_version_is_kept(desk: Desk) -> None:
    first = (await desk.explain()).explanation
    second = (await desk.explain(renewing(desk, first.id))).explanation
    assert (await standing(desk)).id == second.id != first.id
    versions = await page_versions(
        desk.recorded.id, before=None, limit=10, actor=desk.actor, sessions=desk.sessions
    )
    assert [(v.id, v.is_current) for v in versions] == [(second.id, True), (first.id, False)]
    assert [v.renewal for v in versions] == [Renewal(first.id, "policy_changed"), None]
    opened = await view_version(
        desk.recorded.id,
        first.id,
        actor=desk.actor,
        sessions=desk.sessions,
        catalogue=CATALOGUE,
    )
    assert opened.explanation == first


async def test_versions_are_listed_page_by_page(desk: Desk) -> None:
    last = (await desk.explain()).explanation
    for _ in range(3):
        last = (await desk.explain(renewing(desk, last.id))).explanation
    listed: list[ExplanationId] = []
    before = None
    while True:
        page = await page_versions(
            desk.recorded.id, before=before, limit=2, actor=desk.actor, sessions=desk.sessions
        )
        listed += [version.id for version in page]
        if len(page) < 2:
            break
        before = page[-1].id
    assert len(set(listed)) == len(listed) == 4
    assert listed == sorted(listed, reverse=True)


async def test_a_renewal_run_twice_makes_one_version(desk: Desk) -> None:
    first = (await desk.explain()).explanation
    job = renewing(desk, first.id)
    outcomes = await asyncio.gather(*(desk.explain(job) for _ in range(4)))
    assert len({explained.explanation.id for explained in outcomes}) == 1
    assert (await desk.explain(job)).outcome == "already_explained"
    assert await desk.published() == 2


async def test_a_renewal_is_asked_for_in_the_queue_and_in_the_audit_trail(desk: Desk) -> None:
    first = (await desk.explain()).explanation
    asked = {
        "audience": desk.audience,
        "language": desk.language,
        "actor": desk.actor,
        "sessions": desk.sessions,
        "clock": desk.parts["clock"],
        "new_id": desk.parts["new_id"],
        "trace": {},
        "wait_s": 0,
        "renew": "error_found",
        "replaces": first.id,
    }
    _, pending = await request_explanation(desk.recorded.id, **asked)
    assert pending is None
    renewal = Renewal(first.id, "error_found")
    job = replace(desk.job, renewal=renewal)
    assert DecisionJob.of("explain-decision", job.to_payload()) == job
    queued = await replace(desk).count(f"select count(*) from jobs where key = '{job.key}'")
    assert queued == 1
    events = await desk.count(
        "select count(*) from audit_events where subject = :id "
        "and action = 'explanation.renewal_requested' and details ->> 'why' = 'error_found'"
    )
    assert events == 1
    second = (await desk.explain(job)).explanation
    _, answered = await request_explanation(desk.recorded.id, **asked)
    assert answered == second  # the version named stands no more: nothing is written again


async def test_a_stream_can_renew(desk: Desk) -> None:
    first = await desk.stream(None)
    second = await desk.stream(None, renew="complaint")
    assert await desk.published() == 2
    assert first[-1] != second[-1]


async def test_a_version_that_the_decision_does_not_have_is_not_found(desk: Desk) -> None:
    with pytest.raises(ExplanationNotFound):
        await view_version(
            desk.recorded.id,
            ExplanationId(desk.recorded.id),
            actor=desk.actor,
            sessions=desk.sessions,
            catalogue=CATALOGUE,
        )


async def test_what_law_an_explanation_rests_on_lies_in_clear(desk: Desk) -> None:
    explanation = (await desk.explain()).explanation
    spans = [entry for entry in explanation.evidence if entry.kind == "passage"]
    kept = await desk.count("select count(*) from citations_used where decision_id = :id")
    assert kept == len(spans) > 0
