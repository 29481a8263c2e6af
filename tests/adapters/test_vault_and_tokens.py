from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.adapters.vault import MasterKeyVault, SealBroken
from app.domain.access import Role
from app.domain.errors import NotAuthenticated
from app.domain.ids import SubjectId, TenantId
from app.embedded.issuer import AUDIENCE, ISSUER, DevelopmentIssuer

ANN, BOB = SubjectId(UUID(int=1)), SubjectId(UUID(int=2))
TENANT = TenantId(UUID(int=3))


def test_what_is_sealed_opens_for_its_subject_alone() -> None:
    vault = MasterKeyVault(bytes(32))
    key = vault.new_key(ANN)
    sealed = vault.seal(ANN, key, b"12 Sample Road")
    assert vault.open(ANN, key, sealed) == b"12 Sample Road"
    assert b"Sample" not in sealed
    with pytest.raises(SealBroken):
        vault.open(BOB, key, sealed)
    with pytest.raises(SealBroken):
        vault.open(ANN, vault.new_key(ANN), sealed)
    with pytest.raises(SealBroken):
        vault.open(ANN, key, sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(SealBroken):
        MasterKeyVault(b"x" * 32).open(ANN, key, sealed)


@pytest.fixture
def issuer(tmp_path: Path) -> DevelopmentIssuer:
    return DevelopmentIssuer(tmp_path, "development")


async def test_a_token_proves_tenant_and_role(issuer: DevelopmentIssuer) -> None:
    token = issuer.issue(Role.COMPLIANCE, TENANT, now=datetime.now(UTC))
    actor = await issuer.verifier().verify(token)
    assert (actor.tenant_id, actor.roles) == (TENANT, frozenset({Role.COMPLIANCE}))


def claims(**changes: object) -> dict[str, object]:
    now = datetime.now(UTC)
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "mallory",
        "iat": now,
        "exp": now + timedelta(hours=1),
        "tenant": str(TENANT),
        "roles": ["admin"],
        **changes,
    }


async def test_forged_tokens_are_refused(issuer: DevelopmentIssuer, tmp_path: Path) -> None:
    own = Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex((tmp_path / "development-issuer").read_text())
    )
    stranger = Ed25519PrivateKey.generate()
    past = datetime.now(UTC) - timedelta(hours=2)
    forged = [
        jwt.encode(claims(), stranger, algorithm="EdDSA"),
        jwt.encode(claims(), "", algorithm="none"),
        jwt.encode(claims(), "a shared secret of thirty-two bytes", algorithm="HS256"),
        jwt.encode(claims(exp=past), own, algorithm="EdDSA"),
        jwt.encode(claims(aud="other"), own, algorithm="EdDSA"),
        jwt.encode(claims(iss="other"), own, algorithm="EdDSA"),
        jwt.encode(claims(roles=["root"]), own, algorithm="EdDSA"),
        jwt.encode(claims(tenant="none"), own, algorithm="EdDSA"),
        "not-a-token",
        "",
    ]
    for token in forged:
        with pytest.raises(NotAuthenticated):
            await issuer.verifier().verify(token)
