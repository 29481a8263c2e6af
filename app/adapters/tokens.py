"""Access tokens: signature, algorithm, issuer, audience, times and claims, all of them pinned."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import jwt

from app.adapters.jwks import ALGORITHMS, PublicKey
from app.domain.access import STAFF, Actor
from app.domain.errors import NotAuthenticated
from app.domain.ids import TenantId

LEEWAY_S = 10
MAX_TOKEN = 8_192  # characters; those of providers with many groups run to some four thousand
MAX_SUBJECT = 200
SCOPE_PREFIX = "rationale:"
REQUIRED = ["exp", "iat", "sub", "iss", "aud"]


class Keys(Protocol):
    """Where the keys that prove tokens come from."""

    async def find(self, key_id: str | None, algorithm: str) -> PublicKey | None:
        """Return the key with this id that fits the algorithm."""
        ...

    async def close(self) -> None:
        """Let go of what was opened."""
        ...


@dataclass(frozen=True, slots=True)
class Claims:
    """The names of the claims that say for which tenant and in which roles.

    A name is that of a claim, or else a path of names with dots between
    (`realm_access.roles`).
    """

    tenant: str = "tenant"
    roles: str = "roles"


class TokenVerifier:
    """Turns a bearer token into an actor."""

    def __init__(self, keys: Keys, *, issuer: str, audience: str, claims: Claims) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._claims = claims

    async def close(self) -> None:
        """Let go of the keys."""
        await self._keys.close()

    async def verify(self, token: str) -> Actor:
        """Return who the token proves is asking.

        Raises NotAuthenticated, or IdentityProviderUnavailable where no key can be had.
        """
        if len(token) > MAX_TOKEN:
            raise NotAuthenticated("the token is too large")
        key_id, algorithm = _header_of(token)
        key = await self._keys.find(key_id, algorithm)
        if key is None:
            raise NotAuthenticated("no key of the issuer's fits the token")
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_S,
                options={"require": REQUIRED},
            )
        except (jwt.PyJWTError, ValueError, OverflowError, RecursionError) as error:
            raise NotAuthenticated(type(error).__name__) from error
        return self._actor(claims)

    def _actor(self, claims: Mapping[str, Any]) -> Actor:
        subject = claims["sub"]
        if not (isinstance(subject, str) and 0 < len(subject) <= MAX_SUBJECT):
            raise NotAuthenticated("its subject is missing or too long")
        if not subject.isprintable():
            raise NotAuthenticated("its subject cannot be written down")
        try:
            tenant = TenantId(UUID(_claim(claims, self._claims.tenant)))
        except (ValueError, TypeError, AttributeError) as error:
            raise NotAuthenticated("it names no tenant") from error
        named = {*_words(_claim(claims, self._claims.roles)), *_scoped(claims)}
        roles = frozenset(role for role in STAFF if role.value in named)
        if not roles:
            raise NotAuthenticated("it names no role known here")
        return Actor(subject, tenant, roles)


def _header_of(token: str) -> tuple[str | None, str]:
    """Read which key and algorithm a token claims. `jku`, `x5u` and `jwk` are never looked at."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise NotAuthenticated("it is no signed token") from error
    key_id, algorithm = header.get("kid"), header.get("alg")
    if algorithm not in ALGORITHMS:
        raise NotAuthenticated("its algorithm is not accepted")
    if "crit" in header:  # RFC 7515, 4.1.11: what is critical and not understood is refused
        raise NotAuthenticated("it has critical extensions")
    if not isinstance(key_id, str | None):
        raise NotAuthenticated("its key id is no string")
    return key_id, algorithm


def _claim(claims: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 -- any JSON
    if name in claims:
        return claims[name]
    held: Any = claims
    for part in name.split("."):
        held = held.get(part) if isinstance(held, dict) else None
    return held


def _words(claim: Any) -> Iterator[str]:  # noqa: ANN401 -- any JSON
    listed = claim.split() if isinstance(claim, str) else claim
    for word in listed if isinstance(listed, list) else ():
        if isinstance(word, str):
            yield word


def _scoped(claims: Mapping[str, Any]) -> Iterator[str]:
    """Roles among the scopes (RFC 8693, 4.2; `scp` is what some providers call it)."""
    for name in ("scope", "scp"):
        for word in _words(claims.get(name)):
            if word.startswith(SCOPE_PREFIX):
                yield word.removeprefix(SCOPE_PREFIX)
