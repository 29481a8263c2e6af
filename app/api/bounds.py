"""Puts the limits around the routes, in the order in which a request meets them."""

from collections.abc import Mapping

from fastapi import FastAPI

from app.api import admission, busy, failures, lifecycle, limits, rates, security_headers
from app.db.outages import DatabaseUnavailable
from app.settings import Settings


def install(app: FastAPI, settings: Settings, largest_bodies: Mapping[str, int]) -> None:
    """Bound what a process takes; `largest_bodies` has the paths that take more than others."""
    app.state.lifecycle = lifecycle.Lifecycle()
    app.state.probe = lifecycle.DatabaseProbe()
    app.state.rates = rates.Rates(rates.parse_rates(settings.rates))
    app.add_exception_handler(DatabaseUnavailable, busy.database_unavailable)
    app.add_exception_handler(rates.RateExceeded, rates.exceeded)
    # The last added is the first that a request meets.
    app.add_middleware(
        admission.Admission, most=settings.max_in_flight, most_long=settings.max_long_waits
    )
    app.add_middleware(
        limits.BodyLimit,
        max_bytes=settings.max_body_bytes,
        by_path=largest_bodies,
        timeout_s=settings.body_timeout_s,
    )
    app.add_middleware(rates.RateLimited, rates=app.state.rates)
    app.add_middleware(failures.Failures, lifecycle=app.state.lifecycle)
    app.add_middleware(security_headers.SecurityHeaders)
