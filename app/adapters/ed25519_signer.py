"""Receipts signed with Ed25519 over canonical JSON (RFC 8785), and checked without any network."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from typing_extensions import override

from app.adapters.receipt_keys import KeyFolder, decode, encode
from app.domain.receipts import FORMAT, Content, PublishedKey, SignedReceipt
from app.use_cases.ports import Signer

ALGORITHM = "Ed25519"
SIGNATURE_BYTES = 64


class ReceiptBroken(Exception):
    """A receipt that does not say what was signed; the message names what does not match."""


class Ed25519Signer(Signer):
    """Signs with the newest key of a folder. Each receipt names its key."""

    def __init__(self, keys: KeyFolder, clock: Callable[[], datetime]) -> None:
        self._keys = keys
        self._clock = clock

    @override
    def digest(self, value: Content) -> str:
        return _digest(value)

    @override
    def sign(self, content: Content) -> SignedReceipt:
        key_id, private = self._keys.signing_key(now=self._clock())
        members = {**content, "algorithm": ALGORITHM, "key_id": key_id}
        # One hash per member: of an altered receipt they tell which member was altered.
        signed = {**members, "members_sha256": _digests(members)}
        return SignedReceipt(signed, encode(private.sign(_canonical(signed))))

    @override
    def public_keys(self) -> tuple[PublishedKey, ...]:
        return self._keys.public_keys()


def check_receipt(document: bytes, keys: Mapping[str, Ed25519PublicKey]) -> SignedReceipt:
    """Return a receipt that one of the keys signed, to the letter. Raises ReceiptBroken."""
    receipt = _read(document)
    try:
        _check_members(receipt.content)
        canonical = _canonical(receipt.content)
    except (ValueError, RecursionError) as error:  # what rfc8785 cannot write
        message = "the content holds what no receipt can hold"
        raise ReceiptBroken(message) from error
    key_id = receipt.content.get("key_id")
    key = keys.get(str(key_id))
    if key is None:
        message = f"none of the {len(keys)} keys at hand is the one it names, {key_id}"
        raise ReceiptBroken(message)
    try:
        key.verify(decode(receipt.signature, SIGNATURE_BYTES), canonical)
    except (InvalidSignature, ValueError) as error:
        message = f"the signature is not that of key {key_id} over this content"
        raise ReceiptBroken(message) from error
    return receipt


def _read(document: bytes) -> SignedReceipt:
    try:
        held = json.loads(document, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, _Repeated) else "the file is not JSON"
        raise ReceiptBroken(why) from error
    if not isinstance(held, dict) or held.keys() != {"content", "signature"}:
        message = "a receipt has the members `content` and `signature` and no others"
        raise ReceiptBroken(message)
    content, signature = held["content"], held["signature"]
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        message = f"`format` is not {FORMAT}"
        raise ReceiptBroken(message)
    return SignedReceipt(content, str(signature))


def _check_members(content: Content) -> None:
    """Name what was altered; the signature alone would only say that something was."""
    if content.get("algorithm") != ALGORITHM:
        message = f"`algorithm` is not {ALGORITHM}"
        raise ReceiptBroken(message)
    signed = content.get("members_sha256")
    if not isinstance(signed, dict):
        message = "`members_sha256` is missing"
        raise ReceiptBroken(message)
    members = {name: value for name, value in content.items() if name != "members_sha256"}
    for name in sorted(signed.keys() | members.keys()):
        if name not in members:
            message = f"`{name}` was taken out"
        elif name not in signed:
            message = f"`{name}` was added"
        elif _digest(members[name]) != signed[name]:
            message = f"`{name}` is not what was signed"
        else:
            continue
        raise ReceiptBroken(message)


class _Repeated(ValueError):
    """A member named twice: readers would not agree on which one counts."""


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held: dict[str, Any] = {}
    for name, value in pairs:
        if name in held:
            message = f"`{name}` is there twice"
            raise _Repeated(message)
        held[name] = value
    return held


def _digests(members: Content) -> dict[str, str]:
    return {name: _digest(value) for name, value in members.items()}


def _digest(value: object) -> str:
    return hashlib.sha256(_canonical(value)).hexdigest()


def _canonical(value: Any) -> bytes:  # noqa: ANN401 -- any JSON
    return rfc8785.dumps(value)
