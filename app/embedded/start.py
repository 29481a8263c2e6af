"""Starts what the settings leave out, and puts the process's resources together."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import uuid_utils.compat

from app.adapters.ed25519_signer import Ed25519Signer
from app.adapters.evidence import LibraryEvidence
from app.adapters.jwks import ProviderKeys
from app.adapters.llm_endpoint import Endpoint
from app.adapters.model_budget import TenantBudgets
from app.adapters.model_mlflow import MlflowModels
from app.adapters.model_native import NativeModels
from app.adapters.model_oip import OipModels
from app.adapters.notice_renderer import NoticeRenderer
from app.adapters.openai_writer import OpenAIWriter
from app.adapters.template_writer import TemplateWriter
from app.adapters.tokens import Claims, TokenVerifier
from app.adapters.vault import MasterKeyVault
from app.adapters.webhook_http import WebhookHttp
from app.db.engine import APPLICATION_ROLE, Sessions, connect
from app.db.upgrade import to_asyncpg, upgrade
from app.domain.budgets import MILLION, Limits, Prices
from app.domain.creditors import DEMO_CREDITOR
from app.domain.ids import TenantId
from app.domain.webhook_urls import Allowed
from app.embedded import postgres
from app.embedded.attach import Attachment
from app.embedded.checkpoints import checkpoint_keeping
from app.embedded.errors import EmbeddedServiceUnavailable
from app.embedded.home import home, secret
from app.embedded.issuer import DevelopmentIssuer
from app.embedded.production import check_settings
from app.embedded.receipts import receipt_keys
from app.embedded.writer import EmbeddedWriter
from app.resources import PRODUCTS, Resources, open_tenant, seed_catalogue
from app.settings import Settings
from app.use_cases.authenticate_api_key import ApiKeys
from app.use_cases.places import Places
from app.use_cases.ports import ExplanationWriter, ScoringModel
from retrieval.embedding import Embedder
from retrieval.library import Library
from retrieval.onnx_embedder import OnnxEmbedder
from retrieval.openai_embedder import OpenAIEmbedder
from retrieval.rerank import CrossEncoder
from retrieval.search import Engine

DEMO_TENANT = TenantId(UUID("01900000-0000-7000-8000-000000000001"))
LONGEST_LINE = 16  # readers of streams who wait for a place to have an explanation written in
Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Started:
    """The resources, and what of them is embedded here."""

    resources: Resources
    attachments: list[Attachment]
    writer: EmbeddedWriter | None
    issuer: DevelopmentIssuer | None

    async def close(self) -> None:
        """Close connections first, then let go of the services."""
        await self.resources.close()
        writer = self.resources.writer
        if isinstance(writer, EmbeddedWriter | OpenAIWriter):
            await writer.close()
        for attachment in self.attachments:
            attachment.close()


@dataclass(frozen=True, slots=True)
class Database:
    """Where requests are served from, and what seals personal data."""

    service_url: str
    vault: MasterKeyVault


async def start(settings: Settings, progress: Progress | None = None) -> Started:
    """Start or attach to what is not configured; upgrade the embedded database.

    Raises EmbeddedServiceUnavailable with what to do about it.
    """
    check_settings(settings)
    attachments: list[Attachment] = []
    state = _state(settings)
    try:
        database = await open_database(settings, state, attachments, progress)
        models = await _models(settings, state, attachments)
        sessions = Sessions(
            connect(
                database.service_url,
                pool_size=settings.pool_size,
                pool_timeout_s=settings.pool_timeout_s,
                statement_timeout_s=settings.statement_timeout_s,
            ),
            database.vault,
        )
        searching = Engine(Library(), _embedder(settings), CrossEncoder())
        writer = _writer(settings, state, sessions)
        issuer = _issuer(settings, state)
        resources = Resources(
            sessions=sessions,
            catalogue=seed_catalogue(),
            scoring=_scoring(settings, models),
            models=models,
            tokens=_tokens(settings, issuer),
            api_keys=ApiKeys(sessions, lambda: datetime.now(UTC)),
            evidence=LibraryEvidence(sessions, searching),
            searching=searching,
            writer=writer,
            template_writer=TemplateWriter(),
            notices=NoticeRenderer(),
            signer=Ed25519Signer(receipt_keys(settings), lambda: datetime.now(UTC)),
            webhooks=webhook_sender(settings),
            checkpoints=checkpoint_keeping(settings, state),
            connect_raw=lambda: asyncpg.connect(
                to_asyncpg(database.service_url), server_settings={"role": APPLICATION_ROLE}
            ),
            writing=Places(
                1 if settings.llm_base_url is None else settings.worker_concurrency,
                line=LONGEST_LINE,
            ),
            prompt_set=settings.llm_prompt_set,
        )
        if settings.database_url is None:
            await open_tenant(resources, DEMO_TENANT, DEMO_CREDITOR.name, DEMO_CREDITOR)
    except BaseException:
        for attachment in attachments:
            attachment.close()
        raise
    embedded_writer = writer if isinstance(writer, EmbeddedWriter) else None
    return Started(resources, attachments, embedded_writer, issuer)


def _state(settings: Settings) -> Path:
    return home(settings.home)


async def open_database(
    settings: Settings, state: Path, attachments: list[Attachment], progress: Progress | None
) -> Database:
    """Take the database of the settings, or attach to the embedded one and upgrade it.

    What is attached to is added to `attachments`. Raises EmbeddedServiceUnavailable.
    """
    if settings.database_url is not None:
        if settings.master_key is None:
            message = (
                "DATABASE_URL needs RATIONALE_MASTER_KEY beside it: 64 hexadecimal digits that "
                "seal personal data (make one with `openssl rand -hex 32` and keep it safe)."
            )
            raise EmbeddedServiceUnavailable(message)
        master = bytes.fromhex(settings.master_key.get_secret_value())
        return Database(settings.database_url.get_secret_value(), MasterKeyVault(master))
    attachment = await asyncio.to_thread(Attachment, "postgres", state)
    attachments.append(attachment)
    await upgrade(
        postgres.url(attachment.endpoint, "owner"),
        now=datetime.now(UTC),
        new_id=uuid_utils.compat.uuid7,
        grant_to=postgres.ROLES["service"],
        progress=None if progress is None else _named(progress, "Loading the law"),
    )
    master = secret(state, "master-key")
    return Database(postgres.url(attachment.endpoint, "service"), MasterKeyVault(master))


def _named(progress: Progress, name: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(name, done, total)


async def _models(settings: Settings, state: Path, attachments: list[Attachment]) -> NativeModels:
    scoring, pricing = settings.scoring_url, settings.pricing_url
    if scoring is not None and pricing is not None:
        return NativeModels(lambda: scoring, lambda: pricing, PRODUCTS)
    attachment = await asyncio.to_thread(Attachment, "reference-models", state)
    attachments.append(attachment)

    def embedded() -> str:
        endpoint = attachment.current_endpoint() or attachment.endpoint
        return endpoint["base_url"]

    return NativeModels(
        embedded if scoring is None else lambda: scoring,
        embedded if pricing is None else lambda: pricing,
        PRODUCTS,
    )


def _scoring(settings: Settings, models: NativeModels) -> ScoringModel:
    """Speak the protocol of the lender's own model server; the embedded one speaks ours."""
    url = settings.scoring_url
    if url is None or settings.scoring_protocol == "native":
        return models
    if settings.scoring_protocol == "oip":
        return OipModels(lambda: url, {product: name for product, (name, _) in PRODUCTS.items()})
    return MlflowModels(dict.fromkeys(PRODUCTS, lambda: url))


def _embedder(settings: Settings) -> Embedder:
    if settings.embeddings_base_url is None:
        return OnnxEmbedder()
    key = settings.embeddings_api_key
    return OpenAIEmbedder(
        settings.embeddings_base_url,
        "" if key is None else key.get_secret_value(),
        settings.embeddings_model,
    )


def _writer(settings: Settings, state: Path, sessions: Sessions) -> ExplanationWriter | None:
    if settings.llm_disabled:
        return None
    key = settings.llm_api_key
    endpoint = Endpoint(
        settings.llm_base_url or "",
        "none" if key is None else key.get_secret_value(),
        settings.llm_model or "default",
        timeout_s=settings.llm_timeout_s,
        deadline_s=settings.llm_deadline_s,
        concurrency=1 if settings.llm_base_url is None else settings.llm_concurrency,
        prices=Prices(settings.llm_input_usd, settings.llm_output_usd),
        budget=TenantBudgets(sessions, lambda: datetime.now(UTC), limits_of(settings)),
    )
    if settings.llm_base_url is None:
        return EmbeddedWriter(state, endpoint, prompt_set=settings.llm_prompt_set)
    return OpenAIWriter(endpoint, prompt_set=settings.llm_prompt_set)


def limits_of(settings: Settings) -> Limits:
    """Return what a tenant without limits of its own may spend on language models in a month."""
    usd = settings.llm_usd_per_month
    return Limits(settings.llm_tokens_per_month, None if usd is None else int(usd * MILLION))


def _issuer(settings: Settings, state: Path) -> DevelopmentIssuer | None:
    """Issue tokens for the embedded database; whoever brings a database brings a provider."""
    if settings.database_url is not None:
        return None
    return DevelopmentIssuer(state, settings.environment)


def _tokens(settings: Settings, issuer: DevelopmentIssuer | None) -> TokenVerifier:
    if issuer is not None and settings.oidc_issuer is None:
        return issuer.verifier()
    if not settings.oidc_issuer:
        message = (
            "DATABASE_URL needs OIDC_ISSUER beside it: the development issuer works with the "
            "embedded database only."
        )
        raise EmbeddedServiceUnavailable(message)
    keys = ProviderKeys(
        settings.oidc_issuer,
        settings.oidc_jwks_url,
        is_production=settings.environment == "production",
    )
    return TokenVerifier(
        keys,
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        claims=Claims(settings.oidc_tenant_claim, settings.oidc_roles_claim),
    )


def webhook_sender(settings: Settings) -> WebhookHttp:
    """Return what sends webhooks. Raises EmbeddedServiceUnavailable for a mistaken setting."""
    named = [entry.strip() for entry in settings.webhook_allowed_hosts.split(",") if entry.strip()]
    try:
        allowed = Allowed.of(named)
    except ValueError as error:
        message = f"WEBHOOK_ALLOWED_HOSTS names no host or network: {error}."
        raise EmbeddedServiceUnavailable(message) from error
    return WebhookHttp(allowed, timeout_s=settings.webhook_timeout_s)


def service_login(database_url: str) -> str | None:
    """Return the login a database URL names."""
    return urlsplit(database_url).username
