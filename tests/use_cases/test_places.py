"""As many explanations at once as there are places, and a line that does not grow for ever."""

import asyncio
from contextlib import aclosing

import pytest

from app.domain.job_errors import WriterBusy
from app.use_cases.places import Places
from app.use_cases.stream_explanation import StreamEnded
from tests.contracts.watchful_endpoint import WatchfulEndpoint
from tests.domain.kinds_of_notice import CATALOGUE
from tests.use_cases.explaining import Desk, writing


async def test_a_reader_waits_for_a_place_and_leaves_it_to_the_next(desk: Desk) -> None:
    places = Places(1, line=1)
    async with writing(WatchfulEndpoint(CATALOGUE)) as writer:
        async with places:
            events = await desk.opened(writer, places=places)
            reading = asyncio.ensure_future(anext(events))
            done, _ = await asyncio.wait({reading}, timeout=0.3)
            assert not done
            with pytest.raises(WriterBusy):
                await desk.opened(writer, places=places)
        async with aclosing(events):
            shown = [await reading, *[event async for event in events]]
        assert isinstance(shown[-1], StreamEnded)
        async with asyncio.timeout(5), places:
            assert await desk.published() == 1


async def test_who_leaves_while_waiting_leaves_the_line(desk: Desk) -> None:
    places = Places(1, line=1)
    async with writing(WatchfulEndpoint(CATALOGUE)) as writer:
        async with places:
            events = await desk.opened(writer, places=places)
            reading = asyncio.ensure_future(anext(events))
            await asyncio.wait({reading}, timeout=0.3)
            reading.cancel()
            await asyncio.wait({reading})
            places.refuse_if_full()
        async with asyncio.timeout(5), places:
            assert await desk.published() == 0
