"""What the operator does with tenants, with the database alone."""

from collections.abc import Sequence
from datetime import UTC, datetime

import uuid_utils.compat

from app.db.engine import Sessions, connect
from app.embedded.attach import Attachment
from app.embedded.home import home
from app.embedded.production import check_settings
from app.embedded.start import Progress, open_database
from app.settings import Settings
from app.use_cases.tenants import TenantLine, create_tenant, list_tenants

OPERATOR = "command line"


async def tenants(
    settings: Settings, *, create: str | None, progress: Progress | None = None
) -> Sequence[TenantLine]:
    """List all tenants, or open one of a name and return it alone.

    Raises EmbeddedServiceUnavailable or InvalidFields.
    """
    check_settings(settings)
    attachments: list[Attachment] = []
    try:
        database = await open_database(settings, home(settings.home), attachments, progress)
        sessions = Sessions(connect(database.service_url, pool_size=1), database.vault)
        try:
            if create is None:
                return await list_tenants(sessions=sessions)
            made = await create_tenant(
                create,
                actor=OPERATOR,
                sessions=sessions,
                clock=lambda: datetime.now(UTC),
                new_id=uuid_utils.compat.uuid7,
            )
            return [made]
        finally:
            await sessions.engine.dispose()
    finally:
        for attachment in attachments:
            attachment.close()
