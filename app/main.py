"""The ASGI application."""

from fastapi import FastAPI

from app.api import decisions, explanations, health, limits, policies, problems, reason_codes
from app.observability.asgi import Observed
from app.resources import Resources
from app.settings import Settings
from app.web import passages

DESCRIPTION = "Explains credit decisions: principal reasons, notices, and proved explanations."


def create_app(resources: Resources, settings: Settings) -> FastAPI:
    """Assemble routes, refusals and limits around the process's resources."""
    app = FastAPI(title="Rationale", version="0.1.0", description=DESCRIPTION)
    app.state.resources = resources
    problems.install(app)
    for router in (
        decisions.router,
        explanations.router,
        policies.router,
        reason_codes.router,
        passages.router,
        health.router,
    ):
        app.include_router(router)
    app.add_middleware(limits.BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(Observed)
    return app
