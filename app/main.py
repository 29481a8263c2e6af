"""The ASGI application."""

from fastapi.telemetry import TelemetryConfig

from app.api import (
    api_keys,
    audit,
    batch,
    bounds,
    creditor,
    customer,
    customer_links,
    decisions,
    documented,
    events,
    explanations,
    health,
    jobs,
    models,
    notices,
    policies,
    policy_impact,
    problems,
    reason_codes,
    receipts,
    recourse,
    retention,
    webhooks,
    wordings,
)
from app.observability.asgi import Observed
from app.resources import Resources
from app.settings import Settings
from app.web import passages

DESCRIPTION = "Explains credit decisions: principal reasons, notices, and proved explanations."

LARGEST_DOCUMENT = 25_000_000  # bytes; what the readers of documents take

# FastAPI's own spans carry the query string and its logs exception messages: both may hold words
# about an applicant. `Observed` traces and counts requests instead, by route alone.
NO_NATIVE_TELEMETRY = TelemetryConfig(
    tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False
)


def create_app(resources: Resources, settings: Settings) -> documented.DocumentedAPI:
    """Assemble routes, refusals and limits around the process's resources."""
    app = documented.DocumentedAPI(
        title="Rationale",
        version="0.1.0",
        description=DESCRIPTION,
        telemetry=NO_NATIVE_TELEMETRY,
        docs_url=None,  # these pages run scripts of other hosts
        redoc_url=None,
    )
    app.state.resources = resources
    problems.install(app)
    for router in (
        decisions.router,
        batch.router,
        events.router,
        explanations.router,
        notices.router,
        notices.queue,
        receipts.router,
        recourse.router,
        models.router,
        creditor.router,
        api_keys.router,
        customer_links.router,
        customer.door,
        customer.router,
        retention.router,
        policies.router,
        policy_impact.router,
        reason_codes.router,
        wordings.router,
        wordings.desk,
        webhooks.router,
        audit.router,
        passages.router,
        jobs.router,
        health.router,
    ):
        app.include_router(router)
    largest_bodies = {
        f"{policies.router.prefix}/documents": LARGEST_DOCUMENT,
        batch.PATH: batch.LARGEST_BATCH,
    }
    bounds.install(app, settings, largest_bodies, streamed={batch.PATH})
    app.add_middleware(Observed)
    return app
