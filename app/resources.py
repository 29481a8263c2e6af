"""The composition root: what a process holds for as long as it lives."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args
from uuid import UUID

import uuid_utils.compat

from app.adapters.evidence import LibraryEvidence
from app.adapters.model_native import NativeModels
from app.adapters.notice_renderer import NoticeRenderer
from app.adapters.openai_writer import FAMILIES, PromptSet
from app.adapters.template_writer import TemplateWriter
from app.adapters.tokens import TokenVerifier
from app.db import registrations, tenants
from app.db.engine import Sessions
from app.domain.audit import AuditEvent
from app.domain.catalogue import Catalogue, CatalogueEntry, Side
from app.domain.credentials import SECRET_BYTES
from app.domain.creditors import CreditorProfile
from app.domain.explanation import Language
from app.domain.ids import EventId, TenantId
from app.domain.models import ReasonCode
from app.domain.registering import check_registration
from app.domain.wordings import PromptVersion
from app.use_cases.authenticate_api_key import ApiKeys
from app.use_cases.places import Places
from app.use_cases.ports import (
    CheckpointSigner,
    ExplanationWriter,
    OutsideCheckpoints,
    ScoringModel,
    Signer,
    WebhookSender,
)
from prompts import labels
from retrieval.search import Engine
from seed.library import reason_codes

PRODUCTS = {"personal-loan": ("personal-loan", "personal-loan-pricing")}


@dataclass(frozen=True, slots=True)
class CheckpointKeeping:
    """Who signs an audit chain's checkpoints, where they are kept, and how often one is made."""

    signer: CheckpointSigner
    outside: OutsideCheckpoints
    every_s: float


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything a request or a job may need. `writer` is None where no model is configured."""

    sessions: Sessions
    catalogue: Catalogue
    scoring: ScoringModel
    models: NativeModels
    tokens: TokenVerifier
    api_keys: ApiKeys
    evidence: LibraryEvidence
    searching: Engine
    writer: ExplanationWriter | None
    template_writer: TemplateWriter
    notices: NoticeRenderer
    signer: Signer
    checkpoints: CheckpointKeeping
    webhooks: WebhookSender
    connect_raw: Callable[[], Awaitable[Any]]
    writing: Places
    prompt_set: PromptSet = "small"

    def clock(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(UTC)

    def new_secret(self) -> bytes:
        """Return 256 random bits."""
        return secrets.token_bytes(SECRET_BYTES)

    def new_id(self) -> UUID:
        """Return a UUIDv7: unique, and in order of time."""
        return uuid_utils.compat.uuid7()

    async def close(self) -> None:
        """Close what was opened."""
        await self.models.close()
        await self.tokens.close()
        await self.sessions.engine.dispose()


def seed_catalogue() -> Catalogue:
    """Return the catalogue of reviewed statements that ships with the product."""
    sides: dict[str, Side] = {"high": "high", "low": "low"}
    return {
        ReasonCode(row.code): CatalogueEntry(
            ReasonCode(row.code),
            row.statement,
            row.category,
            sides.get(row.adverse_when),
            row.consumer_tip,
            {"es": row.statement_es},
        )
        for row in reason_codes()
    }


def current_prompts(prompt_set: PromptSet = "small") -> Mapping[Language, PromptVersion]:
    """Return the prompt that each language's reasons are worded with now."""
    family = FAMILIES[prompt_set]
    languages: tuple[Language, ...] = get_args(Language)
    held = {language: labels.production(f"{family}-{language}") for language in languages}
    return {
        language: PromptVersion(prompt.name, prompt.sha256)
        for language, prompt in held.items()
        if prompt is not None
    }


async def open_tenant(
    resources: Resources, tenant_id: TenantId, name: str, creditor: CreditorProfile
) -> None:
    """Make sure that a tenant is there and knows the models that its server describes."""
    described = await resources.models.registrations()
    at = resources.clock()
    async with resources.sessions.begin(tenant_id) as tx:
        await tenants.ensure(tx, name, creditor, at=at)
        for registration in described:
            event = AuditEvent(
                id=EventId(resources.new_id()),
                tenant_id=tenant_id,
                actor="start-up",
                action="model.registered",
                subject=tenant_id,
                at=at,
                details=(
                    ("model", registration.model.name),
                    ("version", registration.model.version),
                ),
            )
            checked = check_registration(registration, resources.catalogue)
            await registrations.register(tx, checked, at=at, event=event)
