"""The three steps by hand, as an engineer types them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.api.test_thread import application, recorded_decision


def rationale(state: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "RATIONALE_HOME": str(state), "LLM_DISABLED": "1"}
    command = [sys.executable, "-m", "app.cli.main", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, check=False)


def decided(state: Path, folder: Path, body: dict[str, Any]) -> dict[str, Any]:
    file = folder / "body.json"
    file.write_text(json.dumps(body))
    done = rationale(state, "decide", str(file), "--json")
    assert done.returncode == 0, done.stderr[-2000:]
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_an_application_is_decided_explained_and_notified(
    embedded_database: Path, tmp_path: Path
) -> None:
    decision = decided(embedded_database, tmp_path, application())
    assert decision["action"] == "declined"

    explained = rationale(embedded_database, "explain", decision["id"], "--json")
    assert json.loads(explained.stdout)["written_by"] == "template"
    for shape, start in (("pdf", b"%PDF"), ("text", b"Ex")):
        printed = rationale(embedded_database, "notice", decision["id"], "--format", shape)
        assert printed.stdout.startswith(start), printed.stderr[-2000:]


def test_a_doubtful_decision_is_quarantined_and_its_finding_printed(
    embedded_database: Path, tmp_path: Path
) -> None:
    decision = decided(
        embedded_database, tmp_path, recorded_decision(rules=[{"id": "x", "code": "ZZ-9"}])
    )
    assert decision["status"] == "quarantined"
    assert decision["findings"] == ["code-not-in-catalogue"]


def test_a_refusal_is_one_line_and_exit_one(embedded_database: Path, tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    for content, named in (
        ("{", "not JSON"),
        ("[]", "/"),
        ('{"action": "declined"}', "/external_id"),
    ):
        file.write_text(content)
        refused = rationale(embedded_database, "decide", str(file))
        assert refused.returncode == 1
        last = refused.stderr.decode().strip().splitlines()[-1]
        assert last.startswith("rationale: ")
        assert named in last
    assert rationale(embedded_database, "notice", "no-id").returncode == 2
