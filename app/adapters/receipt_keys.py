"""The keys receipts are signed with: a folder with one JSON Web Key per file (RFC 8037).

The newest file with a private part signs. A retired key keeps its public part for ever, so that
what it signed can still be checked; its private part is gone.
"""

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from app.domain.errors import SigningUnavailable
from app.domain.receipts import PublishedKey

KEY_BYTES = 32
JWK = {"kty": "OKP", "crv": "Ed25519"}


class KeysUnreadable(Exception):
    """A set of keys that is none, or was altered."""


@dataclass(frozen=True, slots=True)
class _StoredKey:
    published: PublishedKey
    created_at: str
    private: Ed25519PrivateKey | None


class KeyFolder:
    """Reads keys, and makes the first one when something is to be signed.

    Several processes may share the folder; what one of them rotates the others see at once.
    Raises SigningUnavailable where a file is damaged, or none can be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def signing_key(self, *, now: datetime) -> tuple[str, Ed25519PrivateKey]:
        """Return the id and the key that signs, made at the first call."""
        found = self._find_signing_key()
        if found is None:
            with self._locked():
                found = self._find_signing_key()
                if found is None:
                    self._make(now)
                    found = self._find_signing_key()
        assert found is not None  # noqa: S101 -- just made
        assert found.private is not None  # noqa: S101 -- what makes it a signing key
        return found.published.id, found.private

    def public_keys(self) -> tuple[PublishedKey, ...]:
        """Return every key that ever signed, the newest first."""
        return tuple(key.published for key in self._keys())

    def rotate(self, *, now: datetime) -> str:
        """Make a new key that signs from now on, retire the others, and return its id.

        The new key is there before the old ones go: stopped in between, the newest signs.
        """
        with self._locked():
            former = [key for key in self._keys() if key.private is not None]
            made = self._make(now)
            for key in former:
                self._write(_to_jwk(key.published, key.created_at))
        return made

    def _find_signing_key(self) -> _StoredKey | None:
        return next((key for key in self._keys() if key.private is not None), None)

    def _keys(self) -> tuple[_StoredKey, ...]:
        """Read the folder anew: another process may have rotated."""
        keys = [_stored(path) for path in self._folder.glob("*.json")]
        return tuple(sorted(keys, key=lambda k: (k.created_at, k.published.id), reverse=True))

    def _make(self, now: datetime) -> str:
        private = Ed25519PrivateKey.generate()
        published = published_key(private.public_key())
        stored = _to_jwk(published, now.isoformat())
        self._write({**stored, "d": encode(private.private_bytes_raw())})
        return published.id

    def _write(self, jwk: Mapping[str, str]) -> None:
        path = self._folder / f"{jwk['kid']}.json"
        making = path.with_suffix(".making")
        try:
            making.unlink(missing_ok=True)
            descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(jwk, file)
                file.flush()
                os.fsync(file.fileno())
            making.rename(path)
        except OSError as error:
            message = f"no key can be kept in {self._folder} ({error.strerror})"
            raise SigningUnavailable(message) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self._folder / "lock").open("w")
        except OSError as error:
            message = f"{self._folder} cannot be written ({error.strerror}); set RECEIPT_KEYS"
            raise SigningUnavailable(message) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def published_key(public: Ed25519PublicKey) -> PublishedKey:
    """Name a public key by its thumbprint (RFC 7638)."""
    x = encode(public.public_bytes_raw())
    thumbprint = hashlib.sha256(rfc8785.dumps({**JWK, "x": x})).digest()
    return PublishedKey(encode(thumbprint), x)


def to_jwks(keys: tuple[PublishedKey, ...]) -> dict[str, list[dict[str, str]]]:
    """Return keys as a JSON Web Key Set (RFC 7517)."""
    return {
        "keys": [{**JWK, "kid": key.id, "x": key.x, "alg": "EdDSA", "use": "sig"} for key in keys]
    }


def read_jwks(document: bytes) -> dict[str, Ed25519PublicKey]:
    """Read the Ed25519 keys of a set, by id. Raises KeysUnreadable."""
    try:
        held = json.loads(document)
        listed = [key for key in held["keys"] if key.get("crv") == JWK["crv"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = "The keys are not a JSON Web Key Set as /v1/receipt-keys serves it."
        raise KeysUnreadable(message) from error
    return {key.get("kid", ""): _public(key) for key in listed}


def encode(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str, length: int) -> bytes:
    """Return bytes from base64url; only the one text that `encode` writes is taken."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        data = b""
    if len(data) != length or encode(data) != text:
        message = f"not {length} bytes in base64url"
        raise ValueError(message)
    return data


def _public(jwk: Mapping[str, Any]) -> Ed25519PublicKey:
    named = jwk.get("kid")
    try:
        public = Ed25519PublicKey.from_public_bytes(decode(str(jwk.get("x")), KEY_BYTES))
    except ValueError as error:
        message = f"Key {named!r} is not an Ed25519 public key."
        raise KeysUnreadable(message) from error
    if published_key(public).id != named:
        message = f"Key {named!r} is not the key of that id: its thumbprint differs."
        raise KeysUnreadable(message)
    return public


def _to_jwk(key: PublishedKey, created_at: str) -> dict[str, str]:
    return {**JWK, "kid": key.id, "x": key.x, "created_at": created_at}


def _stored(path: Path) -> _StoredKey:
    try:
        jwk = json.loads(path.read_bytes())
        created_at = str(jwk["created_at"])
        private = None
        if "d" in jwk:
            private = Ed25519PrivateKey.from_private_bytes(decode(jwk["d"], KEY_BYTES))
        public = _public(jwk) if private is None else private.public_key()
    except (KeysUnreadable, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{path} is no key of ours; restore it from a backup, or take it away"
        raise SigningUnavailable(message) from error
    return _StoredKey(published_key(public), created_at, private)
