"""How often a tenant may ask, by class of route, and how often an address may fail to log in.

Each process counts for itself: several processes allow several times as much. A rate is a bucket
of as many requests as it names, refilled evenly over a minute (the generic cell rate algorithm:
one number per tenant and class).
"""

import ipaddress
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Literal, get_args

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.admission import HEALTH
from app.api.problems import problem
from app.domain.ids import TenantId
from app.observability import metrics

RateClass = Literal["read", "write", "batch", "search", "explain", "upload", "failure"]
DEFAULTS: Mapping[RateClass, int] = {
    "read": 12_000,
    "write": 6_000,
    "batch": 300,
    "search": 3_000,
    "explain": 1_200,
    "upload": 120,
    "failure": 60,  # per address, not per tenant: a failed authentication names none
}
MINUTE_S = 60.0
NAMED = re.compile(r"(?P<name>[a-z]+)=(?P<rate>[0-9]{1,9})")
MOST_KEYS = 50_000  # then the oldest are forgotten: addresses are anybody's to make up
IPV6_PREFIX = 64  # one subscriber holds as many addresses as this leaves
STANDING = "rationale.rate"


class MalformedRates(ValueError):
    """A rate of the settings that says nothing we know."""


def parse_rates(text: str) -> Mapping[RateClass, int]:
    """Read `read=12000 explain=600`; what is not named keeps its default."""
    rates = dict(DEFAULTS)
    names: dict[str, RateClass] = {name: name for name in get_args(RateClass)}
    for part in text.replace(",", " ").split():
        matched = NAMED.fullmatch(part)
        if matched is None or matched["name"] not in names or int(matched["rate"]) == 0:
            message = f"RATIONALE_RATES holds {part!r}; write CLASS=REQUESTS for {', '.join(names)}"
            raise MalformedRates(message)
        rates[names[matched["name"]]] = int(matched["rate"])
    return rates


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a rate, and in how many seconds: until it is whole, until one is free."""

    rate_class: RateClass
    per_minute: int
    remaining: int
    whole_in_s: int
    free_in_s: int

    def headers(self) -> Mapping[str, str]:
        """Return the fields of draft-ietf-httpapi-ratelimit-headers-10."""
        return {
            "RateLimit-Policy": f'"{self.rate_class}";q={self.per_minute};w={MINUTE_S:.0f}',
            "RateLimit": f'"{self.rate_class}";r={self.remaining};t={self.whole_in_s}',
        }


class RateExceeded(Exception):
    """More was asked than the rate allows."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(standing.rate_class)
        self.standing = standing


class Buckets:
    """How full each bucket is, as the instant when it will be whole again."""

    def __init__(self, most_keys: int = MOST_KEYS) -> None:
        self._whole_at: dict[tuple[RateClass, str], float] = {}
        self._most_keys = most_keys

    def standing(self, rate_class: RateClass, key: str, per_minute: int, now: float) -> Standing:
        """Return what is left, taking nothing."""
        return _standing(rate_class, per_minute, self._missing_s(rate_class, key, now))

    def take(self, rate_class: RateClass, key: str, per_minute: int, now: float) -> Standing:
        """Take one. Raises RateExceeded where none is left; then nothing is taken."""
        missing_s = self._missing_s(rate_class, key, now)
        found = _standing(rate_class, per_minute, missing_s)
        if found.remaining == 0:
            raise RateExceeded(found)
        missing_s += MINUTE_S / per_minute
        self._whole_at.pop((rate_class, key), None)  # the last asked stands last
        self._whole_at[rate_class, key] = now + missing_s
        if len(self._whole_at) > self._most_keys:
            self._forget(now)
        return _standing(rate_class, per_minute, missing_s)

    def _missing_s(self, rate_class: RateClass, key: str, now: float) -> float:
        return max(0.0, self._whole_at.get((rate_class, key), now) - now)

    def _forget(self, now: float) -> None:
        self._whole_at = {key: at for key, at in self._whole_at.items() if at > now}
        for key in list(self._whole_at)[: len(self._whole_at) - self._most_keys]:
            del self._whole_at[key]


def _standing(rate_class: RateClass, per_minute: int, missing_s: float) -> Standing:
    each_s = MINUTE_S / per_minute
    remaining = max(0, math.floor((MINUTE_S - missing_s) / each_s + 1e-9))
    free_in_s = max(1, math.ceil(missing_s + each_s - MINUTE_S))
    return Standing(rate_class, per_minute, remaining, math.ceil(missing_s), free_in_s)


def rate_class(method: str, path: str) -> RateClass:
    """Return what a request counts as. Explaining costs a language model's time."""
    if path.endswith("/search"):
        return "search"
    if method in {"GET", "HEAD", "OPTIONS"}:
        return "read"
    if path.endswith("/explanations"):
        return "explain"
    if path.endswith("/policies/documents"):
        return "upload"
    return "batch" if path.endswith(":batch") else "write"


class Rates:
    """The process's count."""

    def __init__(self, per_minute: Mapping[RateClass, int]) -> None:
        self._per_minute = per_minute
        self._buckets = Buckets()
        self._known: dict[bytes, None] = {}

    def count(self, scope: Scope, tenant_id: TenantId) -> None:
        """Count a request of the tenant that its token proved. Raises RateExceeded."""
        self._remember(scope)
        asked = rate_class(scope["method"], scope["path"])
        key, per_minute, now = str(tenant_id), self._per_minute[asked], time.monotonic()
        scope[STANDING] = self._buckets.standing(asked, key, per_minute, now)
        scope[STANDING] = self._buckets.take(asked, key, per_minute, now)

    def failures(self, scope: Scope) -> Standing:
        """Return how many more times the address may fail."""
        return self._buckets.standing(
            "failure", address_of(scope), self._per_minute["failure"], time.monotonic()
        )

    def count_failure(self, scope: Scope) -> None:
        """Count a failed authentication of the address."""
        per_minute = self._per_minute["failure"]
        try:
            self._buckets.take("failure", address_of(scope), per_minute, time.monotonic())
        except RateExceeded:
            return  # it is refused from now on

    def knows(self, scope: Scope) -> bool:
        """Whether the request's credentials have lately been proved here."""
        return _credentials(scope) in self._known

    def _remember(self, scope: Scope) -> None:
        credentials = _credentials(scope)
        if credentials is None:
            return
        self._known.pop(credentials, None)
        self._known[credentials] = None
        if len(self._known) > MOST_KEYS:
            del self._known[next(iter(self._known))]


def _credentials(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            return sha256(value).digest()
    return None


def address_of(scope: Scope) -> str:
    """Return whom failures are counted against: an address, of IPv6 the network it stands in."""
    host = (scope.get("client") or ("unknown", 0))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))


def refused(standing: Standing) -> JSONResponse:
    """Say how long to wait, as a problem."""
    metrics.REFUSED.labels(reason=f"rate-{standing.rate_class}").inc()
    return problem(
        "rate-exceeded",
        HTTPStatus.TOO_MANY_REQUESTS,
        f"More than {standing.per_minute} requests a minute of the class {standing.rate_class}; "
        "nothing was done.",
        retry_after_s=standing.free_in_s,
    )


async def exceeded(_: Request, error: Exception) -> JSONResponse:
    """Answer a request that its tenant's rate has no room for."""
    assert isinstance(error, RateExceeded)  # noqa: S101 -- registered for this class alone
    return refused(error.standing)


class RateLimited:
    """Refuses an address that keeps failing to log in, and tells everybody what they have left.

    Credentials that were proved here lately are still heard: a stranger behind the same proxy
    shuts nobody out who is known.
    """

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        self._app = app
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on unless its address is refused."""
        if scope["type"] != "http" or scope["path"] in HEALTH:
            await self._app(scope, receive, send)
            return

        async def watched_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == HTTPStatus.UNAUTHORIZED:
                    self._rates.count_failure(scope)
                if STANDING in scope:
                    MutableHeaders(scope=message).update(scope[STANDING].headers())
            await send(message)

        failures = self._rates.failures(scope)
        if failures.remaining == 0 and not self._rates.knows(scope):
            scope[STANDING] = failures
            await refused(failures)(scope, receive, watched_send)
            return
        await self._app(scope, receive, watched_send)
