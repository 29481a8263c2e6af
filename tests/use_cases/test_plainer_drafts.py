"""What is proved and hard to read is asked for once more, and stands if nothing plainer comes."""

from dataclasses import replace

from app.domain.readability import hard_to_read
from tests.contracts.watchful_endpoint import WatchfulEndpoint
from tests.domain.kinds_of_notice import CATALOGUE
from tests.use_cases.explaining import Desk, writing


async def test_a_customers_hard_draft_is_asked_for_once_more_and_stands(desk: Desk) -> None:
    customer = replace(desk, audience="customer")
    endpoint = WatchfulEndpoint(CATALOGUE)
    async with writing(endpoint) as writer:
        explained = await customer.explain(writer=writer)
    draft = explained.explanation.draft
    named = hard_to_read(draft, "customer", "en")
    assert named
    assert await customer.drafted() == 2
    assert endpoint.asked == len(draft.statements) + len(named)
    assert explained.outcome == "first_try"


async def test_an_underwriters_is_not(desk: Desk) -> None:
    async with writing(WatchfulEndpoint(CATALOGUE)) as writer:
        explained = await desk.explain(writer=writer)
    assert explained.outcome == "first_try"
    assert await desk.drafted() == 1


async def test_the_template_is_not_asked_again(desk: Desk) -> None:
    customer = replace(desk, audience="customer")
    explained = await customer.explain()
    assert explained.outcome == "template"
    assert explained.rules_broken == ()
    assert await customer.drafted() == 1
