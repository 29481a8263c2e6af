"""Puts the limits around the routes, in the order in which a request meets them."""

from collections.abc import Collection, Mapping

from fastapi import FastAPI

from app.api import admission, busy, failures, lifecycle, limits, rates, security_headers
from app.db.outages import DatabaseUnavailable
from app.settings import Settings


def install(
    app: FastAPI,
    settings: Settings,
    largest_bodies: Mapping[str, int],
    streamed: Collection[str] = (),
) -> None:
    """Bound what a process takes; `largest_bodies` has the paths that take more than others.

    `streamed` has those that read their body while they answer.
    """
    app.state.lifecycle = lifecycle.Lifecycle()
    app.state.probe = lifecycle.DatabaseProbe()
    app.state.rates = rates.Rates(rates.parse_rates(settings.rates))
    app.add_exception_handler(DatabaseUnavailable, busy.database_unavailable)
    app.add_exception_handler(rates.RateExceeded, rates.exceeded)
    # The last added is the first that a request meets.
    app.add_middleware(
        admission.Admission,
        most=settings.max_in_flight,
        most_long=settings.max_long_waits,
        long_paths=streamed,
    )
    app.add_middleware(
        limits.BodyLimit,
        max_bytes=settings.max_body_bytes,
        by_path=largest_bodies,
        streamed=streamed,
        timeout_s=settings.body_timeout_s,
    )
    app.add_middleware(rates.RateLimited, rates=app.state.rates)
    app.add_middleware(failures.Failures, lifecycle=app.state.lifecycle)
    app.add_middleware(security_headers.SecurityHeaders)
