"""Places to write explanations in: one set per process, whoever asks for the explanation."""

import asyncio
from types import TracebackType

from app.domain.job_errors import WriterBusy


class Places:
    """As many at once as `count`; a reader who would have to wait behind `line` others may not."""

    def __init__(self, count: int, *, line: int) -> None:
        self._semaphore = asyncio.Semaphore(count)
        self._line = line
        self._waiting = 0

    def refuse_if_full(self) -> None:
        """Raise WriterBusy where the line is full. The worker, which can wait, does not ask."""
        if self._semaphore.locked() and self._waiting >= self._line:
            raise WriterBusy

    async def __aenter__(self) -> None:
        """Wait in line for a place."""
        self._waiting += 1
        try:
            await self._semaphore.acquire()
        finally:
            self._waiting -= 1

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the place to the next in line."""
        self._semaphore.release()
