"""The development token issuer: works with the embedded database only, never in production."""

from datetime import datetime, timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.adapters.jwks import PublicKey, fits
from app.adapters.tokens import Claims, TokenVerifier
from app.domain.access import Role
from app.domain.ids import TenantId
from app.embedded.errors import EmbeddedServiceUnavailable
from app.embedded.home import secret
from app.settings import Environment

ISSUER = "rationale-development"
AUDIENCE = "rationale"
LIFETIME = timedelta(hours=8)


class DevelopmentIssuer:
    """Signs short-lived tokens with a key made in the state folder."""

    def __init__(self, state: Path, environment: Environment) -> None:
        if environment != "development":
            message = (
                "There is no development issuer with RATIONALE_ENVIRONMENT=production: tokens "
                "come from your identity provider (OIDC_ISSUER)."
            )
            raise EmbeddedServiceUnavailable(message)
        self._key = Ed25519PrivateKey.from_private_bytes(secret(state, "development-issuer"))

    def issue(self, role: Role, tenant_id: TenantId, *, now: datetime) -> str:
        """Return a token for a role at a tenant."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": f"development-{role}",
            "iat": now,
            "exp": now + LIFETIME,
            "tenant": str(tenant_id),
            "roles": [role.value],
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA")

    def verifier(self) -> TokenVerifier:
        """Return what accepts these tokens and no others."""
        return TokenVerifier(
            _OnlyKey(self._key.public_key()), issuer=ISSUER, audience=AUDIENCE, claims=Claims()
        )


class _OnlyKey:
    """The one key that proves development tokens, whatever key a token claims."""

    def __init__(self, key: PublicKey) -> None:
        self._key = key

    async def find(self, _: str | None, algorithm: str) -> PublicKey | None:
        """Return the key where the algorithm is its own."""
        return self._key if fits(self._key, algorithm) else None

    async def close(self) -> None:
        """Nothing was opened."""
