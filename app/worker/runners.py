"""What each kind of job runs: one use case."""

import random
import time
from collections.abc import Mapping

import structlog

from app.db.jobs import DecisionJob
from app.db.outbox import DeliverWebhook
from app.domain.jobs import Attempt, JobKind
from app.observability import metrics
from app.resources import Resources
from app.use_cases.deliver_webhook import deliver_webhook
from app.use_cases.explain_decision import explain_decision
from app.use_cases.issue_notice import issue_notice
from app.worker.attempts import Runner

log = structlog.get_logger()


def runners(resources: Resources) -> Mapping[JobKind, Runner]:
    """Return the kinds that a worker works off, each with what it runs."""

    async def issue(attempt: Attempt) -> None:
        work = DecisionJob.of("issue-notice", attempt.payload)
        issued = await issue_notice(
            work,
            sessions=resources.sessions,
            catalogue=resources.catalogue,
            clock=resources.clock,
            new_id=resources.new_id,
        )
        for notice in issued:
            metrics.NOTICES_ISSUED.labels(duty=notice.duty).inc()
            log.info("notice.issued", decision_id=str(work.decision_id), duty=notice.duty)

    async def explain(attempt: Attempt) -> None:
        work = DecisionJob.of("explain-decision", attempt.payload)
        started = time.perf_counter()
        explained = await explain_decision(
            work,
            sessions=resources.sessions,
            catalogue=resources.catalogue,
            evidence=resources.evidence,
            writer=resources.writer,
            fallback=resources.template_writer,
            clock=resources.clock,
            new_id=resources.new_id,
            starts=attempt.number,
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

    async def deliver(attempt: Attempt) -> None:
        work = DeliverWebhook.of(attempt.payload)
        attempted = await deliver_webhook(
            work,
            sessions=resources.sessions,
            sender=resources.webhooks,
            clock=resources.clock,
            new_id=resources.new_id,
            jitter=random.random,
            trace=attempt.trace,
        )
        if attempted is not None:
            step = type(attempted.step).__name__
            metrics.WEBHOOK_ATTEMPTS.labels(step=step).inc()
            log.info("webhook.attempted", message_id=str(work.message_id), step=step)

    return {
        "issue-notice": Runner(issue),
        "explain-decision": Runner(explain, gate=resources.writing),
        "deliver-webhook": Runner(deliver),
    }
