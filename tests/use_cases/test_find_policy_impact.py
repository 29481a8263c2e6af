"""Which explanations rest on a passage that is being amended."""

from dataclasses import replace

import pytest

from app.domain.errors import DocumentNotFound, PassageNotFound
from app.domain.explanation_versions import Renewal
from app.domain.ids import ExplanationId, TenantId
from app.domain.policy_impact import Impact
from app.use_cases.find_policy_impact import Page, find_passage_impact, find_version_impact
from app.use_cases.search_policies import list_documents
from retrieval.documents import places_under
from retrieval.passages import Citation, VersionId
from tests.use_cases.explaining import Desk


async def impact(desk: Desk, citation: str, tenant: TenantId, page: Page | None = None) -> Impact:
    return await find_passage_impact(
        Citation(citation), page or Page(limit=200), tenant_id=tenant, sessions=desk.sessions
    )


async def quoted(desk: Desk) -> tuple[ExplanationId, str]:
    explanation = (await desk.explain()).explanation
    cited = next(entry.ref for entry in explanation.evidence if entry.kind == "passage")
    return explanation.id, cited


async def test_an_explanation_is_found_by_the_passage_it_quotes_and_by_what_that_stands_under(
    desk: Desk, tenant: TenantId
) -> None:
    explanation_id, cited = await quoted(desk)
    for citation in (cited, "12 CFR 1002"):
        found = await impact(desk, citation, tenant)
        (mine,) = [e for e in found.explanations if e.explanation_id == explanation_id]
        assert mine.decision_id == desk.recorded.id
        assert mine.is_current
        assert cited in mine.citations
        (counted,) = [each for each in found.reliance if each.citation == cited]
        assert counted.explanations >= 1


async def test_an_appendix_stands_under_its_part_and_a_longer_number_does_not(desk: Desk) -> None:
    async with desk.sessions.begin(desk.actor.tenant_id) as tx:
        under = {
            address: {place.citation for _, place in found}
            for address in ("12 CFR 1002", "12 CFR 1002.1")
            if (found := await places_under(tx.session, Citation(address)))
        }
    assert "12 CFR 1002 App. C Form C-1 Part I" in under["12 CFR 1002"]
    assert any(citation.startswith("12 CFR 1002.1(") for citation in under["12 CFR 1002.1"])
    assert not any(citation.startswith("12 CFR 1002.14") for citation in under["12 CFR 1002.1"])


async def test_nothing_rests_on_a_passage_that_nobody_quoted(desk: Desk, tenant: TenantId) -> None:
    explanation_id, _ = await quoted(desk)
    found = await impact(desk, "12 CFR 1002.14", tenant)
    assert explanation_id not in {each.explanation_id for each in found.explanations}


async def test_what_was_replaced_rests_on_it_still_and_stands_no_more(
    desk: Desk, tenant: TenantId
) -> None:
    first, cited = await quoted(desk)
    before = {each.citation: each for each in (await impact(desk, cited, tenant)).reliance}
    renewal = Renewal(first, "policy_changed")
    second = (await desk.explain(replace(desk.job, renewal=renewal))).explanation.id
    found = await impact(desk, cited, tenant)
    standing = {each.explanation_id: each.is_current for each in found.explanations}
    assert (standing[first], standing[second]) == (False, True)
    after = {each.citation: each for each in found.reliance}
    assert after[cited].explanations == before[cited].explanations + 1
    assert after[cited].current == before[cited].current


async def test_a_version_of_a_document_is_asked_as_a_whole_or_by_passage(
    desk: Desk, tenant: TenantId
) -> None:
    explanation = (await desk.explain()).explanation
    span = next(entry for entry in explanation.evidence if entry.kind == "passage")
    held = await list_documents(tenant_id=tenant, sessions=desk.sessions)
    version = next(v for v in held if v.document.sha256 == span.version_sha256)
    asked = {"tenant_id": tenant, "sessions": desk.sessions}
    for citation in (None, Citation(span.ref)):
        found = await find_version_impact(version.id, citation, Page(limit=200), **asked)  # type: ignore[arg-type] # of two kinds
        assert explanation.id in {each.explanation_id for each in found.explanations}
    other = next(v for v in held if v.document.slug != version.document.slug)
    with pytest.raises(PassageNotFound):
        await find_version_impact(other.id, Citation(span.ref), Page(), **asked)  # type: ignore[arg-type] # of two kinds
    with pytest.raises(DocumentNotFound):
        await find_version_impact(VersionId(explanation.id), None, Page(), **asked)  # type: ignore[arg-type] # of two kinds


async def test_pages_go_on_where_the_last_ended(desk: Desk, tenant: TenantId) -> None:
    first, cited = await quoted(desk)
    await desk.explain(replace(desk.job, renewal=Renewal(first, "other")))
    seen: list[ExplanationId] = []
    page = Page(limit=1)
    while found := (await impact(desk, cited, tenant, page)).explanations:
        seen += [each.explanation_id for each in found]
        page = Page(after=seen[-1], limit=1)
    whole = await impact(desk, cited, tenant)
    assert seen == [each.explanation_id for each in whole.explanations]


async def test_another_tenant_sees_none_of_it(desk: Desk, other_tenant: TenantId) -> None:
    _, cited = await quoted(desk)
    assert (await impact(desk, cited, other_tenant)).explanations == ()


async def test_a_passage_that_is_not_held_is_not_found(desk: Desk, tenant: TenantId) -> None:
    with pytest.raises(PassageNotFound):
        await impact(desk, "99 CFR 1.1", tenant)
