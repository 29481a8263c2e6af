"""Take a tenant's own policy document into its library."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from uuid import UUID

from app.db import audit
from app.db.engine import Sessions
from app.domain.access import Actor
from app.domain.audit import AuditEvent
from app.domain.errors import (
    DocumentNotFound,
    FieldProblem,
    InvalidFields,
    ModelUnavailable,
    OverlappingDocument,
    UnreadablePolicyDocument,
)
from app.domain.ids import EventId
from retrieval import periods, store
from retrieval.describing import Description
from retrieval.embedding import Embedder, EmbedderUnavailable
from retrieval.ingest import Ingested, Progress, ingest, read_edition
from retrieval.parse.structure import UnreadableDocument
from retrieval.passages import Status, VersionId


async def ingest_policy_document(
    content: bytes,
    said: Description,
    *,
    file_name: str,
    declared: str | None,
    actor: Actor,
    sessions: Sessions,
    embedder: Embedder,
    clock: Callable[[], datetime],
    new_id: Callable[[], UUID],
    progress: Progress | None = None,
) -> Ingested:
    """Read, store and publish a document; the same bytes twice change nothing.

    Raises UnreadablePolicyDocument and OverlappingDocument, with nothing stored, and
    ModelUnavailable, after which the same call goes on where this one stopped.
    """
    try:
        edition = await read_edition(content, said, file_name=file_name, declared=declared)
    except UnreadableDocument as error:
        raise UnreadablePolicyDocument(error.reason.value, str(error)) from error

    def event(version_id: VersionId) -> AuditEvent:
        return AuditEvent(
            id=EventId(new_id()),
            tenant_id=actor.tenant_id,
            actor=actor.name,
            action="policy.ingested",
            subject=version_id,
            at=clock(),
            details=(("document", edition.document.slug), ("sha256", edition.document.sha256)),
        )

    try:
        return await ingest(
            edition,
            begin=partial(sessions.begin_session, actor.tenant_id),
            embedder=embedder,
            tenant_id=actor.tenant_id,
            clock=clock,
            new_id=new_id,
            progress=progress,
            published=audit.appending(event),
        )
    except periods.OverlappingPeriods as error:
        raise OverlappingDocument(str(error)) from error
    except (EmbedderUnavailable, store.EmbeddingModelUnknown) as error:
        raise ModelUnavailable("embedding", str(error)) from error


async def end_policy_document(
    slug: str,
    *,
    on: date,
    status: Status,
    actor: Actor,
    sessions: Sessions,
    clock: Callable[[], datetime],
    new_id: Callable[[], UUID],
) -> int:
    """Record that a tenant's own document is withdrawn or superseded from a day on.

    Raises DocumentNotFound, and InvalidFields for a day before the document began.
    """
    now = clock()
    async with sessions.begin(actor.tenant_id) as tx:
        try:
            count = await periods.withdraw(
                tx.session, slug, on=on, status=status.value, tenant_id=actor.tenant_id, now=now
            )
        except periods.EndBeforeBeginning as error:
            raise InvalidFields([FieldProblem("/on", str(error))]) from error
        if not count:
            raise DocumentNotFound
        event = AuditEvent(
            id=EventId(new_id()),
            tenant_id=actor.tenant_id,
            actor=actor.name,
            action=f"policy.{status.value}",
            subject=new_id(),
            at=now,
            details=(("document", slug), ("on", on.isoformat())),
        )
        await audit.append(tx, event)
    return count
