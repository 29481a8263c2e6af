"""Tokens of a provider over HTTP: what is proved passes, and every forgery is refused."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import HMACAlgorithm

from app.adapters.jwks import (
    FRESH_S,
    MIN_BETWEEN_S,
    REFRESH_S,
    STALE_S,
    ProviderKeys,
    is_trustworthy,
)
from app.adapters.tokens import MAX_TOKEN, Claims, TokenVerifier
from app.domain.access import Role
from app.domain.errors import NotAuthenticated
from app.domain.identity_errors import IdentityProviderUnavailable
from tests.adapters.fake_identity_provider import (
    AUDIENCE,
    KEYS,
    TENANT,
    FakeIdentityProvider,
    Misbehaviour,
    public_jwk,
)

HOUR = timedelta(hours=1)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def provider() -> Iterator[FakeIdentityProvider]:
    fake = FakeIdentityProvider()
    yield fake
    fake.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def verifier(provider: FakeIdentityProvider, clock: Clock) -> AsyncIterator[TokenVerifier]:
    made = verifying(provider, clock)
    yield made
    await made.close()


def verifying(
    provider: FakeIdentityProvider,
    clock: Clock,
    claims: Claims | None = None,
    timeout_s: float = 0.3,
) -> TokenVerifier:
    keys = ProviderKeys(provider.issuer, is_production=False, timeout_s=timeout_s, now=clock)
    return TokenVerifier(keys, issuer=provider.issuer, audience=AUDIENCE, claims=claims or Claims())


@pytest.mark.parametrize("key_id", KEYS)
async def test_a_token_of_each_algorithm_proves_tenant_and_roles(
    provider: FakeIdentityProvider, verifier: TokenVerifier, key_id: str
) -> None:
    actor = await verifier.verify(provider.token(key_id, roles=["compliance", "no-such-role"]))

    assert (actor.name, actor.tenant_id) == ("ann", TENANT)
    assert actor.roles == {Role.COMPLIANCE}


def forged(provider: FakeIdentityProvider) -> dict[str, str]:
    """Every forgery, by what is wrong with it."""
    rsa = KEYS["rsa-1"][1]
    pem = rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    now = datetime.now(UTC)
    good = provider.token()
    head, body, signature = good.split(".")
    own = {"kid": "rsa-1"}
    return {
        "nothing": "",
        "no token": "not-a-token",
        "half a token": f"{head}.{body}",
        "not ASCII": "é.ü.ß",
        "changed claims": f"{head}.{encoded(provider.claims(roles=['admin']))}.{signature}",
        "no signature": f"{head}.{body}.",
        "another's signature": f"{head}.{body}.{provider.token('rsa-2').split('.')[2]}",
        "none": jwt.encode(provider.claims(), "", algorithm="none", headers=own),
        "None": f"{encoded({'alg': 'None', 'kid': 'rsa-1'})}.{body}.",
        "no algorithm": f"{encoded({'kid': 'rsa-1'})}.{body}.{signature}",
        "HS256 by the public key": signed_by_public_key(provider, pem),
        "RS512": jwt.encode(provider.claims(), rsa, algorithm="RS512", headers=own),
        "kid of another key": jwt.encode(
            provider.claims(), KEYS["rsa-2"][1], algorithm="RS256", headers=own
        ),
        "kid of another kind of key": jwt.encode(
            provider.claims(), KEYS["ed-1"][1], algorithm="EdDSA", headers=own
        ),
        "kid unknown": jwt.encode(
            provider.claims(), rsa, algorithm="RS256", headers={"kid": "made-up"}
        ),
        "kid absent among several": jwt.encode(provider.claims(), rsa, algorithm="RS256"),
        "critical extension": provider.token(headers={"crit": ["b64"], "b64": True}),
        "expired": provider.token(exp=now - HOUR),
        "not yet valid": provider.token(nbf=now + HOUR),
        "issued in the future": provider.token(iat=now + HOUR),
        "another audience": provider.token(aud="payroll"),
        "another issuer": provider.token(iss="https://mallory.example"),
        "no roles": provider.token(roles=None),
        "roles nobody knows": provider.token(roles=["root", 7, {"x": []}]),
        "the customer's role": provider.token(roles=["customer"]),
        "no tenant": provider.token(tenant=None),
        "a tenant that is none": provider.token(tenant="acme"),
        "tenants": provider.token(tenant=[str(TENANT)]),
        "a subject of control characters": provider.token(sub="ann\nadmin"),
        "an endless subject": provider.token(sub="a" * 201),
        "too large": provider.token(padding="x" * MAX_TOKEN),
        "an endless claim": f"{head}.{encoded_text('[' * 5000)}.{signature}",
        "an endless header": f"{encoded_text('[' * 5000)}.{body}.{signature}",
        **{f"no {name}": without(provider, name) for name in ("exp", "iat", "sub", "iss", "aud")},
    }


def without(provider: FakeIdentityProvider, name: str) -> str:
    absent: dict[str, Any] = {name: None}
    return provider.token(**absent)


def encoded(value: dict[str, Any]) -> str:
    return encoded_text(json.dumps(value, default=lambda at: int(at.timestamp())))


def encoded_text(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def signed_by_public_key(provider: FakeIdentityProvider, pem: bytes) -> str:
    """The classic confusion: the public key taken as a shared secret."""
    signed = f"{encoded({'alg': 'HS256', 'kid': 'rsa-1'})}.{encoded(provider.claims())}"
    digest = HMACAlgorithm(HMACAlgorithm.SHA256).sign(signed.encode(), pem)
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


async def test_every_forgery_is_refused(
    provider: FakeIdentityProvider, verifier: TokenVerifier
) -> None:
    await verifier.verify(provider.token())
    for what, token in forged(provider).items():
        with pytest.raises(NotAuthenticated):
            pytest.fail(f"{what}: {await verifier.verify(token)}")


@pytest.mark.parametrize("header", ["jku", "x5u", "jwk"])
async def test_a_token_brings_no_key_of_its_own(
    provider: FakeIdentityProvider, verifier: TokenVerifier, header: str
) -> None:
    """Where the header names mallory's key server or key, the provider's key decides."""
    mallory = FakeIdentityProvider()
    own = {"jku": mallory.jwks_url, "x5u": mallory.jwks_url, "jwk": public_jwk("rsa-2")}[header]
    provider.published = [public_jwk("rsa-1")]
    for key_id in ("rsa-1", "rsa-2"):
        token = jwt.encode(
            provider.claims(),
            KEYS["rsa-2"][1],
            algorithm="RS256",
            headers={"kid": key_id, header: own},
        )
        with pytest.raises(NotAuthenticated):
            await verifier.verify(token)
    mallory.close()

    assert mallory.asked == 0


async def test_a_few_seconds_of_skew_are_forgiven(
    provider: FakeIdentityProvider, verifier: TokenVerifier
) -> None:
    actor = await verifier.verify(provider.token(exp=datetime.now(UTC) - timedelta(seconds=3)))
    assert actor.name == "ann"


async def test_roles_come_from_scopes_and_from_claims_by_path(
    provider: FakeIdentityProvider, clock: Clock
) -> None:
    verifier = verifying(provider, clock, Claims("https://bank.example/tenant", "realm.roles"))
    named: dict[str, Any] = {
        "tenant": None,
        "roles": None,
        "https://bank.example/tenant": str(TENANT),
    }

    scoped = await verifier.verify(
        provider.token(**named, scope="openid rationale:underwriter rationale:root underwriterx")
    )
    claimed = await verifier.verify(provider.token(**named, realm={"roles": ["reviewer"]}))
    both = await verifier.verify(
        provider.token(**named, realm={"roles": "admin reviewer"}, scp=["rationale:service"])
    )
    await verifier.close()

    assert scoped.roles == {Role.UNDERWRITER}
    assert claimed.roles == {Role.REVIEWER}
    assert both.roles == {Role.ADMIN, Role.REVIEWER, Role.SERVICE}


async def test_a_new_key_is_found_and_a_rotated_one_stops_working(
    provider: FakeIdentityProvider, verifier: TokenVerifier, clock: Clock
) -> None:
    provider.published = [public_jwk("rsa-1")]
    old, new = provider.token("rsa-1"), provider.token("rsa-2")
    await verifier.verify(old)

    provider.published = [public_jwk("rsa-2")]
    clock.now += MIN_BETWEEN_S
    await verifier.verify(new)
    with pytest.raises(NotAuthenticated):
        await verifier.verify(old)

    provider.published = [public_jwk("rsa-1")]
    clock.now += FRESH_S + 1  # whoever comes first after a quiet time meets the newest keys
    with pytest.raises(NotAuthenticated):
        await verifier.verify(new)


async def test_keys_are_read_anew_in_the_background(
    provider: FakeIdentityProvider, clock: Clock
) -> None:
    """Nobody waits for the reading: it is held back here until all have been answered."""
    verifier = verifying(provider, clock, timeout_s=60)
    token = provider.token()
    await verifier.verify(token)
    provider.misbehaviour = "held"
    clock.now += REFRESH_S + 1

    async with asyncio.timeout(30):
        for _ in range(10):
            await verifier.verify(token)
        while provider.asked < 2:  # noqa: ASYNC110 -- the provider's thread has no event of ours
            await asyncio.sleep(0.01)
    provider.release.set()
    await verifier.close()

    assert provider.asked == 2


async def test_made_up_key_ids_cost_the_provider_nothing(
    provider: FakeIdentityProvider, verifier: TokenVerifier, clock: Clock
) -> None:
    rsa = KEYS["rsa-1"][1]
    made_up = [
        jwt.encode(provider.claims(), rsa, algorithm="RS256", headers={"kid": f"made-up-{n}"})
        for n in range(50)
    ]
    for _ in range(2):  # all at once, and once more after the pause
        answers = await asyncio.gather(
            *(verifier.verify(token) for token in made_up), return_exceptions=True
        )
        assert all(isinstance(answer, NotAuthenticated) for answer in answers)
        clock.now += MIN_BETWEEN_S

    assert provider.asked == 2


@pytest.mark.parametrize("how", ["away", "rubbish", "huge", "slow", "redirect", "empty"])
async def test_while_the_provider_is_away_held_keys_go_on_for_a_bounded_time(
    provider: FakeIdentityProvider, verifier: TokenVerifier, clock: Clock, how: Misbehaviour
) -> None:
    token = provider.token()
    await verifier.verify(token)
    provider.misbehaviour = how

    clock.now += FRESH_S + 1
    await verifier.verify(token)
    clock.now += STALE_S
    with pytest.raises(IdentityProviderUnavailable):
        await verifier.verify(token)

    provider.misbehaviour = ""
    clock.now += MIN_BETWEEN_S
    await verifier.verify(token)


@pytest.mark.parametrize("how", ["away", "other-issuer"])
async def test_without_any_key_a_token_is_not_called_bad(
    provider: FakeIdentityProvider, verifier: TokenVerifier, how: Misbehaviour
) -> None:
    provider.misbehaviour = how
    with pytest.raises(IdentityProviderUnavailable):
        await verifier.verify(provider.token())


async def test_keys_that_must_not_verify_are_passed_over(
    provider: FakeIdentityProvider, clock: Clock
) -> None:
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "oct-1"}
    private = HOLDS_A_PRIVATE_KEY
    provider.published = [
        public_jwk("rsa-1", use="enc"),
        public_jwk("rsa-2", alg="RS512"),
        public_jwk("ec-1", key_ops=["sign"]),
        {**public_jwk("ed-1"), "d": private},
        secret,
        {"kid": [], "kty": {}},
    ]
    verifier = verifying(provider, clock)
    with pytest.raises(IdentityProviderUnavailable):
        await verifier.verify(provider.token())

    provider.published.append({**public_jwk("rsa-1"), "alg": "PS256", "kid": "pss"})
    clock.now += MIN_BETWEEN_S
    by_key = {"kid": "pss"}
    rsa = KEYS["rsa-1"][1]
    await verifier.verify(jwt.encode(provider.claims(), rsa, algorithm="PS256", headers=by_key))
    with pytest.raises(NotAuthenticated):  # the key says which algorithm it is for
        await verifier.verify(jwt.encode(provider.claims(), rsa, algorithm="RS256", headers=by_key))
    await verifier.close()


HOLDS_A_PRIVATE_KEY = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"


@pytest.mark.parametrize(
    ("url", "in_development", "in_production"),
    [
        ("https://idp.example", True, True),
        ("http://127.0.0.1:9000/realm", True, False),
        ("http://[::1]/", True, False),
        ("http://localhost", True, False),
        ("http://idp.example", False, False),
        ("http://127.0.0.1.mallory.example", False, False),
        ("ftp://127.0.0.1", False, False),
        ("https://", False, False),
        ("", False, False),
        ("http://[bad", False, False),
    ],
)
def test_keys_come_over_https_or_from_this_machine(
    url: str, *, in_development: bool, in_production: bool
) -> None:
    assert is_trustworthy(url, is_production=False) is in_development
    assert is_trustworthy(url, is_production=True) is in_production
