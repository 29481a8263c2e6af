"""Refusals for want of room: 503 for as long as the process or the database cannot serve."""

import secrets
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse

from app.api.problems import problem
from app.db.outages import DatabaseUnavailable, Reason
from app.observability import metrics

JITTER_S = 4  # clients refused together should not come again together
OUTAGES: dict[Reason, str] = {
    "away": "The database does not answer.",
    "busy": "Every connection to the database is in use.",
    "contended": "Another request changed the same records at the same time.",
    "full": "The database cannot write.",
    "timeout": "The database did not answer in time.",
}


def soon_s() -> int:
    """Return in how many whole seconds to come again; it differs from client to client."""
    return 1 + secrets.randbelow(JITTER_S)


def overloaded(detail: str) -> JSONResponse:
    """Say that the process is full, that nothing was done, and when to come again."""
    return problem(
        "overloaded",
        HTTPStatus.SERVICE_UNAVAILABLE,
        f"{detail}; nothing was done.",
        retry_after_s=soon_s(),
    )


def outage(error: DatabaseUnavailable) -> JSONResponse:
    """Say that the request may be sent again: nothing of it was acknowledged."""
    metrics.REFUSED.labels(reason=f"database-{error.reason}").inc()
    return problem(
        "database-unavailable",
        HTTPStatus.SERVICE_UNAVAILABLE,
        f"{OUTAGES[error.reason]} Nothing was acknowledged; send the same request again.",
        retry_after_s=soon_s(),
    )


async def database_unavailable(_: Request, error: Exception) -> JSONResponse:
    """Answer a request that the database did not serve."""
    assert isinstance(error, DatabaseUnavailable)  # noqa: S101 -- registered for this class alone
    return outage(error)
