"""Access tokens: signature, algorithm, issuer, audience and expiry, all of them pinned."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import jwt

from app.domain.access import Actor, Role
from app.domain.errors import NotAuthenticated
from app.domain.ids import TenantId

LEEWAY_S = 10


class TokenVerifier:
    """Turns a bearer token into an actor; `find_key` returns the key a token claims."""

    def __init__(
        self,
        find_key: Callable[[str], Any],
        *,
        issuer: str,
        audience: str,
        algorithms: Sequence[str],
    ) -> None:
        self._find_key = find_key
        self._issuer = issuer
        self._audience = audience
        self._algorithms = list(algorithms)

    def verify(self, token: str) -> Actor:
        """Return who the token proves is asking. Raises NotAuthenticated."""
        try:
            claims = jwt.decode(
                token,
                self._find_key(token),
                algorithms=self._algorithms,
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iat", "sub", "iss", "aud"]},
            )
            roles = frozenset(Role(role) for role in claims["roles"])
            return Actor(str(claims["sub"]), TenantId(UUID(claims["tenant"])), roles)
        except jwt.PyJWTError as error:
            raise NotAuthenticated(type(error).__name__) from error
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise NotAuthenticated("its tenant or roles are missing or unknown") from error


def oidc_verifier(issuer: str, audience: str, jwks_url: str) -> TokenVerifier:
    """Verify tokens of an identity provider by its published keys, cached and rotated."""
    keys = jwt.PyJWKClient(jwks_url, cache_keys=True, lifespan=300, timeout=5)
    return TokenVerifier(
        lambda token: keys.get_signing_key_from_jwt(token).key,
        issuer=issuer,
        audience=audience,
        algorithms=("RS256", "ES256", "EdDSA"),
    )
