"""Credentials of our own making: a random secret that names its tenant and its row.

The text is `rk_<tenant><id>_<secret>` in hexadecimal, so the row is looked up under that tenant's
row-level security, and only the secret's hash, which is all we keep, proves the rest.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.domain.ids import TenantId

SECRET_BYTES = 32
_FORM = re.compile(r"(rk|rl|rs)_([0-9a-f]{32})([0-9a-f]{32})_([0-9a-f]{64})")


class CredentialKind(StrEnum):
    """What a credential opens; its text begins with it."""

    API_KEY = "rk"
    LINK = "rl"
    SESSION = "rs"


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """A credential in full: shown once, at its making."""

    kind: CredentialKind
    tenant_id: TenantId
    id: UUID
    secret: bytes

    @property
    def text(self) -> str:
        """The credential as its holder sends it."""
        return f"{self.kind}_{self.tenant_id.hex}{self.id.hex}_{self.secret.hex()}"

    @property
    def digest(self) -> bytes:
        """What is kept: with 256 random bits, one SHA-256 cannot be searched."""
        return hashlib.sha256(self.secret).digest()


def parse_credential(text: str, kind: CredentialKind) -> Credential | None:
    """Read a credential of a kind; None for any other text."""
    found = _FORM.fullmatch(text)
    if found is None or found[1] != kind:
        return None
    return Credential(kind, TenantId(UUID(found[2])), UUID(found[3]), bytes.fromhex(found[4]))


def is_same(held: bytes, digest: bytes) -> bool:
    """Compare hashes in a time that says nothing about them."""
    return hmac.compare_digest(held, digest)
