"""Calls to model servers: bounded in time, in number and in stubbornness.

Scoring and pricing change nothing at the server, so a call that failed on the way may be
repeated. Timeouts and refusals to serve (429, 502, 503, 504) are repeated within the deadline;
a 500 is not, for the same input will most likely break the model again.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import httpx
import orjson
from circuitbreaker import CircuitBreaker
from opentelemetry.propagate import inject
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from app.domain.errors import FieldProblem, InvalidFields, ModelUnavailable

DEADLINE_S = 5.0
ATTEMPTS = 3
MAX_CONCURRENT = 16
FAILURES_TO_OPEN = 5
OPEN_S = 15
DEADLINE_HEADER = "x-request-timeout-ms"
PASSING = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


class _Passing(Exception):
    """A failure that the next attempt may not meet."""


class ModelCalls:
    """The client that adapters share: per model a breaker and a limit on calls at once.

    `deadline_s` covers waiting for a slot, every attempt and the pauses between them; what is
    left of it goes to the server in `x-request-timeout-ms`, so that it can give up too.
    """

    def __init__(self, *, deadline_s: float = DEADLINE_S, open_s: float = OPEN_S) -> None:
        self._deadline_s = deadline_s
        self._http = httpx.AsyncClient()
        self._slots: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(MAX_CONCURRENT)
        )
        self._breakers: dict[str, CircuitBreaker] = {}
        self._open_s = open_s

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, model: str, url: Callable[[], str]) -> Any:  # noqa: ANN401 -- JSON
        """Read JSON. Raises ModelUnavailable."""
        return await self._call(model, "GET", url, None)

    async def post(self, model: str, url: Callable[[], str], body: Mapping[str, object]) -> Any:  # noqa: ANN401 -- JSON
        """Send JSON and read JSON; the URL is asked for at each attempt.

        Raises ModelUnavailable, at once while the model's breaker is open, and InvalidFields
        where the server says which fields it cannot read.
        """
        return await self._call(model, "POST", url, orjson.dumps(body, default=_number))

    async def _call(
        self, model: str, method: str, url: Callable[[], str], content: bytes | None
    ) -> Any:  # noqa: ANN401 -- JSON
        breaker = self._breaker(model)
        if breaker.opened:
            wait = max(breaker.open_remaining, 0)
            raise ModelUnavailable(model, f"it failed repeatedly; asked again in {wait:.0f} s")
        ends = time.monotonic() + self._deadline_s
        try:
            with breaker:
                async with asyncio.timeout(self._deadline_s), self._slots[model]:
                    return await self._attempt(model, method, url, content, ends)
        except TimeoutError as error:
            raise ModelUnavailable(model, f"no answer within {self._deadline_s:g} s") from error

    async def _attempt(
        self, model: str, method: str, url: Callable[[], str], content: bytes | None, ends: float
    ) -> Any:  # noqa: ANN401 -- JSON
        retrying = AsyncRetrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.05, max=0.5),
            retry=retry_if_exception_type(_Passing),
            reraise=True,
        )
        try:
            async for attempt in retrying:
                with attempt:
                    return await self._once(model, method, url(), content, ends)
        except _Passing as error:
            raise ModelUnavailable(model, str(error)) from error
        raise AssertionError(ATTEMPTS)  # pragma: no cover -- the loop returns or raises

    async def _once(
        self, model: str, method: str, url: str, content: bytes | None, ends: float
    ) -> Any:  # noqa: ANN401 -- JSON
        left = ends - time.monotonic()
        headers = {"content-type": "application/json", DEADLINE_HEADER: str(int(1000 * left))}
        inject(headers)
        try:
            response = await self._http.request(
                method, url, content=content, headers=headers, timeout=max(left, 0.001)
            )
        except httpx.TransportError as error:
            raise _Passing(type(error).__name__) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ModelUnavailable(model, type(error).__name__) from error
        if response.status_code in PASSING:
            raise _Passing(f"HTTP {response.status_code}")
        if response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY:
            raise InvalidFields(_field_problems(response))
        if not response.is_success:
            raise ModelUnavailable(model, f"HTTP {response.status_code}")
        try:
            answer = json.loads(response.content, parse_float=Decimal)
            can_be_kept = _can_be_kept(answer)
        except (ValueError, RecursionError) as error:
            raise ModelUnavailable(model, "its answer is not JSON") from error
        if not can_be_kept:
            raise ModelUnavailable(model, "its answer holds characters that no text has")
        return answer

    def _breaker(self, model: str) -> CircuitBreaker:
        if model not in self._breakers:
            self._breakers[model] = CircuitBreaker(
                failure_threshold=FAILURES_TO_OPEN,
                recovery_timeout=self._open_s,
                expected_exception=(ModelUnavailable, TimeoutError),
                name=f"{model}-{id(self)}",
            )
        return self._breakers[model]


def _can_be_kept(answer: object) -> bool:
    """Whether all its text can be stored: PostgreSQL holds no NUL, UTF-8 no half characters."""
    match answer:
        case str():
            return "\0" not in answer and not any("\ud800" <= c <= "\udfff" for c in answer)
        case dict():
            return all(_can_be_kept(name) and _can_be_kept(held) for name, held in answer.items())
        case list():
            return all(_can_be_kept(held) for held in answer)
        case _:
            return True


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)


def _field_problems(response: httpx.Response) -> list[FieldProblem]:
    """Pass on which fields the model refused, in our own pointers."""
    try:
        listed = json.loads(response.content).get("errors", [])
        return [FieldProblem(str(e["pointer"]), str(e["detail"])) for e in listed] or [
            FieldProblem("/application", "was not understood by the model")
        ]
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        return [FieldProblem("/application", "was not understood by the model")]
