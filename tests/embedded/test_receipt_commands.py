"""`rationale receipt` as an auditor types it: no service, no network."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.test_receipts import Desk


def rationale(keys: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "RECEIPT_KEYS": str(keys), "RATIONALE_HOME": str(keys / "home")}
    command = [sys.executable, "-m", "app.cli.main", "receipt", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(Desk(tmp_path / "keys").receipt()))
    return file


def test_a_genuine_receipt_passes_with_own_and_with_published_keys(
    tmp_path: Path, receipt: Path
) -> None:
    own = rationale(tmp_path / "keys", "verify", str(receipt))
    assert own.returncode == 0, own.stderr
    assert "genuine" in own.stdout
    published = tmp_path / "jwks.json"
    published.write_text(rationale(tmp_path / "keys", "keys").stdout)
    elsewhere = rationale(
        tmp_path / "nothing", "verify", str(receipt), "--keys", str(published), "--json"
    )
    assert elsewhere.returncode == 0, elsewhere.stderr
    assert json.loads(elsewhere.stdout)["valid"] is True


def test_rotating_keeps_old_receipts_genuine(tmp_path: Path, receipt: Path) -> None:
    rotated = rationale(tmp_path / "keys", "rotate")
    assert rotated.returncode == 0, rotated.stderr
    keys = json.loads(rationale(tmp_path / "keys", "keys").stdout)["keys"]
    assert keys[0]["kid"] == rotated.stdout.strip()
    assert len(keys) == 2
    assert rationale(tmp_path / "keys", "verify", str(receipt)).returncode == 0


def test_an_altered_receipt_fails_with_one_line(tmp_path: Path, receipt: Path) -> None:
    receipt.write_text(receipt.read_text().replace('"declined"', '"approved"'))
    refused = rationale(tmp_path / "keys", "verify", str(receipt))
    assert refused.returncode == 1
    assert refused.stdout.splitlines() == [
        f"{receipt}: NOT genuine: `action` is not what was signed."
    ]
    as_json = rationale(tmp_path / "keys", "verify", str(receipt), "--json")
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout)["why"] == "`action` is not what was signed"


def test_without_the_key_nothing_is_proved(tmp_path: Path, receipt: Path) -> None:
    refused = rationale(tmp_path / "nothing", "verify", str(receipt))
    assert refused.returncode == 1
    assert "none of the 0 keys" in refused.stdout
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    unread = rationale(tmp_path / "nothing", "verify", str(receipt), "--keys", str(broken))
    assert unread.returncode == 1
    assert "Key Set" in unread.stdout
    assert rationale(tmp_path / "nothing", "verify", str(tmp_path / "none")).returncode == 2
