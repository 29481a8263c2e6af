"""The development token issuer: works with the embedded database only."""

from datetime import datetime, timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.adapters.tokens import TokenVerifier
from app.domain.access import Role
from app.domain.ids import TenantId
from app.embedded.home import secret

ISSUER = "rationale-development"
AUDIENCE = "rationale"
LIFETIME = timedelta(hours=8)


class DevelopmentIssuer:
    """Signs short-lived tokens with a key made in the state folder."""

    def __init__(self, state: Path) -> None:
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
        public = self._key.public_key()
        return TokenVerifier(
            lambda _: public, issuer=ISSUER, audience=AUDIENCE, algorithms=("EdDSA",)
        )
