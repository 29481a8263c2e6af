"""A declined decision that nobody has explained, and all that explaining it needs."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uuid_utils.compat
from sqlalchemy import text

from app.adapters.evidence import LibraryEvidence
from app.adapters.llm_endpoint import Endpoint
from app.adapters.openai_writer import OpenAIWriter
from app.adapters.template_writer import TemplateWriter
from app.db.engine import Sessions
from app.db.jobs import DecisionJob
from app.domain.access import Actor
from app.domain.decisions import Decision
from app.domain.explanation import Audience, Language
from app.use_cases.explain_decision import explain_decision
from app.use_cases.places import Places
from app.use_cases.ports import ExplanationWriter
from app.use_cases.publish_explanation import Explained
from app.use_cases.stream_explanation import Streamed, stream_explanation
from tests.conftest import NOW
from tests.contracts.watchful_endpoint import WatchfulEndpoint
from tests.domain.kinds_of_notice import CATALOGUE


@asynccontextmanager
async def writing(endpoint: WatchfulEndpoint) -> AsyncIterator[OpenAIWriter]:
    async with endpoint.serving() as base_url:
        writer = OpenAIWriter(Endpoint(base_url, "key", "watchful", timeout_s=5))
        yield writer
        await writer.close()


@dataclass(frozen=True, slots=True)
class Desk:
    sessions: Sessions
    actor: Actor
    evidence: LibraryEvidence
    recorded: Decision
    audience: Audience = "underwriter"
    language: Language = "en"

    @property
    def parts(self) -> dict[str, Any]:
        return {
            "sessions": self.sessions,
            "catalogue": CATALOGUE,
            "evidence": self.evidence,
            "fallback": TemplateWriter(),
            "clock": lambda: NOW,
            "new_id": uuid_utils.compat.uuid7,
        }

    @property
    def job(self) -> DecisionJob:
        return DecisionJob(
            "explain-decision",
            self.actor.tenant_id,
            self.recorded.id,
            self.audience,
            self.language,
        )

    async def opened(
        self, writer: ExplanationWriter | None, **more: Any
    ) -> AsyncGenerator[Streamed, None]:
        return await stream_explanation(
            self.recorded.id,
            audience=self.audience,
            language=self.language,
            actor=self.actor,
            writer=writer,
            trace={},
            **{"places": Places(4, line=4), **self.parts, **more},
        )

    async def stream(self, writer: ExplanationWriter | None, **more: Any) -> list[Streamed]:
        return [event async for event in await self.opened(writer, **more)]

    async def explain(
        self, job: DecisionJob | None = None, writer: ExplanationWriter | None = None
    ) -> Explained:
        return await explain_decision(job or self.job, writer=writer, **self.parts)

    async def count(self, statement: str) -> int:
        async with self.sessions.begin(self.actor.tenant_id) as tx:
            found = await tx.session.execute(
                text(statement),
                {"id": self.recorded.id, "key": f"{self.actor.tenant_id}:{self.job.key}"},
            )
            return int(found.scalar_one())

    async def published(self) -> int:
        return await self.count("select count(*) from explanations where decision_id = :id")

    async def drafted(self) -> int:
        return await self.count("select count(*) from drafts where decision_id = :id")

    async def queued(self) -> int:
        return await self.count("select count(*) from pgqueuer where dedupe_key = :key")
