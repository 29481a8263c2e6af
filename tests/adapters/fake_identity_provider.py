"""An identity provider that misbehaves on request, spoken to over real HTTP."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as new_rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from typing_extensions import override

AUDIENCE = "rationale"
TENANT = UUID("01900000-0000-7000-8000-0000000000aa")
Misbehaviour = Literal[
    "", "away", "rubbish", "huge", "slow", "held", "redirect", "empty", "other-issuer"
]

KEYS: dict[str, tuple[str, Any]] = {
    "rsa-1": ("RS256", new_rsa(65537, 2048)),
    "rsa-2": ("RS256", new_rsa(65537, 2048)),
    "ec-1": ("ES256", new_ec(SECP256R1())),
    "ed-1": ("EdDSA", Ed25519PrivateKey.generate()),
}
WRITERS: dict[str, Any] = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}


def public_jwk(key_id: str, **members: Any) -> dict[str, Any]:
    algorithm, key = KEYS[key_id]
    described: dict[str, Any] = WRITERS[algorithm].to_jwk(key.public_key(), as_dict=True)
    return {**described, "kid": key_id, "use": "sig", **members}


class FakeIdentityProvider:
    """Publishes `published`, and counts how often it is asked for keys."""

    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = [public_jwk(name) for name in KEYS]
        self.misbehaviour: Misbehaviour = ""
        self.asked = 0
        self.release = threading.Event()  # lets what is held be answered
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                fake.answer(self)

            @override
            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.jwks_url = f"{self.issuer}/keys"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = self._body(request.path)
        misbehaviour = self.misbehaviour if request.path == "/keys" else ""
        if request.path == "/keys":
            self.asked += 1
        if misbehaviour == "slow":
            time.sleep(0.6)
        if misbehaviour == "held":
            self.release.wait(60)
        status = {"away": 503, "redirect": 302}.get(misbehaviour, 200)
        body = {"rubbish": b"<html>", "huge": b" " * 300_000, "empty": b"{}"}.get(
            misbehaviour, body
        )
        try:
            request.send_response(status)
            request.send_header("Location", f"{self.issuer}/elsewhere")
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)
        except OSError:
            return  # the caller gave up

    def _body(self, path: str) -> bytes:
        if path == "/.well-known/openid-configuration":
            named = (
                "https://mallory.example" if self.misbehaviour == "other-issuer" else self.issuer
            )
            return json.dumps({"issuer": named, "jwks_uri": self.jwks_url}).encode()
        return json.dumps({"keys": self.published}).encode()

    def token(
        self, key_id: str = "rsa-1", *, headers: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        algorithm, key = KEYS[key_id]
        return jwt.encode(
            self.claims(**claims),
            key,
            algorithm=algorithm,
            headers={"kid": key_id, **(headers or {})},
        )

    def claims(self, **changed: Any) -> dict[str, Any]:
        now = datetime.now(UTC)
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "ann",
            "iat": now,
            "exp": now + timedelta(minutes=5),
            "tenant": str(TENANT),
            "roles": ["underwriter"],
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
