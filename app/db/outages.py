"""What it means that the database did not serve: it is away, busy, slow or full.

Such a failure says nothing about the request. It may be sent again, and whoever answers it must
not repeat what the database said: that holds SQL and values.
"""

import socket
from collections.abc import Mapping
from typing import Literal

import asyncpg
from sqlalchemy import exc

Reason = Literal["away", "busy", "contended", "full", "timeout"]

# By SQLSTATE, and by its first two characters, the class (PostgreSQL, appendix A).
STATES: Mapping[str, Reason] = {
    "25006": "away",  # a standby that has not been promoted yet takes no writes
    "25P03": "timeout",  # idle_in_transaction_session_timeout
    "25P04": "timeout",  # transaction_timeout
    "40001": "contended",
    "40P01": "contended",
    "53100": "full",
    "55P03": "timeout",  # lock_timeout
    "57014": "timeout",  # statement_timeout
    "58030": "full",
}
CLASSES: Mapping[str, Reason] = {
    "08": "away",  # the connection was lost, or never was
    "28": "away",  # the login is refused: the operator's to mend
    "3D": "away",
    "53": "busy",  # too many connections, out of memory
    "57": "away",  # shutting down, crashed, not yet started
}


class DatabaseUnavailable(Exception):
    """The database did not serve. Nothing was acknowledged; a commit may still have happened."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"the database is {reason}")
        self.reason = reason


def outage_of(error: BaseException, *, is_connecting: bool = False) -> DatabaseUnavailable | None:
    """Tell an outage from what is wrong with a statement (None).

    While connecting every OSError is one: a name that does not resolve, a socket that is gone.
    """
    if isinstance(error, DatabaseUnavailable):
        return error
    reason = _reason(error)
    if reason is None and is_connecting and isinstance(error, OSError):
        reason = "away"
    return None if reason is None else DatabaseUnavailable(reason)


def _reason(error: BaseException) -> Reason | None:
    match error:
        case exc.TimeoutError():
            return "busy"  # no connection of the pool came free in time
        case exc.DBAPIError(connection_invalidated=True) | ConnectionError() | socket.gaierror():
            return "away"
        case exc.DBAPIError():
            return _by_state(getattr(error.orig, "sqlstate", None))
        case asyncpg.PostgresError():
            return _by_state(error.sqlstate)
        case TimeoutError():
            return "timeout"
        case _:
            return None


def _by_state(state: str | None) -> Reason | None:
    if state is None:
        return None
    return STATES.get(state) or CLASSES.get(state[:2])
