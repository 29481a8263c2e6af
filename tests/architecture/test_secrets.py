"""Secrets come from settings alone, and no line that is printed holds one."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.settings import Settings

ROOT = Path(__file__).parents[2]
SOURCES = ("app", "retrieval", "prompts", "reference", "seed", "migrations")
# Whoever starts a program passes its environment on; two folders are named to children that have
# no settings. The language model's child is given the key that its parent made for it.
MAY_READ = {
    "app/embedded/service.py",
    "app/embedded/home.py",
    "app/embedded/language_model.py",
    "app/embedded/reference_models.py",
}
SECRET_WORDS = ("key", "secret", "password", "token")
NO_SECRET = {"receipt_keys", "llm_tokens_per_month"}  # a folder, an amount
URLS = ("database_url", "database_owner_url")
PASSWORD = "hunter2-not-for-print"


def test_no_module_reads_the_environment_beside_the_settings() -> None:
    reading = set()
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                is_read = isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
                is_imported = isinstance(node, ast.ImportFrom) and node.module == "os"
                if is_read or is_imported:
                    reading.add(str(path.relative_to(ROOT)))
    assert reading == MAY_READ


def test_every_setting_that_holds_a_secret_is_shown_to_nobody() -> None:
    secret = {
        name
        for name, field in Settings.model_fields.items()
        if SecretStr in getattr(field.annotation, "__args__", ())
    }
    assert {"database_url", "database_owner_url", "master_key", "llm_api_key"} <= secret
    for name in Settings.model_fields:
        if name not in NO_SECRET and any(word in name for word in SECRET_WORDS):
            assert name in secret, name
    settings = Settings.model_validate(
        {**dict.fromkeys(secret, PASSWORD), **dict.fromkeys(URLS, f"postgresql://u:{PASSWORD}@x/y")}
    )
    for shown in (repr(settings), str(settings), settings.model_dump_json(), f"{vars(settings)}"):
        assert PASSWORD not in shown


WRONG_URLS = [
    (("db", "upgrade"), f"{PASSWORD}@nowhere.invalid/rationale", "the database is away"),
    (("db", "upgrade"), f"{PASSWORD}#1@127.0.0.1:1/rationale", "DATABASE_URL: "),
]


@pytest.mark.parametrize(("command", "rest", "expected"), WRONG_URLS)
def test_no_command_prints_a_password_when_its_database_is_not_there(
    tmp_path: Path, command: tuple[str, ...], rest: str, expected: str
) -> None:
    url = f"postgresql+asyncpg://someone:{rest}"
    environment = {
        **os.environ,
        "RATIONALE_HOME": str(tmp_path),
        "DATABASE_URL": url,
        "DATABASE_OWNER_URL": url,
        "RATIONALE_MASTER_KEY": "5e" * 32,
        "OIDC_ISSUER": "https://identity.invalid",
        "OIDC_JWKS_URL": "https://identity.invalid/keys",
        "SCORING_URL": "http://127.0.0.1:1",
        "PRICING_URL": "http://127.0.0.1:1",
    }
    said = subprocess.run(
        [sys.executable, "-m", "app.cli.main", *command],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert said.returncode != 0
    assert expected in said.stderr
    assert "Traceback" not in said.stderr
    assert PASSWORD not in said.stdout + said.stderr
    assert "5e5e5e" not in said.stdout + said.stderr
