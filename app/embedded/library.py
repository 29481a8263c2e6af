"""Work on the policy library from the command line."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from app.domain.access import Actor, Role
from app.domain.errors import UnreadablePolicyDocument
from app.embedded import postgres
from app.embedded.errors import EmbeddedServiceUnavailable
from app.embedded.start import DEMO_TENANT, Started
from app.resources import Resources
from app.settings import Settings
from app.use_cases.ingest_policy_document import ingest_policy_document
from retrieval.describing import Description
from retrieval.ingest import Ingested
from retrieval.reembed import reembed

OPERATOR = Actor("command line", DEMO_TENANT, frozenset({Role.COMPLIANCE}))
Progress = Callable[[int, int], None]


async def ingest_file(
    resources: Resources, path: Path, said: Description, progress: Progress
) -> Ingested:
    """Take one file into the library of the embedded tenant."""
    try:
        content = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise UnreadablePolicyDocument("unreadable", f"{path} cannot be read") from error
    return await ingest_policy_document(
        content,
        said,
        file_name=path.name,
        declared=None,
        actor=OPERATOR,
        sessions=resources.sessions,
        embedder=resources.searching.embedder,
        clock=resources.clock,
        new_id=resources.new_id,
        progress=progress,
    )


def owner_url(started: Started, settings: Settings) -> str:
    """Return how to reach the database as its owner. Raises EmbeddedServiceUnavailable."""
    if settings.database_url is None:
        for attachment in started.attachments:
            if attachment.service == "postgres":
                return postgres.url(attachment.endpoint, "owner")
    if settings.database_owner_url is None:
        message = "This needs the database's owner: set DATABASE_OWNER_URL."
        raise EmbeddedServiceUnavailable(message)
    return settings.database_owner_url.get_secret_value()


async def reembed_library(
    started: Started, settings: Settings, progress: Progress
) -> dict[str, object]:
    """Fill the configured model's vectors beside those searched, then switch."""
    embedder = started.resources.searching.embedder
    texts = await reembed(owner_url(started, settings), embedder, progress)
    return {"model": embedder.model, "texts": texts}
