"""A worker: a lane for each kind of job, the rounds that nobody asked for, and the sealer.

A job may run twice: the use cases publish under unique keys. One that fails is tried again with
growing delays and finally buried, never deleted; the reconciler delivers again whatever the queue
lost, so that nothing acknowledged is lost whatever happens to the queue.
"""

import asyncio
from collections.abc import Mapping, Sequence

from app.db import tenants
from app.domain.jobs import JobKind
from app.resources import Resources
from app.worker.attempts import Runner
from app.worker.lanes import Lane, Pace
from app.worker.periodic import Hook, Rounds, hooks
from app.worker.runners import runners
from app.worker.sealing import Sealing


class Worker:
    """One worker process's loops."""

    def __init__(
        self,
        resources: Resources,
        *,
        pace: Pace | None = None,
        work: Mapping[JobKind, Runner] | None = None,
        periodic: Sequence[Hook] | None = None,
    ) -> None:
        work = runners(resources) if work is None else work
        self._lanes = [Lane(kind, run, resources, pace or Pace()) for kind, run in work.items()]
        self._rounds = Rounds(resources, hooks(resources) if periodic is None else periodic)
        self._sealing = Sealing(
            resources.sessions,
            resources.checkpoints,
            lambda: tenants.find_all(resources.sessions),
            resources.clock,
        )

    async def run(self) -> None:
        """Work until `stop`."""
        rounds = asyncio.create_task(self._rounds.run())
        sealing = asyncio.create_task(self._sealing.run())
        try:
            await asyncio.gather(*(lane.run() for lane in self._lanes))
        finally:
            rounds.cancel()
            self._sealing.stop()  # after the last job, so that what it did is sealed too
            await sealing

    def stop(self) -> None:
        """Finish what is running and take nothing new."""
        for lane in self._lanes:
            lane.stop()
