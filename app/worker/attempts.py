"""One attempt at a job: counted before it runs, then finished, tried again or buried."""

import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import assert_never

import orjson
import structlog
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import Status, StatusCode
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job as QueueRow

from app.db import jobs
from app.db.jobs import Delivery
from app.domain.jobs import (
    WORKER_LOST,
    AfterFailure,
    Attempt,
    GiveUp,
    NothingLeft,
    TryAgain,
    after_failure,
)
from app.observability import metrics
from app.observability.tracing import extract_context
from app.resources import Resources
from app.use_cases.bury_job import bury_job

log = structlog.get_logger()
tracer = trace.get_tracer("rationale.worker")

TROUBLED = timedelta(seconds=1)  # before another try when not even the attempt could be counted


@dataclass(frozen=True, slots=True)
class Runner:
    """What a kind of job runs, and the gate before it: waiting there counts as no attempt."""

    run: Callable[[Attempt], Awaitable[None]]
    gate: AbstractAsyncContextManager[object] = field(default_factory=nullcontext)


async def attempt_job(row: QueueRow, runner: Runner, resources: Resources) -> None:
    """Run what the queue delivered. Nothing but a wish to be delivered again ever leaves here.

    pgqueuer keeps the text of an exception, which may hold what an applicant said.
    """
    delivery = Delivery.of(row.payload, int(row.id))
    try:
        async with runner.gate:
            again = await _attempt(delivery, runner, resources)
    except Exception as error:  # noqa: BLE001 -- the database was away: the queue delivers again
        log.warning("job.unsettled", key=delivery.key, error=type(error).__name__)
        again = TROUBLED
    if again is not None:
        raise RetryRequested(delay=again, reason="again")


async def _attempt(delivery: Delivery, runner: Runner, resources: Resources) -> timedelta | None:
    """Begin, run and settle; return how long to wait before another attempt, if there is one."""
    begun = partial(resources.sessions.begin, delivery.tenant_id)
    async with begun() as tx:
        attempt = await jobs.begin(tx, delivery)
    if attempt is None:
        return None
    failure = WORKER_LOST if attempt.is_one_too_many else await _run(attempt, runner)
    _count(attempt, failure)
    match failure:
        case None | NothingLeft():
            async with begun() as tx:
                await jobs.finish(tx, delivery, attempt)
        case GiveUp():
            await _bury(delivery, attempt, failure, resources)
        case TryAgain(delay_s):
            return timedelta(seconds=delay_s)
        case _:
            assert_never(failure)
    return None


async def _run(attempt: Attempt, runner: Runner) -> AfterFailure | None:
    """Run under the trace of the request that made the work necessary; None is success."""
    token = otel_context.attach(extract_context(attempt.trace))
    try:
        with tracer.start_as_current_span(attempt.kind) as span:
            for name, value in orjson.loads(attempt.payload).items():
                if name.endswith("_id"):
                    span.set_attribute(f"rationale.{name}", value)
            try:
                await runner.run(attempt)
            except Exception as error:  # noqa: BLE001 -- whatever it is, the job outlives it
                failure = after_failure(attempt, error, chance=random.random())  # noqa: S311 -- jitter
                log.warning(
                    "job.failed",
                    key=attempt.key,
                    attempt=attempt.number,
                    error=type(error).__name__,
                    then=type(failure).__name__,
                )
                if not isinstance(failure, NothingLeft):
                    span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                return failure
    finally:
        otel_context.detach(token)
    return None


async def _bury(delivery: Delivery, attempt: Attempt, why: GiveUp, resources: Resources) -> None:
    await bury_job(
        delivery,
        attempt,
        why,
        sessions=resources.sessions,
        clock=resources.clock,
        new_id=resources.new_id,
    )
    log.error("job.died", key=attempt.key, attempts=attempt.number, code=why.code)


def _count(attempt: Attempt, failure: AfterFailure | None) -> None:
    outcome = "Done" if failure is None else type(failure).__name__
    metrics.JOBS.labels(kind=attempt.kind, outcome=outcome).inc()
