"""What a reader sees while an explanation is written, and what is left when they go."""

import asyncio
from contextlib import aclosing

from app.adapters.template_writer import TemplateWriter
from app.use_cases.stream_explanation import (
    DraftReplaced,
    StatementProved,
    Streamed,
    StreamEnded,
    SummaryProved,
)
from tests.contracts.watchful_endpoint import UNTRUE, WatchfulEndpoint
from tests.domain.kinds_of_notice import CATALOGUE
from tests.use_cases.explaining import Desk, writing


def said(events: list[Streamed]) -> list[str]:
    return [event.statement.text for event in events if isinstance(event, StatementProved)]


def ended(events: list[Streamed]) -> StreamEnded:
    assert isinstance(events[-1], StreamEnded)
    return events[-1]


async def test_each_statement_is_shown_as_soon_as_it_is_proved(desk: Desk) -> None:
    endpoint = WatchfulEndpoint(CATALOGUE)
    async with writing(endpoint) as writer, aclosing(await desk.opened(writer)) as events:
        asked = [endpoint.asked async for event in events if isinstance(event, StatementProved)]
    assert asked == list(range(1, len(desk.recorded.reasons) + 1))
    assert await desk.published() == 1


async def test_what_was_shown_is_what_is_published(desk: Desk) -> None:
    async with writing(WatchfulEndpoint(CATALOGUE)) as writer:
        events = await desk.stream(writer)
    kinds = [type(event) for event in events]
    reasons = len(desk.recorded.reasons)
    assert kinds == [StatementProved] * reasons + [SummaryProved, StreamEnded]
    stands = ended(events).explained.explanation
    assert said(events) == [statement.text for statement in stands.draft.statements]
    shown = [entry for event in events[:-1] for entry in event.evidence]  # type: ignore[union-attr] # the first ones carry evidence
    assert sorted(map(repr, shown)) == sorted(map(repr, stands.evidence))
    assert ended(events).explained.outcome == "first_try"


async def test_an_untrue_statement_is_never_shown_and_is_written_again(desk: Desk) -> None:
    endpoint = WatchfulEndpoint(CATALOGUE, "good", "untrue", "untrue")
    async with writing(endpoint) as writer:
        events = await desk.stream(writer)
    assert UNTRUE not in said(events)
    explained = ended(events).explained
    assert explained.outcome == "corrected"
    assert explained.explanation.attempts == 3
    assert await desk.drafted() == 3
    assert endpoint.asked == len(desk.recorded.reasons) + 2


async def test_a_reason_that_fails_too_often_is_replaced_by_the_template(desk: Desk) -> None:
    async with writing(WatchfulEndpoint(CATALOGUE, "good", *["untrue"] * 9)) as writer:
        events = await desk.stream(writer)
    kinds = [type(event) for event in events]
    assert kinds == [StatementProved, DraftReplaced, StreamEnded]
    stands = ended(events).explained.explanation
    assert stands.writer == "template"
    assert isinstance(events[1], DraftReplaced)
    assert events[1].explanation == stands


async def test_an_endpoint_that_fails_midway_is_replaced_by_the_template(desk: Desk) -> None:
    async with writing(WatchfulEndpoint(CATALOGUE, "good", "401")) as writer:
        events = await desk.stream(writer)
    kinds = [type(event) for event in events]
    assert kinds == [StatementProved, DraftReplaced, StreamEnded]


async def test_without_a_model_the_template_is_shown(desk: Desk) -> None:
    events = await desk.stream(None)
    assert len(said(events)) == len(desk.recorded.reasons)
    assert ended(events).explained.outcome == "template"


async def test_a_writer_that_words_all_at_once_is_shown_too(desk: Desk) -> None:
    events = await desk.stream(TemplateWriter())
    assert len(said(events)) == len(desk.recorded.reasons)
    assert isinstance(events[-2], SummaryProved)


async def test_what_stands_is_shown_again(desk: Desk) -> None:
    first = await desk.stream(None)
    again = await desk.stream(None)
    assert said(again) == said(first)
    assert ended(again).explained.outcome == "already_explained"
    assert await desk.published() == 1


async def test_a_reader_who_leaves_stops_the_drafting_and_the_queue_makes_it_later(
    desk: Desk,
) -> None:
    endpoint = WatchfulEndpoint(CATALOGUE)
    async with writing(endpoint) as writer, aclosing(await desk.opened(writer)) as events:
        assert isinstance(await anext(events), StatementProved)
        endpoint.may_answer.clear()
        waiting = asyncio.create_task(anext(events))
        await asyncio.wait_for(endpoint.is_holding.wait(), 5)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.wait_for(endpoint.left.wait(), 5)
    assert await desk.published() == 0
    assert await desk.drafted() == 0
    assert await desk.queued() == 1
    assert (await desk.explain()).outcome == "template"
    assert await desk.published() == 1


async def test_the_queue_and_a_stream_publish_once(desk: Desk) -> None:
    async with (
        writing(WatchfulEndpoint(CATALOGUE)) as writer,
        aclosing(await desk.opened(writer)) as events,
    ):
        await anext(events)
        queued = await desk.explain()
        rest = [event async for event in events]
    assert await desk.published() == 1
    assert isinstance(rest[-2], DraftReplaced)
    assert rest[-2].explanation == queued.explanation
    assert ended(rest).explained.outcome == "already_explained"


async def test_ten_streams_at_once_publish_once(desk: Desk) -> None:
    streams = await asyncio.gather(*(desk.stream(None) for _ in range(10)))
    assert await desk.published() == 1
    assert len({ended(events).explained.explanation.id for events in streams}) == 1
