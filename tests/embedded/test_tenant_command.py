"""`rationale tenant` as an operator types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.main import app


def test_a_second_tenant_is_created_and_listed(
    embedded_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RATIONALE_HOME", str(embedded_database))
    made = CliRunner().invoke(app, ["tenant", "create", "Second Bank"])
    assert made.exit_code == 0, made.output
    listed = CliRunner().invoke(app, ["tenant", "list", "--json"])
    assert listed.exit_code == 0, listed.output

    named = {line["id"]: line["name"] for line in json.loads(listed.stdout)["tenants"]}
    assert named[made.stdout.strip()] == "Second Bank"
