"""A lane takes one kind of job from the queue, so that no kind waits behind another's."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job as QueueRow

from app.domain.jobs import PLANS, JobKind
from app.resources import Resources
from app.worker.attempts import Runner, attempt_job

log = structlog.get_logger()
# How soon the queue is asked again while a lane is full: its own 100 ms would cap the rate.
FULL = timedelta(seconds=0.02)
RECONNECT_S = 0.5


@dataclass(frozen=True, slots=True)
class Pace:
    """How a worker asks the queue. A dead worker's job is taken over after `heartbeat`."""

    poll: timedelta = timedelta(seconds=0.25)
    heartbeat: timedelta = timedelta(seconds=10)


class Lane:
    """Works off one kind until stopped; a lost connection is opened again."""

    def __init__(self, kind: JobKind, run: Runner, resources: Resources, pace: Pace) -> None:
        self._kind = kind
        self._runner = run
        self._resources = resources
        self._pace = pace
        self._queue: PgQueuer | None = None
        self._is_stopping = False

    async def run(self) -> None:
        """Work until `stop`."""
        while not self._is_stopping:
            try:
                await self._consume()
            except Exception as error:  # noqa: BLE001 -- a lost connection fails in many ways
                log.warning("worker.interrupted", kind=self._kind, error=type(error).__name__)
                await asyncio.sleep(RECONNECT_S)

    def stop(self) -> None:
        """Finish what is running and take nothing new."""
        self._is_stopping = True
        if self._queue is not None:
            self._queue.shutdown.set()

    async def _consume(self) -> None:
        connection = await self._resources.connect_raw()
        at_once = PLANS[self._kind].at_once
        try:
            self._queue = PgQueuer(AsyncpgDriver(connection))
            self._queue.qm.min_dequeue_poll_interval = FULL
            # What is neither finished nor delivered again is held, never deleted.
            self._queue.entrypoint(self._kind, on_failure="hold")(self._attempt)
            if self._is_stopping:
                return
            await self._queue.run(
                dequeue_timeout=self._pace.poll,
                batch_size=at_once // 2,
                max_concurrent_tasks=at_once,
                heartbeat_timeout=self._pace.heartbeat,
                log_aggregation_interval=timedelta(0),  # finished work leaves no log behind
            )
        finally:
            connection.terminate()  # closing asks the server, which may be what went away

    async def _attempt(self, row: QueueRow) -> None:
        await attempt_job(row, self._runner, self._resources)
