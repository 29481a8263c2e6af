"""Takes jobs from the queue and runs the use case each names.

A job may run twice: the use cases publish under unique keys. A job that fails is retried
with growing delays and finally held, never deleted; the reconciler enqueues again whatever
is still owed, so that nothing acknowledged is lost whatever happens to the queue.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg
import structlog
from opentelemetry import context as otel_context
from opentelemetry import trace
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job

from app.db.jobs import DecisionJob, JobKind
from app.domain.errors import DomainError
from app.domain.ids import TenantId
from app.observability import metrics
from app.observability.tracing import extract_context
from app.resources import Resources, current_prompts
from app.use_cases.explain_decision import explain_decision
from app.use_cases.issue_notice import issue_notice
from app.use_cases.reconcile import reconcile
from app.use_cases.return_wordings_to_review import return_wordings_to_review

POLL = timedelta(seconds=0.25)
HEARTBEAT_TIMEOUT = timedelta(seconds=10)
RECONCILE_EVERY_S = 15.0
MAX_QUEUE_ATTEMPTS = 8
BATCH_SIZE = 8

log = structlog.get_logger()
tracer = trace.get_tracer("rationale.worker")

Run = Callable[[DecisionJob], Awaitable[None]]


class Worker:
    """One worker process's loops: the queue and the reconciler."""

    def __init__(self, resources: Resources, tenants: tuple[TenantId, ...]) -> None:
        self._resources = resources
        self._tenants = tenants
        self._queue: PgQueuer | None = None
        self._explaining = asyncio.Semaphore(resources.writer_concurrency)

    async def run(self) -> None:
        """Work until `stop`; a lost connection is opened again."""
        reconciling = asyncio.create_task(self._reconcile_for_ever())
        try:
            while True:
                try:
                    await self._consume()
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                    log.warning("worker.connection_lost", error=type(error).__name__)
                    await asyncio.sleep(0.5)
                    continue
                return
        finally:
            reconciling.cancel()

    def stop(self) -> None:
        """Finish what is running and take nothing new."""
        if self._queue is not None:
            self._queue.shutdown.set()

    async def _consume(self) -> None:
        connection = await self._resources.connect_raw()
        try:
            self._queue = PgQueuer(AsyncpgDriver(connection))
            self._queue.entrypoint("issue-notice", on_failure="hold")(self._issue)
            self._queue.entrypoint("explain-decision", on_failure="hold")(self._explain)
            await self._queue.run(
                dequeue_timeout=POLL,
                batch_size=BATCH_SIZE,
                heartbeat_timeout=HEARTBEAT_TIMEOUT,
            )
        finally:
            await connection.close()

    async def _issue(self, job: Job) -> None:
        async def run(work: DecisionJob) -> None:
            issued = await issue_notice(
                work,
                sessions=self._resources.sessions,
                catalogue=self._resources.catalogue,
                clock=self._resources.clock,
                new_id=self._resources.new_id,
            )
            for notice in issued:
                metrics.NOTICES_ISSUED.labels(duty=notice.duty).inc()
                log.info("notice.issued", decision_id=str(work.decision_id), duty=notice.duty)

        await self._run("issue-notice", job, run)

    async def _explain(self, job: Job) -> None:
        async def run(work: DecisionJob) -> None:
            started = time.perf_counter()
            async with self._explaining:
                explained = await explain_decision(
                    work,
                    sessions=self._resources.sessions,
                    catalogue=self._resources.catalogue,
                    evidence=self._resources.evidence,
                    writer=self._resources.writer,
                    fallback=self._resources.template_writer,
                    clock=self._resources.clock,
                    new_id=self._resources.new_id,
                )
            metrics.EXPLANATIONS.labels(outcome=explained.outcome).inc()
            for rule in explained.rules_broken:
                metrics.FINDINGS.labels(rule=rule).inc()
            log.info(
                "explanation.published",
                decision_id=str(work.decision_id),
                outcome=explained.outcome,
                seconds=round(time.perf_counter() - started, 3),
            )

        await self._run("explain-decision", job, run)

    async def _run(self, kind: JobKind, job: Job, run: Run) -> None:
        """Run under the trace of the request that made the work necessary."""
        work = DecisionJob.of(kind, job.payload or b"{}")
        token = otel_context.attach(extract_context(job.headers or {}))
        try:
            with tracer.start_as_current_span(kind) as span:
                span.set_attribute("rationale.decision_id", str(work.decision_id))
                try:
                    await run(work)
                except DomainError as error:
                    # A refusal will not go away by trying: hold the job for a person.
                    log.error("job.refused", kind=kind, code=error.code)  # noqa: TRY400 -- a refusal needs no traceback
                    raise
                except Exception as error:
                    log.warning("job.failed", kind=kind, error=type(error).__name__)
                    if job.attempts >= MAX_QUEUE_ATTEMPTS:
                        raise
                    delay = timedelta(seconds=min(60, 0.5 * 2**job.attempts))
                    raise RetryRequested(delay=delay, reason=type(error).__name__) from error
        finally:
            otel_context.detach(token)

    async def _reconcile_for_ever(self) -> None:
        while True:
            for tenant_id in self._tenants:
                try:
                    owed = await reconcile(
                        tenant_id,
                        sessions=self._resources.sessions,
                        clock=self._resources.clock,
                    )
                    if owed:
                        log.warning("reconciler.enqueued", jobs=owed)
                    returned = await return_wordings_to_review(
                        tenant_id,
                        sessions=self._resources.sessions,
                        catalogue=self._resources.catalogue,
                        evidence=self._resources.evidence,
                        prompts=current_prompts(self._resources.prompt_set),
                        clock=self._resources.clock,
                        new_id=self._resources.new_id,
                    )
                    for wording in returned:
                        log.warning(
                            "wording.expired", wording_id=str(wording.expired), why=wording.why
                        )
                except Exception as error:  # noqa: BLE001 -- the loop outlives a database restart
                    log.warning("reconciler.failed", error=type(error).__name__)
            await asyncio.sleep(RECONCILE_EVERY_S)
