"""Rows of the audit trail's chain. They never leave `app.db`."""

from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, Table
from sqlalchemy.dialects.postgresql import JSONB, UUID

from app.db.tables import metadata

audit_chain = Table(
    "audit_chain",
    metadata,
    Column("tenant_id", UUID(as_uuid=True), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("event_id", UUID(as_uuid=True), nullable=False),
    Column("event_sha256", LargeBinary, nullable=False),
    Column("link_sha256", LargeBinary, nullable=False),
    Column("sealed_at", DateTime(timezone=True), nullable=False),
)

audit_checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("tenant_id", UUID(as_uuid=True), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("document", JSONB, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
)
