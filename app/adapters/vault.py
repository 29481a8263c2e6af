"""Envelope encryption: a key per person, wrapped by the master key (AES-256-GCM)."""

import hashlib
import hmac
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from typing_extensions import override

from app.domain.ids import SubjectId
from app.domain.privacy import Vault

NONCE_BYTES = 12
KEY_BITS = 256


class SealBroken(Exception):
    """Sealed bytes were altered, or belong to another person or another master key."""


class MasterKeyVault(Vault):
    """Wraps and uses subjects' keys. The master key comes from settings and is never stored."""

    def __init__(self, master_key: bytes) -> None:
        self._master = AESGCM(master_key)
        self._master_key = master_key
        self._pseudonyms = hashlib.sha256(b"pseudonyms" + master_key).digest()

    @override
    def new_key(self, subject_id: SubjectId) -> bytes:
        return _encrypt(self._master, AESGCM.generate_key(KEY_BITS), b"key:" + subject_id.bytes)

    @override
    def seal(self, subject_id: SubjectId, wrapped_key: bytes, plaintext: bytes) -> bytes:
        return _encrypt(self._key(subject_id, wrapped_key), plaintext, subject_id.bytes)

    @override
    def open(self, subject_id: SubjectId, wrapped_key: bytes, sealed: bytes) -> bytes:
        return _decrypt(self._key(subject_id, wrapped_key), sealed, subject_id.bytes)

    @override
    def pseudonym(self, text: str) -> bytes:
        return hmac.digest(self._pseudonyms, text.encode(), "sha256")

    @override
    def seal_secret(self, purpose: str, owner: UUID, plaintext: bytes) -> bytes:
        return _encrypt(self._purpose_key(purpose), plaintext, owner.bytes)

    @override
    def open_secret(self, purpose: str, owner: UUID, sealed: bytes) -> bytes:
        return _decrypt(self._purpose_key(purpose), sealed, owner.bytes)

    @override
    def keyed_hash(self, purpose: str, owner: UUID) -> bytes:
        return hmac.digest(self._derived_key(f"hash:{purpose}"), owner.bytes, "sha256")

    def _purpose_key(self, purpose: str) -> AESGCM:
        return AESGCM(self._derived_key(f"purpose:{purpose}"))

    def _derived_key(self, info: str) -> bytes:
        """Derive a key for one purpose (RFC 5869), so that no two purposes share a key."""
        derived = HKDF(SHA256(), KEY_BITS // 8, salt=None, info=info.encode())
        return derived.derive(self._master_key)

    def _key(self, subject_id: SubjectId, wrapped_key: bytes) -> AESGCM:
        return AESGCM(_decrypt(self._master, wrapped_key, b"key:" + subject_id.bytes))


def _encrypt(key: AESGCM, plaintext: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + key.encrypt(nonce, plaintext, bound_to)


def _decrypt(key: AESGCM, sealed: bytes, bound_to: bytes) -> bytes:
    try:
        return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError) as error:
        message = "Sealed data cannot be opened: it was altered, or sealed under another key."
        raise SealBroken(message) from error
