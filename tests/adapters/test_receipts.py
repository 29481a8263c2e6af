"""Whatever is changed in a signed receipt is found, and named."""

import copy
import hashlib
import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.adapters.ed25519_signer import Ed25519Signer, ReceiptBroken, check_receipt
from app.adapters.receipt_keys import (
    KeyFolder,
    KeysUnreadable,
    decode,
    published_key,
    read_jwks,
    to_jwks,
)
from app.domain.errors import SigningUnavailable
from app.domain.receipts import facts_content, receipt_content
from tests.domain.kinds_of_notice import ATTRIBUTED, decision
from tests.domain.test_receipts import EXPLANATION, NOTICE

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOLDING = (
    b'{"content": {"format": "rationale-receipt-1", "algorithm": "Ed25519", '
    b'"members_sha256": {"x": "y"}, "x": %s}, "signature": ""}'
)


class Desk:
    """A signer with a clock that moves on at every look."""

    def __init__(self, folder: Path) -> None:
        self.now = AT
        self.keys = KeyFolder(folder)
        self.signer = Ed25519Signer(self.keys, self.clock)

    def clock(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def receipt(self) -> dict[str, Any]:
        content = receipt_content(
            decision(),
            EXPLANATION,
            (NOTICE,),
            facts_sha256=self.signer.digest(facts_content(ATTRIBUTED)),
            issued_at=AT,
        )
        signed = self.signer.sign(content)
        written = json.dumps({"content": signed.content, "signature": signed.signature})
        parsed: dict[str, Any] = json.loads(written)
        return parsed

    def check(self, receipt: object) -> None:
        document = receipt if isinstance(receipt, bytes) else json.dumps(receipt).encode()
        check_receipt(document, read_jwks(self.jwks()))

    def jwks(self) -> bytes:
        return json.dumps(to_jwks(self.keys.public_keys())).encode()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "keys")


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    below: Any = ()
    if isinstance(value, dict):
        below = value.items()
    elif isinstance(value, list):
        below = enumerate(value)
    for name, held in below:
        yield from places(held, (*path, name))


def changed(value: Any) -> Any:
    if isinstance(value, str):
        return ("b" if value[:1] == "a" else "a") + value[1:]
    if isinstance(value, int):
        return value + 1
    return "something" if value is None else []


def test_a_receipt_is_what_was_signed(desk: Desk) -> None:
    desk.check(desk.receipt())
    reordered = dict(reversed(desk.receipt().items()))
    desk.check(json.dumps(reordered, indent=3, ensure_ascii=False).encode())


def test_a_stranger_can_check_it_with_a_key_and_the_rfc(desk: Desk) -> None:
    receipt = desk.receipt()
    (key,) = json.loads(desk.jwks())["keys"]
    public = Ed25519PublicKey.from_public_bytes(decode(key["x"], 32))
    public.verify(decode(receipt["signature"], 64), rfc8785.dumps(receipt["content"]))
    assert key["kid"] == receipt["content"]["key_id"]


def test_a_change_anywhere_is_found_and_its_member_named(desk: Desk) -> None:
    receipt = desk.receipt()
    tried = 0
    for path in places(receipt):
        altered = copy.deepcopy(receipt)
        held = altered
        for name in path[:-1]:
            held = held[name]
        held[path[-1]] = changed(held[path[-1]])
        if altered == receipt:
            continue  # an empty list stays one
        tried += 1
        with pytest.raises(ReceiptBroken) as refused:
            desk.check(altered)
        if path[0] == "content" and len(path) > 1 and path[1] != "members_sha256":
            assert f"`{path[1]}`" in str(refused.value), (path, str(refused.value))
    assert tried > 80


def test_what_is_taken_out_or_added_is_found(desk: Desk) -> None:
    receipt = desk.receipt()
    for path in places(receipt):
        altered = copy.deepcopy(receipt)
        held = altered
        for name in path[:-1]:
            held = held[name]
        del held[path[-1]]
        with pytest.raises(ReceiptBroken):
            desk.check(altered)
    for where in ((), ("content",), ("content", "written_by"), ("content", "members_sha256")):
        altered = copy.deepcopy(receipt)
        held = altered
        for name in where:
            held = held[name]
        held["more"] = 1
        with pytest.raises(ReceiptBroken):
            desk.check(altered)


def test_a_member_changed_together_with_its_hash_fails_the_signature(desk: Desk) -> None:
    receipt = desk.receipt()
    receipt["content"]["action"] = "approved"
    hashed = hashlib.sha256(b'"approved"').hexdigest()
    receipt["content"]["members_sha256"]["action"] = hashed
    with pytest.raises(ReceiptBroken, match="signature"):
        desk.check(receipt)


def test_no_character_of_the_signature_can_change(desk: Desk) -> None:
    receipt = desk.receipt()
    signature = receipt["signature"]
    for at in range(len(signature)):
        for other in "Aa-_9":
            if other != signature[at]:
                receipt["signature"] = signature[:at] + other + signature[at + 1 :]
                with pytest.raises(ReceiptBroken):
                    desk.check(receipt)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"content": {}, "signature": ""}',
        b'{"content": [], "signature": 1}',
        b"[" * 100_000,
        HOLDING % b"NaN",
        HOLDING % b'"\\ud800"',
        HOLDING % b"99999999999999999999",
    ],
)
def test_what_is_no_receipt_is_refused(desk: Desk, document: bytes) -> None:
    with pytest.raises(ReceiptBroken):
        desk.check(document)


def test_a_member_named_twice_is_found_whatever_its_last_value(desk: Desk) -> None:
    document = json.dumps(desk.receipt()).replace(
        '"action": "declined"', '"action": "approved", "action": "declined"'
    )
    with pytest.raises(ReceiptBroken, match="`action` is there twice"):
        desk.check(document.encode())


def test_another_key_does_not_do(desk: Desk, tmp_path: Path) -> None:
    other = Desk(tmp_path / "other")
    other.receipt()
    with pytest.raises(ReceiptBroken, match="none of the 1 keys"):
        check_receipt(json.dumps(desk.receipt()).encode(), read_jwks(other.jwks()))


def test_after_rotation_a_new_key_signs_and_the_old_one_still_checks(desk: Desk) -> None:
    before = desk.receipt()
    made = desk.keys.rotate(now=desk.clock())
    after = desk.receipt()
    assert after["content"]["key_id"] == made != before["content"]["key_id"]
    desk.check(before)
    desk.check(after)
    assert [key.id for key in desk.keys.public_keys()] == [made, before["content"]["key_id"]]


def test_a_private_key_lies_in_one_file_for_its_owner_alone(desk: Desk, tmp_path: Path) -> None:
    desk.receipt()
    desk.keys.rotate(now=desk.clock())
    files = list((tmp_path / "keys").glob("*.json"))
    assert len(files) == 2
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert [("d" in json.loads(file.read_bytes())) for file in files].count(True) == 1
    assert b'"d"' not in desk.jwks()


def test_stopped_before_the_old_key_went_the_new_one_signs(desk: Desk, tmp_path: Path) -> None:
    desk.receipt()
    (old,) = (tmp_path / "keys").glob("*.json")
    as_it_was = old.read_bytes()
    newest = desk.keys.rotate(now=desk.clock())
    old.write_bytes(as_it_was)
    assert desk.receipt()["content"]["key_id"] == newest
    desk.keys.rotate(now=desk.clock())
    assert len(desk.keys.public_keys()) == 3
    assert b'"d"' not in old.read_bytes()


def test_the_first_key_is_made_once_by_many_processes(tmp_path: Path) -> None:
    program = (
        "import sys; from datetime import datetime, UTC; from pathlib import Path;"
        "from app.adapters.receipt_keys import KeyFolder;"
        "print(KeyFolder(Path(sys.argv[1])).signing_key(now=datetime.now(UTC))[0])"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "keys")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    named = {process.communicate()[0] for process in started}
    assert len(named) == 1
    assert len(KeyFolder(tmp_path / "keys").public_keys()) == 1


def test_a_key_is_named_by_its_thumbprint() -> None:
    """The key and the thumbprint of RFC 8037, appendix A.3."""
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    public = Ed25519PublicKey.from_public_bytes(decode(x, 32))
    assert published_key(public).id == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b'{"keys": 3}', b'{"keys": ["x"]}', b'{"keys": [{"crv": "Ed25519", "x": "AA"}]}'],
)
def test_what_is_no_set_of_keys_is_refused(document: bytes) -> None:
    with pytest.raises(KeysUnreadable):
        read_jwks(document)


def test_a_key_under_another_ones_id_is_refused(desk: Desk, tmp_path: Path) -> None:
    desk.receipt()
    other = Desk(tmp_path / "other")
    other.receipt()
    ours, theirs = json.loads(desk.jwks()), json.loads(other.jwks())
    ours["keys"][0]["x"] = theirs["keys"][0]["x"]
    with pytest.raises(KeysUnreadable, match="thumbprint"):
        read_jwks(json.dumps(ours).encode())


def test_a_damaged_key_file_is_named(desk: Desk, tmp_path: Path) -> None:
    desk.receipt()
    (file,) = (tmp_path / "keys").glob("*.json")
    for damaged in ("", "{}", "[]", '{"created_at": "x", "d": "AA"}'):
        file.write_text(damaged)
        with pytest.raises(SigningUnavailable, match=file.name):
            desk.receipt()
