"""Checkpoints signed with the keys that sign receipts, in a way that neither passes for the other.

What is signed begins with the format's name and a zero byte, which no JSON begins with, so a
signature over a checkpoint is none over any receipt.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from typing_extensions import override

from app.adapters.ed25519_signer import ALGORITHM, SIGNATURE_BYTES
from app.adapters.receipt_keys import KeyFolder, decode, encode, read_jwks, to_jwks
from app.db import canonical
from app.domain.checkpoints import FORMAT, BrokenCheckpoint, Checkpoint, SignedCheckpoint
from app.use_cases.ports import CheckpointSigner

DOMAIN = FORMAT.encode() + b"\0"


class Ed25519CheckpointSigner(CheckpointSigner):
    """Signs with the newest key of a folder, and reads what any key of it signed."""

    def __init__(self, keys: KeyFolder, clock: Callable[[], datetime]) -> None:
        self._keys = keys
        self._clock = clock

    @override
    def sign(self, checkpoint: Checkpoint) -> SignedCheckpoint:
        key_id, private = self._keys.signing_key(now=self._clock())
        content = {**checkpoint.to_content(), "algorithm": ALGORITHM, "key_id": key_id}
        signature = encode(private.sign(DOMAIN + canonical.dumps(content)))
        return _signed(checkpoint, content, signature)

    @override
    def read(self, document: Any, place: str) -> SignedCheckpoint | BrokenCheckpoint:
        return CheckpointReader(own_keys(self._keys)).read(document, place)


class CheckpointReader:
    """Reads checkpoints that one of some keys signed."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = keys

    def read(self, document: Any, place: str) -> SignedCheckpoint | BrokenCheckpoint:  # noqa: ANN401 -- any JSON
        """Return the checkpoint, or why it is none."""
        try:
            return self._read(document)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            return BrokenCheckpoint(place, f"it is no checkpoint ({error})")
        except InvalidSignature:
            return BrokenCheckpoint(place, "its signature is not that of the key it names")

    def _read(self, document: Any) -> SignedCheckpoint:  # noqa: ANN401 -- any JSON
        if document.keys() != {"content", "signature"}:
            message = "it has other members than `content` and `signature`"
            raise ValueError(message)
        content, signature = document["content"], document["signature"]
        if (content.get("format"), content.get("algorithm")) != (FORMAT, ALGORITHM):
            message = f"it is not of the format {FORMAT}"
            raise ValueError(message)
        key = self._keys.get(str(content.get("key_id")))
        if key is None:
            message = f"none of the {len(self._keys)} keys at hand is the one it names"
            raise ValueError(message)
        key.verify(decode(signature, SIGNATURE_BYTES), DOMAIN + canonical.dumps(content))
        return _signed(Checkpoint.of(content), content, signature)


def own_keys(folder: KeyFolder) -> Mapping[str, Ed25519PublicKey]:
    """Return the public keys of a folder, by id."""
    return read_jwks(orjson.dumps(to_jwks(folder.public_keys())))


def _signed(checkpoint: Checkpoint, content: Mapping[str, Any], signature: str) -> SignedCheckpoint:
    sha256 = canonical.sha256({"content": dict(content), "signature": signature}).hex()
    return SignedCheckpoint(checkpoint, content, signature, sha256)
