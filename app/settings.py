"""Every setting, read once from the environment. What is not set is embedded."""

from decimal import Decimal
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Environment = Literal["development", "production"]


class Settings(BaseSettings):
    """Environment variables by their field's alias; the README documents each."""

    model_config = SettingsConfigDict(
        frozen=True, populate_by_name=True, extra="ignore", hide_input_in_errors=True
    )

    environment: Environment = Field("development", alias="RATIONALE_ENVIRONMENT")
    home: Path | None = Field(None, alias="RATIONALE_HOME")
    database_url: SecretStr | None = Field(None, alias="DATABASE_URL")
    database_owner_url: SecretStr | None = Field(None, alias="DATABASE_OWNER_URL")
    master_key: SecretStr | None = Field(None, alias="RATIONALE_MASTER_KEY")
    receipt_keys: Path | None = Field(None, alias="RECEIPT_KEYS")
    audit_checkpoints: Path | None = Field(None, alias="AUDIT_CHECKPOINTS")
    audit_checkpoint_every_s: float = Field(60.0, alias="AUDIT_CHECKPOINT_EVERY_S", gt=0)
    llm_base_url: str | None = Field(None, alias="LLM_BASE_URL")
    llm_api_key: SecretStr | None = Field(None, alias="LLM_API_KEY")
    llm_model: str | None = Field(None, alias="LLM_MODEL")
    llm_gguf_path: Path | None = Field(None, alias="LLM_GGUF_PATH")
    llm_disabled: bool = Field(default=False, alias="LLM_DISABLED")
    llm_timeout_s: float = Field(60.0, alias="LLM_TIMEOUT_S", gt=0)
    llm_deadline_s: float = Field(180.0, alias="LLM_DEADLINE_S", gt=0)
    llm_concurrency: int = Field(4, alias="LLM_CONCURRENCY", gt=0)
    llm_prompt_set: Literal["small", "large"] = Field("small", alias="LLM_PROMPT_SET")
    llm_input_usd: Decimal = Field(Decimal(0), alias="LLM_INPUT_USD_PER_MILLION", ge=0)
    llm_output_usd: Decimal = Field(Decimal(0), alias="LLM_OUTPUT_USD_PER_MILLION", ge=0)
    llm_tokens_per_month: int | None = Field(None, alias="LLM_TOKENS_PER_MONTH", ge=0)
    llm_usd_per_month: Decimal | None = Field(None, alias="LLM_USD_PER_MONTH", ge=0)
    embeddings_base_url: str | None = Field(None, alias="EMBEDDINGS_BASE_URL")
    embeddings_model: str = Field("text-embedding-3-small", alias="EMBEDDINGS_MODEL")
    embeddings_api_key: SecretStr | None = Field(None, alias="EMBEDDINGS_API_KEY")
    scoring_url: str | None = Field(None, alias="SCORING_URL")
    scoring_protocol: Literal["native", "oip", "mlflow"] = Field("native", alias="SCORING_PROTOCOL")
    pricing_url: str | None = Field(None, alias="PRICING_URL")
    oidc_issuer: str | None = Field(None, alias="OIDC_ISSUER")
    oidc_audience: str = Field("rationale", alias="OIDC_AUDIENCE")
    oidc_jwks_url: str | None = Field(None, alias="OIDC_JWKS_URL")
    oidc_tenant_claim: str = Field("tenant", alias="OIDC_TENANT_CLAIM", min_length=1)
    oidc_roles_claim: str = Field("roles", alias="OIDC_ROLES_CLAIM", min_length=1)
    otlp_endpoint: str | None = Field(None, alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    trace_ratio: float = Field(0.1, alias="RATIONALE_TRACE_RATIO", ge=0, le=1)
    max_body_bytes: int = Field(1_000_000, alias="RATIONALE_MAX_BODY_BYTES", gt=0)
    pool_size: int = Field(10, alias="RATIONALE_POOL_SIZE", gt=0)
    pool_timeout_s: float = Field(2.0, alias="RATIONALE_POOL_TIMEOUT_S", gt=0)
    statement_timeout_s: float = Field(30.0, alias="RATIONALE_STATEMENT_TIMEOUT_S", gt=0)
    max_in_flight: int = Field(16, alias="RATIONALE_MAX_IN_FLIGHT", gt=0)
    max_long_waits: int = Field(64, alias="RATIONALE_MAX_LONG_WAITS", gt=0)
    body_timeout_s: float = Field(10.0, alias="RATIONALE_BODY_TIMEOUT_S", gt=0)
    max_connections: int = Field(400, alias="RATIONALE_MAX_CONNECTIONS", gt=0)
    drain_s: float = Field(0.0, alias="RATIONALE_DRAIN_S", ge=0)
    trusted_proxies: str = Field("", alias="RATIONALE_TRUSTED_PROXIES")
    rates: str = Field("", alias="RATIONALE_RATES")
    worker_concurrency: int = Field(4, alias="RATIONALE_WORKER_CONCURRENCY", gt=0)
    webhook_allowed_hosts: str = Field("", alias="WEBHOOK_ALLOWED_HOSTS")
    webhook_timeout_s: float = Field(20.0, alias="WEBHOOK_TIMEOUT_S", gt=0)

    @field_validator("database_url", "database_owner_url")
    @classmethod
    def _is_url(cls, url: SecretStr | None) -> SecretStr | None:
        """Refuse here what would be refused later with a part of the password in the message."""
        if url is not None:
            split = urlsplit(url.get_secret_value())
            try:
                is_whole = bool(split.scheme and split.path) and (split.port or 1) > 0
            except ValueError:
                is_whole = False
            if not is_whole or split.fragment:
                message = "no database URL; write %23 for # in its password, %40 for @, %2F for /"
                raise ValueError(message) from None
        return url
