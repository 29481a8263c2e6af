"""An identity provider's public keys, as it publishes them (RFC 7517), cached and rotated.

Requests never wait for a key that is held and fresh. Keys are read again in the background
before they grow old; whatever asks, at most one reading is under way and none follows within
`MIN_BETWEEN_S`, so tokens with made-up key ids cost the provider nothing more.
"""

import asyncio
import ipaddress
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import orjson
import structlog
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from app.domain.identity_errors import IdentityProviderUnavailable

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")

REFRESH_S = 240.0  # older keys are read again in the background
FRESH_S = 300.0  # older keys are read again before they are used: a rotated key is gone by then
STALE_S = 3600.0  # while the provider is away, how old a key may be and still prove a token
MIN_BETWEEN_S = 10.0  # between two readings, whoever asks
TIMEOUT_S = 5.0  # for one reading, discovery included
MAX_BYTES = 256 * 1024
MAX_KEYS = 100
MIN_RSA_BITS = 2048

log = structlog.get_logger()


class _Unreadable(Exception):
    """What the provider sent is no usable key set; the message says why."""


def is_trustworthy(url: str, *, is_production: bool) -> bool:
    """Whether keys may be read from a URL: https, or this very machine in development."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    return parts.scheme == "http" and not is_production and _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def fits(key: PublicKey, algorithm: str) -> bool:
    """Whether a key is of the kind that an algorithm uses, and strong enough."""
    match key:
        case RSAPublicKey():
            return algorithm in {"RS256", "PS256"} and key.key_size >= MIN_RSA_BITS
        case EllipticCurvePublicKey():
            return algorithm == "ES256" and isinstance(key.curve, SECP256R1)
        case Ed25519PublicKey():
            return algorithm == "EdDSA"
        case _:
            return False


class ProviderKeys:
    """The keys of one provider. `jwks_url` is discovered at the issuer where it is None."""

    def __init__(
        self,
        issuer: str,
        jwks_url: str | None = None,
        *,
        is_production: bool = True,
        timeout_s: float = TIMEOUT_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._is_production = is_production
        self._now = now
        self._timeout_s = timeout_s
        self._http = httpx.AsyncClient(timeout=timeout_s, follow_redirects=False)
        self._keys: Mapping[str, tuple[PublicKey, str | None]] = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._reading: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Close the connections, and give up a reading that is under way."""
        if self._reading is not None:
            self._reading.cancel()
        await self._http.aclose()

    async def find(self, key_id: str | None, algorithm: str) -> PublicKey | None:
        """Return the key with this id, if the provider has it and it fits the algorithm.

        A token without a key id is checked with the only key, where there is only one.
        Raises IdentityProviderUnavailable where no key that is young enough is held.
        """
        if self._age() > FRESH_S or self._named(key_id) is None:
            await self._read_again()
        elif self._age() > REFRESH_S:
            self._begin_reading()
        if self._age() > STALE_S:
            raise IdentityProviderUnavailable
        found = self._named(key_id)
        if found is None:
            return None
        key, only_algorithm = found
        return key if only_algorithm in {None, algorithm} and fits(key, algorithm) else None

    def _named(self, key_id: str | None) -> tuple[PublicKey, str | None] | None:
        if key_id is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(key_id)

    def _age(self) -> float:
        return float("inf") if self._read_at is None else self._now() - self._read_at

    async def _read_again(self) -> None:
        """Wait for the reading that is under way, or for a new one if one is due."""
        reading = self._begin_reading()
        if reading is not None:
            await asyncio.shield(reading)

    def _begin_reading(self) -> asyncio.Task[None] | None:
        if self._reading is not None and not self._reading.done():
            return self._reading
        if self._tried_at is not None and self._now() - self._tried_at < MIN_BETWEEN_S:
            return None
        self._tried_at = self._now()
        self._reading = asyncio.create_task(self._read())
        return self._reading

    async def _read(self) -> None:
        """Replace the keys by what the provider publishes now; what fails changes nothing."""
        try:
            async with asyncio.timeout(self._timeout_s):
                url = self._jwks_url or await self._discover()
                keys = _keys_in(await self._json(url))
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, _Unreadable) as error:
            log.warning("identity_provider.unreadable", why=str(error) or type(error).__name__)
            return
        self._keys = keys
        self._read_at = self._now()

    async def _discover(self) -> str:
        """Return where the issuer says its keys are (OpenID Connect Discovery 1.0, section 4)."""
        url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        found = await self._json(url)
        if found.get("issuer") != self._issuer:  # section 4.3: it must be exactly the same
            message = "the discovery document names another issuer"
            raise _Unreadable(message)
        jwks_url = found.get("jwks_uri")
        if not isinstance(jwks_url, str) or not is_trustworthy(
            jwks_url, is_production=self._is_production
        ):
            message = "the discovery document names no trustworthy jwks_uri"
            raise _Unreadable(message)
        return jwks_url

    async def _json(self, url: str) -> dict[str, Any]:
        # Unencoded, so that the bound on bytes is one on memory.
        headers = {"accept": "application/json", "accept-encoding": "identity"}
        held = bytearray()
        async with self._http.stream("GET", url, headers=headers) as response:
            if not response.is_success:
                message = f"HTTP {response.status_code}"
                raise _Unreadable(message)
            async for chunk in response.aiter_raw():
                held += chunk
                if len(held) > MAX_BYTES:
                    message = f"more than {MAX_BYTES} bytes"
                    raise _Unreadable(message)
        try:
            read = orjson.loads(bytes(held))
        except orjson.JSONDecodeError as error:
            message = "not JSON"
            raise _Unreadable(message) from error
        if not isinstance(read, dict):
            message = "no JSON object"
            raise _Unreadable(message)
        return read


def _keys_in(key_set: Mapping[str, Any]) -> Mapping[str, tuple[PublicKey, str | None]]:
    """Return the signature keys we can use, by id; those for other purposes are passed over."""
    listed = key_set.get("keys")
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        message = "no list of keys, or an endless one"
        raise _Unreadable(message)
    found: dict[str, tuple[PublicKey, str | None]] = {}
    for number, described in enumerate(listed):
        key = _key_of(described)
        if key is not None:
            found.setdefault(str(described.get("kid", f"unnamed {number}")), key)
    if not found:
        message = "no usable key"
        raise _Unreadable(message)
    return found


def _listed(held: Any) -> list[Any]:  # noqa: ANN401 -- any JSON
    return held if isinstance(held, list) else []


def _key_of(described: Any) -> tuple[PublicKey, str | None] | None:  # noqa: ANN401 -- any JSON
    if not isinstance(described, dict) or described.get("use", "sig") != "sig":
        return None
    only_algorithm = described.get("alg")
    operations = described.get("key_ops", ["verify"])
    if only_algorithm not in (None, *ALGORITHMS) or "verify" not in _listed(operations):
        return None
    try:
        key = jwt.PyJWK(described).key
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, KeyError):
        return None
    if not isinstance(key, RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey):
        return None  # a shared secret, or a private key that should not be there
    return (key, only_algorithm) if any(fits(key, name) for name in ALGORITHMS) else None
