"""In production nothing is embedded, and no token is of our own making."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from app.cli.main import app
from app.embedded.errors import EmbeddedServiceUnavailable
from app.embedded.issuer import DevelopmentIssuer
from app.embedded.production import check_settings
from app.embedded.start import start
from app.settings import Settings

NEEDED = (
    "DATABASE_URL",
    "RATIONALE_MASTER_KEY",
    "OIDC_ISSUER",
    "SCORING_URL",
    "PRICING_URL",
    "LLM_BASE_URL",
)


def complete(**changed: object) -> Settings:
    held: dict[str, object] = {
        "environment": "production",
        "database_url": SecretStr("postgresql+asyncpg://service@db/rationale"),
        "master_key": SecretStr("00" * 32),
        "oidc_issuer": "https://idp.example",
        "scoring_url": "https://models.example",
        "pricing_url": "https://models.example",
        "llm_disabled": True,
        **changed,
    }
    return Settings.model_validate(held)


async def test_a_start_in_production_names_all_that_is_missing_at_once(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedServiceUnavailable) as refusal:
        await start(Settings(home=tmp_path / "home", environment="production"))

    assert [name for name in NEEDED if f"{name} is missing" not in str(refusal.value)] == []
    assert not (tmp_path / "home").exists()  # nothing was begun


def test_what_is_complete_may_start() -> None:
    check_settings(complete())
    check_settings(complete(oidc_jwks_url=""))  # as a compose file leaves it out


def test_what_is_empty_is_missing() -> None:
    with pytest.raises(EmbeddedServiceUnavailable, match="OIDC_ISSUER is missing"):
        check_settings(complete(oidc_issuer=""))


def test_webhooks_go_nowhere_inside_in_production() -> None:
    with pytest.raises(EmbeddedServiceUnavailable, match="WEBHOOK_ALLOWED_HOSTS"):
        check_settings(complete(webhook_allowed_hosts="10.0.0.0/8"))
    check_settings(complete(environment="development", webhook_allowed_hosts="10.0.0.0/8"))


@pytest.mark.parametrize("environment", ["development", "production"])
@pytest.mark.parametrize("name", ["oidc_issuer", "oidc_jwks_url"])
def test_keys_are_read_over_https_alone(environment: str, name: str) -> None:
    settings = complete(environment=environment, **{name: "http://idp.example/keys"})
    with pytest.raises(EmbeddedServiceUnavailable, match=name.upper()):
        check_settings(settings)


def test_the_development_issuer_cannot_be_made_in_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EmbeddedServiceUnavailable, match="production"):
        DevelopmentIssuer(tmp_path, "production")

    monkeypatch.setenv("RATIONALE_ENVIRONMENT", "production")
    monkeypatch.setenv("RATIONALE_HOME", str(tmp_path))
    answer = CliRunner().invoke(app, ["token", "--role", "admin"])
    assert isinstance(answer.exception, EmbeddedServiceUnavailable)
    assert answer.output == ""


async def test_a_database_of_ones_own_needs_a_provider() -> None:
    settings = complete(environment="development", oidc_issuer=None)
    with pytest.raises(EmbeddedServiceUnavailable, match="OIDC_ISSUER"):
        await start(settings)
